package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * The bytes of a .npy file, or of one of values alone, to be read anywhere; by several threads at
 * once.
 */
interface NpyValues {
  /** Number of bytes. */
  long length() throws IOException;

  /**
   * Fills a buffer from its position to its limit.
   *
   * @throws InputException if there are not so many
   */
  void read(ByteBuffer bytes, long position);

  /** Of a file, which stays open; the garbage collector closes it. */
  static NpyValues of(Path path, FileChannel channel) {
    return new NpyValues() {
      @Override
      public long length() throws IOException {
        return channel.size();
      }

      @Override
      public void read(ByteBuffer bytes, long position) {
        try {
          while (bytes.hasRemaining()) {
            if (channel.read(bytes, position + bytes.position()) < 0) {
              throw new InputException(
                  path.toString(),
                  "has been cut short while it was read",
                  "a file that stays as it is",
                  "copy it again, or give the command again that made it");
            }
          }
        } catch (IOException e) {
          throw DiskRefusal.unreadable(path, e);
        }
      }
    };
  }

  /** In memory. */
  static NpyValues of(byte[] whole) {
    return new NpyValues() {
      @Override
      public long length() {
        return whole.length;
      }

      @Override
      public void read(ByteBuffer bytes, long position) {
        bytes.put(whole, Math.toIntExact(position), bytes.remaining());
      }
    };
  }
}

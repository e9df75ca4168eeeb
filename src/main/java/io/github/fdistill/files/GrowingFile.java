package io.github.fdistill.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file that grows by whole pieces. Each is handed to the system before its write returns, past no
 * buffer of this program: what a kill cuts short is the last piece. One that the disk refuses
 * leaves nothing behind.
 */
public final class GrowingFile implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;
  private long length;

  private GrowingFile(Path file, FileChannel channel, long length) {
    this.file = file;
    this.channel = channel;
    this.length = length;
  }

  /**
   * Opens a file to write after what it holds, creating it where it is missing.
   *
   * @throws IOException as a {@link DiskRefusal}, if it cannot be opened
   */
  public static GrowingFile open(Path file) throws IOException {
    try {
      RegularFile.requireIfThere(file);
      return KeptOpen.by(
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE),
          channel -> new GrowingFile(file, channel.position(channel.size()), channel.size()));
    } catch (IOException e) {
      throw DiskRefusal.of(file, e);
    }
  }

  /**
   * Writes a piece.
   *
   * @throws IOException as a {@link DiskRefusal}; the file then holds the pieces before alone
   */
  public void write(byte[] piece) throws IOException {
    try {
      ByteBuffer left = ByteBuffer.wrap(piece);
      while (left.hasRemaining()) {
        channel.write(left);
      }
      length += piece.length;
    } catch (IOException e) {
      takeBack(e);
      throw DiskRefusal.of(file, e);
    }
  }

  private void takeBack(IOException reason) {
    try {
      channel.truncate(length);
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }

  /** Makes what was written last, whatever happens to the machine. */
  public void sync() throws IOException {
    try {
      channel.force(false);
    } catch (IOException e) {
      throw DiskRefusal.of(file, e);
    }
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      sync();
    }
  }
}

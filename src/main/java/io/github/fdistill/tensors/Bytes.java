package io.github.fdistill.tensors;

import io.github.fdistill.InputException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Bytes of a file, which stay there until they are asked for. Numbers are little-endian.
 *
 * @param file in which they are
 * @param start where they begin
 * @param size how many there are
 */
public record Bytes(MappedFile file, long start, long size) {

  public Bytes {
    Objects.checkFromIndexSize(start, size, file.size());
  }

  /**
   * All bytes of a file, mapped.
   *
   * @throws InputException when it cannot be read
   */
  public static Bytes of(Path path) {
    MappedFile file = MappedFile.open(path);
    return new Bytes(file, 0, file.size());
  }

  /**
   * Bytes that were read already, as of a file in an archive; a gigabyte at most. They are not
   * copied.
   *
   * @param name for messages
   */
  public static Bytes of(Path name, byte[] bytes) {
    return new Bytes(MappedFile.held(name, bytes), 0, bytes.length);
  }

  /** The file's path, for messages. */
  public Path path() {
    return file.path();
  }

  /**
   * Makes sure that the file is as long as when it was mapped; of bytes that were read already, it
   * is. Java tells of a page beyond the file's end too, by an InternalError, but of compiled code
   * some time later.
   *
   * @throws InputException when it became shorter
   */
  public void requireWhole() {
    file.requireWhole();
  }

  /** The refusal of a file that became shorter, where an InternalError of Java's tells it. */
  public InputException shorter(InternalError cause) {
    return file.shorter(cause);
  }

  /** A part of them. */
  public Bytes slice(long from, long count) {
    Objects.checkFromIndexSize(from, count, size);
    return new Bytes(file, start + from, count);
  }

  private long at(long from, int width) {
    Objects.checkFromIndexSize(from, width, size);
    return start + from;
  }

  /** Whether so many of them, one at least, lie in one piece of the file. */
  boolean isInOnePiece(long from, long count) {
    Objects.checkFromIndexSize(from, count, size);
    return file.isInOnePiece(start + from, count);
  }

  /** The piece of the file in which so many of them lie: a number, or what is in one piece. */
  ByteBuffer piece(long from, long count) {
    Objects.checkFromIndexSize(from, count, size);
    return file.piece(start + from);
  }

  /** Where in its piece a byte lies. */
  int within(long from) {
    return MappedFile.within(start + from);
  }

  /** 0 to 255. */
  public int unsignedByte(long from) {
    return file.byteAt(at(from, 1)) & 0xff;
  }

  /** 0 to 65535. */
  public int unsignedShort(long from) {
    return file.shortAt(at(from, Short.BYTES)) & 0xffff;
  }

  public int intAt(long from) {
    return file.intAt(at(from, Integer.BYTES));
  }

  public long longAt(long from) {
    return file.longAt(at(from, Long.BYTES));
  }

  /** A copy of so many of them. */
  public byte[] array(long from, int count) {
    Objects.checkFromIndexSize(from, count, size);
    byte[] copy = new byte[count];
    for (int i = 0; i < count; i++) {
      copy[i] = file.byteAt(start + from + i);
    }
    return copy;
  }

  /** Whether they begin with these, as ASCII. */
  public boolean beginWith(String text) {
    if (size < text.length()) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (unsignedByte(i) != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** They one after another. */
  public InputStream stream() {
    return new InputStream() {
      private long next;

      @Override
      public int read() {
        return next < size ? unsignedByte(next++) : -1;
      }
    };
  }

  @Override
  public String toString() {
    return size + " bytes of " + path();
  }
}

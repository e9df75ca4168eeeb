package io.github.fdistill.files;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The door through which every file is opened that a user names or that is found in a folder: a
 * regular file, and none that is larger than its kind may be. A pipe would be waited for without
 * end, and a device read without end.
 */
public final class RegularFile {
  /** At the start of texts that some editors write. */
  private static final String BYTE_ORDER_MARK = "\ufeff";

  private static final int MOST_IN_A_LINE = 1 << 20;

  private RegularFile() {}

  /**
   * Opens it; the caller closes it.
   *
   * @throws IOException also where there is something else of that name; see {@link
   *     DiskRefusal#reason}
   */
  public static InputStream open(Path file) throws IOException {
    require(file);
    return Files.newInputStream(file);
  }

  /** Opens it to be read anywhere; the caller closes it. */
  public static FileChannel channel(Path file) throws IOException {
    require(file);
    return FileChannel.open(file);
  }

  /**
   * Its bytes.
   *
   * @throws IOException also where it is larger than its kind may be
   */
  public static byte[] bytes(Path file, FileKind kind) throws IOException {
    require(file);
    long size = Files.size(file);
    if (size > kind.mostBytes()) {
      throw tooLarge(file, size, kind);
    }
    kind.requireRoom(file.toString(), size);
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(Math.toIntExact(Math.min(kind.mostBytes(), size)));
      if (in.read() >= 0) {
        throw new FileSystemException(file.toString(), null, "it grows while it is read");
      }
      return bytes;
    }
  }

  /**
   * Its text in UTF-8, without the byte order mark that may stand first.
   *
   * @throws CharacterCodingException where it is no UTF-8
   */
  public static String text(Path file, FileKind kind) throws IOException {
    byte[] bytes = bytes(file, kind);
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new NotUtf8(file);
    }
  }

  /** Says which file it is. */
  private static final class NotUtf8 extends CharacterCodingException {
    private static final long serialVersionUID = 1L;

    private final String file;

    NotUtf8(Path file) {
      this.file = file.toString();
    }

    @Override
    public String getMessage() {
      return file;
    }
  }

  /** What is done with a line. */
  @FunctionalInterface
  public interface Line {
    /**
     * @param number from 1
     */
    void take(long number, String line);
  }

  /**
   * Its lines in UTF-8, one after another, without the byte order mark that may stand first; bytes
   * that are no UTF-8 become U+FFFD.
   *
   * @throws IOException also where a line is longer than any is
   */
  public static void lines(Path file, FileKind kind, Line each) throws IOException {
    require(file);
    if (Files.size(file) > kind.mostBytes()) {
      throw tooLarge(file, Files.size(file), kind);
    }
    try (Reader in =
        new BufferedReader(
            new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8))) {
      StringBuilder line = new StringBuilder();
      long number = 0;
      for (int c = in.read(); c >= 0; c = in.read()) {
        if (c == '\n') {
          each.take(++number, taken(line, number));
        } else {
          line.append((char) c);
        }
        if (line.length() > MOST_IN_A_LINE) {
          throw new FileSystemException(
              file.toString(), null, "line " + (number + 1) + " has no end");
        }
      }
      if (line.length() > 0) {
        each.take(++number, taken(line, number));
      }
    }
  }

  private static String taken(StringBuilder line, long number) {
    int start = number == 1 && line.indexOf(BYTE_ORDER_MARK) == 0 ? 1 : 0;
    int end = line.length() > start && line.charAt(line.length() - 1) == '\r' ? 1 : 0;
    String taken = line.substring(start, line.length() - end);
    line.setLength(0);
    return taken;
  }

  private static FileSystemException tooLarge(Path file, long size, FileKind kind) {
    return new FileSystemException(
        file.toString(),
        null,
        size + " bytes, more than the " + kind.mostBytes() + " that " + kind + " may have");
  }

  /**
   * Refuses something else that has the name of a file to be written on.
   *
   * @throws IOException where it is there and no regular file
   */
  public static void requireIfThere(Path file) throws IOException {
    if (Files.exists(file)) {
      require(file);
    }
  }

  private static void require(Path file) throws IOException {
    if (Files.isRegularFile(file)) {
      return;
    }
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new NoSuchFileException(file.toString());
    }
    String what =
        Files.isDirectory(file)
            ? "a folder"
            : Files.exists(file) ? "a pipe, a socket or a device" : "a link to nothing";
    throw new FileSystemException(file.toString(), null, what + ", no regular file");
  }
}

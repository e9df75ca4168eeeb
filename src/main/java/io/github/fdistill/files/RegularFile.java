package io.github.fdistill.files;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * The door through which every file is opened that a user names or that is found in a folder: a
 * regular file, and none that is larger than its kind may be. A pipe would be waited for without
 * end, and a device read without end.
 */
public final class RegularFile {
  /** In bytes: of a million letters of any script. */
  private static final int MOST_IN_A_LINE = 3 << 20;

  /** What is said of all else that has a file's name. */
  static final String NONE = "no regular file";

  private RegularFile() {}

  /**
   * Whether a file is there, where it means something that there is none: no labels, or settings as
   * they are by default. What has its name and is none is not passed over: a link to what is not
   * there at the moment would make of the same data others.
   *
   * @return false where nothing has the name
   * @throws io.github.fdistill.InputException where something else has it, such as a folder, a pipe
   *     or a link to nothing, or where permissions forbid to look
   */
  public static boolean isThere(Path file) {
    try {
      require(file);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw DiskRefusal.unreadable(file, e);
    }
  }

  /**
   * The file that a model names: beside it, or where none is there, of that name anywhere.
   *
   * @param folder of the model
   * @throws io.github.fdistill.InputException as {@link #isThere} does
   */
  public static Path beside(Path folder, String said) {
    Path beside = folder.resolve(said);
    return isThere(beside) ? beside : Path.of(said);
  }

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
   * @throws Utf8.Not where it is no UTF-8
   */
  public static String text(Path file, FileKind kind) throws IOException {
    return Utf8.text(file.toString(), bytes(file, kind));
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
   * Its lines in UTF-8, one after another, without the byte order mark that may stand first.
   *
   * @throws IOException also where a line is longer than any is; {@link Utf8.Not} where one is no
   *     UTF-8
   */
  public static void lines(Path file, FileKind kind, Line each) throws IOException {
    byteLines(file, kind, (number, line) -> Utf8.text(file.toString(), line, number), each);
  }

  /**
   * The same of a file of which no more than parts count: bytes that are no UTF-8 become U+FFFD.
   *
   * @throws IOException also where a line is longer than any is
   */
  public static void linesAsFarAsRead(Path file, FileKind kind, Line each) throws IOException {
    byteLines(
        file,
        kind,
        (number, line) -> Utf8.unmarked(new String(line, StandardCharsets.UTF_8), number),
        each);
  }

  /** How the bytes of a line are read. */
  @FunctionalInterface
  private interface Letters {
    String of(long number, byte[] line) throws IOException;
  }

  private static void byteLines(Path file, FileKind kind, Letters letters, Line each)
      throws IOException {
    require(file);
    if (Files.size(file) > kind.mostBytes()) {
      throw tooLarge(file, Files.size(file), kind);
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      long number = 0;
      for (int b = in.read(); b >= 0; b = in.read()) {
        if (b == '\n') {
          each.take(++number, withoutReturn(letters.of(number, line.toByteArray())));
          line.reset();
        } else {
          line.write(b);
        }
        if (line.size() > MOST_IN_A_LINE) {
          throw new FileSystemException(
              file.toString(), null, "line " + (number + 1) + " has no end");
        }
      }
      if (line.size() > 0) {
        each.take(++number, withoutReturn(letters.of(number, line.toByteArray())));
      }
    }
  }

  private static String withoutReturn(String line) {
    return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
  }

  private static FileSystemException tooLarge(Path file, long size, FileKind kind) {
    return new FileSystemException(
        file.toString(),
        null,
        size + " bytes, more than the " + kind.mostBytes() + " that " + kind + " may have");
  }

  /**
   * Refuses something else that has the name of a file to be written on. It is looked at once, for
   * another process may delete it meanwhile.
   *
   * @throws IOException where it is there and no regular file
   */
  public static void requireIfThere(Path file) throws IOException {
    try {
      if (Files.readAttributes(file, BasicFileAttributes.class).isRegularFile()) {
        return;
      }
    } catch (IOException e) {
      return; // Not there; or who opens it is told why it cannot be.
    }
    require(file);
  }

  private static void require(Path file) throws IOException {
    if (Files.isRegularFile(file)) {
      return;
    }
    Folders.requireReachable(file);
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new NoSuchFileException(file.toString());
    }
    String what =
        Files.isDirectory(file)
            ? "a folder"
            : Files.exists(file) ? "a pipe, a socket or a device" : "a link to nothing";
    throw new FileSystemException(file.toString(), null, what + ", " + NONE);
  }
}

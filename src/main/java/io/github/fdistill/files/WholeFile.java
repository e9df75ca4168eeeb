package io.github.fdistill.files;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@link AtomicFile}, with a disk that refuses told to the user. */
public final class WholeFile {
  private WholeFile() {}

  /**
   * Refuses a file that {@link #write} would not write, before the work that it is to hold. A link
   * is refused too: it may lead anywhere, and would be replaced. Missing folders are made.
   *
   * @param file as a user named it
   * @throws InputException if nothing can be written there, or something else has the name
   */
  public static void requireWritable(Path file) {
    try {
      RegularFile.requireIfThere(file);
      if (Files.isSymbolicLink(file)) {
        throw new FileSystemException(file.toString(), null, "a link, no regular file");
      }
    } catch (IOException e) {
      throw new InputException(
          file.toString(),
          "cannot be written: " + DiskRefusal.reason(e),
          "a regular file, which is replaced, or a name that nothing has",
          "name another file",
          e);
    }
    Folders.requireWritable(file.toAbsolutePath().getParent());
  }

  /**
   * Writes a file in place of one that may be there; missing folders are made.
   *
   * @throws InputException if it cannot be written
   */
  public static void write(Path file, AtomicFile.Content content) {
    try {
      AtomicFile.write(file, content);
    } catch (IOException e) {
      throw refused(file, e);
    }
  }

  /** That a file cannot be written. */
  static InputException refused(Path file, IOException e) {
    return new InputException(
        file.toString(),
        "cannot be written: " + DiskRefusal.reason(e),
        "a folder that can be written to, with room on its disk",
        "make room or mend the permissions there, or choose another place",
        e);
  }
}

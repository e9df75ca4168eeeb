package io.github.fdistill.files;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Path;

/** {@link AtomicFile}, with a disk that refuses told to the user. */
public final class WholeFile {
  private WholeFile() {}

  /**
   * Writes a file in place of one that may be there; missing folders are made.
   *
   * @throws InputException if it cannot be written
   */
  public static void write(Path file, AtomicFile.Content content) {
    try {
      AtomicFile.write(file, content);
    } catch (IOException e) {
      throw new InputException(
          file.toString(),
          "cannot be written: " + DiskRefusal.reason(e),
          "a folder that can be written to, with room on its disk",
          "make room or mend the permissions there, or choose another place",
          e);
    }
  }
}

package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.evaluation.Evaluation;
import io.github.fdistill.files.Folders;
import java.nio.file.Path;

/** What a run may be called: its name names {@code runs/NAME} and {@code savedmodels/NAME}. */
public final class RunName {
  private RunName() {}

  /**
   * Refuses a name that is none for folders, or is not free.
   *
   * @throws InputException with a remedy
   */
  static void require(String name) {
    if (!Folders.isPlainName(name)) {
      throw refused(name, Folders.PLAIN_NAME + ": it names folders");
    }
    requireFree(name);
  }

  /**
   * Refuses the names of the folders in {@code runs} that belong to no run: what evaluations keep,
   * and what is encoded.
   *
   * @throws InputException with a remedy
   */
  public static void requireFree(String name) {
    // Folders of names that differ in case alone are one folder on some systems.
    String small = name.toLowerCase(java.util.Locale.ROOT);
    if (Path.of(Evaluation.CACHE).endsWith(small)) {
      throw refused(name, "another name: evaluations keep what they know of images there");
    }
    if (Path.of(Encoding.CACHE).endsWith(small)) {
      throw refused(name, "another name: encoded images and captions are kept there");
    }
  }

  private static InputException refused(String name, String needed) {
    return new InputException(
        "field name", "'" + name + "'", needed, "give the run a name with --set name=...");
  }
}

package io.github.fdistill.savedmodel;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files of a SavedModel's folder, none of which may be a link that leads out of it. */
public final class ModelFolder {
  private ModelFolder() {}

  /**
   * A file of a folder, which need not be there.
   *
   * @throws InputException when it, or a folder on the way, is a link to something outside
   */
  public static Path file(Path folder, String... names) {
    Path file = folder;
    for (String name : names) {
      file = file.resolve(name);
    }
    try {
      if (Files.exists(file)) {
        requireInside(folder, file);
      }
      return file;
    } catch (IOException e) {
      throw new InputException(
          file.toString(),
          "cannot be resolved (" + e.getMessage() + ")",
          "a readable file",
          "check its rights",
          e);
    }
  }

  private static void requireInside(Path folder, Path file) throws IOException {
    Path real = file.toRealPath();
    if (!real.startsWith(folder.toRealPath())) {
      throw new InputException(
          file.toString(),
          "a link out of the SavedModel's folder, to " + real,
          "every file of a SavedModel in its folder",
          "if you trust it, copy the folder with its links followed: cp -rL " + folder + " COPY");
    }
  }
}

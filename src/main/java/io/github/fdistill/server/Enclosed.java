package io.github.fdistill.server;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Folders that hold all they show: no link in them leads out. */
final class Enclosed {
  /** Of the folders that are looked at; those of a SavedModel are two deep. */
  static final int DEPTH = 8;

  private Enclosed() {}

  /**
   * Looks at everything in a model's version.
   *
   * @throws InputException when the folder is, or holds, a link to somewhere outside its parent
   */
  static void require(Path version) throws IOException {
    Path model = version.toAbsolutePath().getParent().toRealPath();
    try (Stream<Path> all = Files.walk(version, DEPTH)) {
      for (Path path : all.toList()) {
        require(model, path);
      }
    }
  }

  /**
   * Whether there is such a file in a model's folder.
   *
   * @throws InputException when it is a link to somewhere outside
   */
  static boolean hasFile(Path folder, Path file) {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try {
      require(folder.toRealPath(), file);
      return true;
    } catch (IOException e) {
      throw new InputException(
          file.toString(), "cannot be read: " + e.getMessage(), "a file", "check its rights", e);
    }
  }

  private static void require(Path model, Path path) throws IOException {
    if (!path.toRealPath().startsWith(model)) {
      throw new InputException(
          path.toString(),
          "a link that leads out of the model's folder",
          "a model whose files lie in its folder",
          "put the file itself there");
    }
  }
}

package io.github.fdistill.server;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Folders that hold all they show: no link in them leads out. */
final class Enclosed {
  private static final int DEPTH = 8;

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
        if (!path.toRealPath().startsWith(model)) {
          throw new InputException(
              path.toString(),
              "a link that leads out of the model's folder",
              "a model whose files lie in its folder",
              "put the file itself there");
        }
      }
    }
  }
}

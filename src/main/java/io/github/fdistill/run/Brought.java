package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DatasetConfig;
import io.github.fdistill.config.DistillConfig;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a config says is to be made or brought first: where it is missing, it is told where it comes
 * from.
 */
final class Brought {
  private Brought() {}

  /** Teacher and images, both at once. */
  static void require(Workspace workspace, Path file, DistillConfig config) {
    InputException.all(
        () -> require(workspace, file, "teacher", config.getTeacher(), config.getTeacherSource()),
        () -> require(workspace, file, config.getDataset()));
  }

  static void require(Workspace workspace, Path file, DatasetConfig dataset) {
    require(workspace, file, "dataset.path", dataset.getPath(), dataset.getSource());
  }

  private static void require(
      Workspace workspace, Path file, String field, String path, String source) {
    if (!source.isEmpty() && !path.isEmpty() && !Files.exists(workspace.path(path))) {
      throw new InputException(
          file + ": " + field,
          path + ", which is not there",
          "what you make or bring; nothing is downloaded",
          source + "; or name another with --set " + field + "=PATH");
    }
  }
}

package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.journal.RunFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A model that is named by the folder of the run that made it. */
public final class NamedRun {
  private NamedRun() {}

  /** Whether a folder is that of a run. */
  static boolean is(Path folder) {
    return Files.isRegularFile(new RunFiles(folder).config())
        && Files.isRegularFile(new RunFiles(folder).record());
  }

  /**
   * The path of a model: of a run's folder, of what it has exported.
   *
   * @param word a path of either
   * @throws InputException when the run has exported nothing yet
   */
  public static String model(Workspace workspace, String word) throws IOException {
    Path folder = workspace.path(word);
    if (!is(folder)) {
      return word;
    }
    return ExportNote.read(folder)
        .map(ExportNote::version)
        .orElseThrow(
            () ->
                new InputException(
                    word,
                    "the run has exported no model yet",
                    "a run that has finished, or a SavedModel",
                    "let the run go on to its end; of a distillation ./fdistill export "
                        + word
                        + " --unfinished --name NAME writes what it has come to"));
  }
}

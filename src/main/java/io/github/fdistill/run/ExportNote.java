package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.journal.RunFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The file {@code exported} of a run's folder: the step whose model was exported, and in the next
 * line where.
 *
 * @param version its folder, seen from the working directory
 */
record ExportNote(long step, String version) {
  /**
   * What stands in a run's folder; nothing before the export.
   *
   * @throws InputException when it is garbled
   */
  static Optional<ExportNote> read(Path run) throws IOException {
    Path file = new RunFiles(run).exported();
    if (!RegularFile.isThere(file)) {
      return Optional.empty();
    }
    List<String> lines = RegularFile.text(file, FileKind.NOTE).lines().toList();
    if (lines.size() != 2 || !lines.get(0).matches("\\d{1,18}") || lines.get(1).isEmpty()) {
      throw new InputException(
          file.toString(),
          "garbled: " + lines.size() + " lines, the first not a step or the second not a folder",
          "a step and the folder of a model, a line each",
          "remove the file: the run's last step is then exported again");
    }
    return Optional.of(new ExportNote(Long.parseLong(lines.get(0)), lines.get(1)));
  }

  void write(Path run) throws IOException {
    AtomicFile.write(new RunFiles(run).exported(), step + "\n" + version + "\n");
  }
}

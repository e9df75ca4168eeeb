package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.training.TrainingLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the models of a run go: {@code savedmodels/NAME/VERSION}, each with the run's record.
 *
 * @param run the run's folder
 */
record Exports(Workspace workspace, RunPlan plan, Path run) {
  /** In the record: steps made. */
  static final String STEPS = "steps";

  /** In the record: the version's folder. */
  static final String MODEL = "model";

  /** The folder of the versions. */
  Path folder() {
    return workspace.path("savedmodels").resolve(plan.name());
  }

  /** The version that comes next. */
  Path next() {
    return SavedModel.nextVersion(folder());
  }

  /**
   * The model of the run's last step, if the run has noted it and it is still there.
   *
   * @throws InputException when it is of a later step than the plan's last
   */
  Optional<Path> noted() throws IOException {
    Optional<ExportNote> note = ExportNote.read(run);
    Optional<Path> model =
        note.map(told -> workspace.path(told.version())).filter(Files::isDirectory);
    if (model.isPresent()) {
      TrainingLoop.requireNoneTooMany(note.get().step(), model.get(), plan.steps());
    }
    return model.filter(version -> note.get().step() == plan.steps());
  }

  /** Notes a model; what was measured of the one before is no longer true. */
  void note(long step, Path version) throws IOException {
    Files.deleteIfExists(new RunFiles(run).measures());
    new ExportNote(step, workspace.relative(version)).write(run);
  }

  /**
   * Notes a model that was exported just before the run was killed: its own record tells of this
   * run, of the step that this run has come to, and of this very version. What {@code export} makes
   * of a run has the run's record too, but is another version or none.
   *
   * @param which run this is, see {@link io.github.fdistill.journal.RunRecord#run}
   * @param step that the run has come to
   */
  Optional<Path> noteAfterKill(String which, long step) throws IOException {
    Optional<Path> version =
        SavedModel.newestVersion(folder()).filter(v -> Files.exists(RunFiles.recordOf(v)));
    if (version.isEmpty() || step != plan.steps()) {
      return Optional.empty();
    }
    Path besideIt = RunFiles.recordOf(version.get());
    RecordFile told = RecordFile.read(besideIt);
    boolean own =
        told.run().equals(Optional.of(which))
            && told.number(STEPS).orElse(-1.0) == step
            && told.find(MODEL).equals(Optional.of(workspace.relative(version.get())));
    if (!own) {
      return Optional.empty();
    }
    AtomicFile.write(new RunFiles(run).record(), RegularFile.bytes(besideIt, FileKind.RECORD));
    note(step, version.get());
    return version;
  }
}

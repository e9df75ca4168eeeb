package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.journal.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportsTest {
  @TempDir Path folder;

  /** The command export puts the run's record beside what it makes, maybe of another average. */
  @Test
  void aModelThatWasExportedOfTheRunIsNotTheRunsOwn() throws IOException {
    Workspace workspace = new Workspace(folder);
    DistillConfig config = DistillConfig.newBuilder().setName("student").build();
    RunPlan plan =
        new RunPlan("train", "student", 0, 10, Map.of(RunPlan.CONFIG, config), List.of());
    Path run = Files.createDirectories(folder.resolve("runs/student"));
    Exports exports = new Exports(workspace, plan, run);
    RunRecord record = RunRecord.begin(List.of()).put(Exports.STEPS, 10);
    Path version = exports.next();
    Files.createDirectories(RunFiles.recordOf(version).getParent());
    record.write(RunFiles.recordOf(version));
    assertEquals(Optional.empty(), exports.noteAfterKill(record.run(), 10));
    record.put(Exports.MODEL, "savedmodels/student/2").write(RunFiles.recordOf(version));
    assertEquals(Optional.empty(), exports.noteAfterKill(record.run(), 10));

    record.put(Exports.MODEL, "savedmodels/student/1").write(RunFiles.recordOf(version));
    assertEquals(Optional.empty(), exports.noteAfterKill(record.run(), 9), "it has yet to come");
    assertEquals(Optional.of(version), exports.noteAfterKill(record.run(), 10));
    assertEquals(Optional.of(version), exports.noted());

    Exports fewer = new Exports(workspace, plan.withSteps(9, config), run);
    assertThrows(InputException.class, fewer::noted);
    assertEquals(Optional.empty(), fewer.noteAfterKill(record.run(), 10));
  }
}

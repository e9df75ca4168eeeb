package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.ChildJvm;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.journal.RecordFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What stands in a run's folder stays true, whatever is refused, killed or lost. */
class RunOnDiskTest {
  @TempDir Path folder;
  private Workplace place;

  @BeforeEach
  void images() throws IOException {
    place = Workplace.create(folder);
  }

  private RecordFile record() {
    return RecordFile.read(place.path("runs/teacher/record.json"));
  }

  private void loseTheModel() throws IOException {
    AtomicFolder.delete(place.path("savedmodels/teacher"));
    Files.delete(place.path("runs/teacher/exported"));
  }

  @Test
  void aRefusedRunChangesNothing() throws IOException {
    place.pretrain("steps=3").done();
    Path run = place.path("runs/teacher");
    String before = Sha256.ofFolder(run);
    place.pretrain("steps=3").done();
    String made = "made 3 steps already: " + place.path("savedmodels/teacher/1");
    place.pretrain("steps=2").failed("field steps: 2", made, "--set steps=3");
    place.pretrain("images=9", "--dry-run").failed("field steps: 2", made);
    assertEquals(before, Sha256.ofFolder(run), "finished is finished");

    loseTheModel();
    before = Sha256.ofFolder(run);
    place.pretrain("steps=2").failed("field steps: 2", "made 3 steps already", "--set steps=3");
    place.pretrain("steps=3", "seed=2").failed("config.pbtxt", "seed: 1");
    place.dataset("other", Workplace.SIDE, 2);
    place.write("net.pbtxt", Workplace.network(Workplace.SIDE, 2));
    place
        .pretrain("--network=net.pbtxt", "steps=3", "dataset.path=other")
        .failed("begun with other settings");
    assertEquals(before, Sha256.ofFolder(run));
  }

  @Test
  void whereTheInputsAreNotToldTheRunDoesNotGoOn() throws IOException {
    place.pretrain().done();
    Path inputs = place.path("runs/teacher/inputs");
    String told = Files.readString(inputs);
    Files.delete(inputs);
    place
        .pretrain("steps=3")
        .failed("runs/teacher/inputs: no such file", "role, SHA-256, path", "put the file back");
    place.write("runs/teacher/inputs", "dataset data\n");
    place.pretrain("steps=3").failed("runs/teacher/inputs: garbled: 'dataset data'");
    place.write("runs/teacher/inputs", told);
    place.pretrain("steps=3").done();
  }

  @Test
  void anExportThatWasNotNotedCounts() throws IOException {
    String said = place.pretrain().done();
    String record = place.read("runs/teacher/record.json");
    String note = place.read("runs/teacher/exported");
    Files.delete(place.path("runs/teacher/exported"));
    place.write("runs/teacher/record.json", record.replaceAll("(?m)^ *\"model\": .*\n", ""));

    assertEquals(said, place.pretrain().done());
    assertFalse(Files.exists(place.path("savedmodels/teacher/2")));
    assertEquals(note, place.read("runs/teacher/exported"));
    assertEquals("savedmodels/teacher/1", record().text("model"));

    // The model of another run of that name does not, nor one of fewer steps.
    Files.delete(place.path("runs/teacher/exported"));
    place.write(
        "runs/teacher/record.json", record.replace(record().run().orElseThrow(), "another"));
    assertTrue(place.pretrain().done().contains("savedmodels/teacher/2"));
    Files.delete(place.path("runs/teacher/exported"));
    assertTrue(place.pretrain("steps=3").done().contains("savedmodels/teacher/3"));
  }

  private void await(String file) throws InterruptedException {
    while (!Files.exists(place.path(file))) {
      Thread.sleep(5);
    }
  }

  /** Until there is a checkpoint of so many steps or more: earlier ones come and go. */
  private void awaitStep(long step) throws IOException, InterruptedException {
    Path checkpoints = place.path("runs/teacher/checkpoints");
    await("runs/teacher/checkpoints");
    while (newest(checkpoints) < step) {
      Thread.sleep(5);
    }
  }

  private static long newest(Path checkpoints) throws IOException {
    try (Stream<Path> all = Files.list(checkpoints)) {
      return all.map(path -> path.getFileName().toString())
          .filter(name -> name.matches("step-\\d+"))
          .mapToLong(name -> Long.parseLong(name.substring("step-".length())))
          .max()
          .orElse(0);
    }
  }

  @Test
  @Timeout(600)
  void theTimeOfASessionThatWasKilledIsKept() throws Exception {
    String[] words = {
      "pretrain", "--quiet", "--config=teacher/pretrain.pbtxt", "--set=checkpoint.every_steps=2"
    };
    String[] longRun = Arrays.copyOf(words, words.length + 1);
    longRun[words.length] = "--set=steps=100000";
    Object[] child = new Object[longRun.length + 1];
    child[0] = folder;
    System.arraycopy(longRun, 0, child, 1, longRun.length);
    RecordFile begun;
    try (ChildJvm run = ChildJvm.start(ResumeTest.Program.class, child)) {
      await("runs/teacher/record.json");
      begun = record();
      awaitStep(4);
      run.kill();
    }
    RecordFile killed = record();
    double seconds = killed.number("elapsed_seconds").orElseThrow();
    assertTrue(seconds > begun.number("elapsed_seconds").orElseThrow(), seconds + " s");

    long made = place.finiteMetrics("teacher").size();
    longRun[words.length] = "--set=steps=" + (made + 2);
    place.run(longRun).done();
    RecordFile whole = record();
    assertTrue(whole.number("elapsed_seconds").orElseThrow() > seconds);
    assertEquals(killed.run(), whole.run());
    assertEquals(Arrays.asList(100000L, made + 2), whole.stepsPlanned());
  }
}

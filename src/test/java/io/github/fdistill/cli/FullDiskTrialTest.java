package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.Trials;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A run whose disk is full, or has become read-only, ends with a clear error and leaves nothing
 * half-written; where there is room again, the same command goes on to what the unbroken run left.
 * Each time it is another folder of the run that lies on a small disk of its own.
 */
@Tag("trial")
class FullDiskTrialTest {
  private static final String FULL = "No space left on device";
  private static final String READ_ONLY = "Read-only file system";

  @TempDir static Path folder;
  private static TinyRun run;
  private static final StringBuilder TABLE =
      new StringBuilder(
          "| what | what the user is told | newest checkpoint then |\n|---|---|---|\n");

  @BeforeAll
  static void once() throws IOException {
    run = TinyRun.create(folder);
  }

  @AfterAll
  static void report() throws IOException {
    Trials.write("full-disk.md", TABLE.toString());
  }

  /** The run has come so far that each of its folders has something in it. */
  @BeforeEach
  void begun() throws IOException {
    run.clear();
    run.place().run(TinyRun.words(TinyRun.LOOKS)).done();
  }

  @Test
  void aCheckpoint() throws Exception {
    fills("a checkpoint", "runs/student/checkpoints", 8_192, "step 6 cannot be written: " + FULL);
  }

  @Test
  void aPicture() throws Exception {
    fills("a picture", "runs/student/pictures", 0, "step-00000008.png: cannot be written: " + FULL);
  }

  @Test
  void theBestStudent() throws Exception {
    fills("the best student", "runs/student/best", 20_000, "runs/student/best/", FULL);
  }

  @Test
  void theExport() throws Exception {
    fills("the export", "savedmodels/student", 20_000, "savedmodels/student/2: ", FULL);
  }

  /** The folders in the run's own have disks of theirs, so that these fill up. */
  @Test
  void theNumbers() throws Exception {
    try (SmallDisk disk = under("runs/student");
        SmallDisk checkpoints = under("runs/student/checkpoints");
        SmallDisk pictures = under("runs/student/pictures");
        SmallDisk best = under("runs/student/best")) {
      disk.leave(16_384);
      refused("numbers and record", "runs/student/", FULL);
      disk.makeRoom();
      goesOn();
    }
  }

  @Test
  void theWholeDiskFromTheStart() throws Exception {
    fills("the whole disk", "runs/student", 0, "runs/student/", FULL);
  }

  @Test
  void aReadOnlyFolderOfCheckpoints() throws Exception {
    becomesReadOnly(
        "checkpoints, read-only",
        "runs/student/checkpoints",
        "step 6 cannot be written: " + READ_ONLY);
  }

  @Test
  void aReadOnlyRun() throws Exception {
    becomesReadOnly(
        "the run's folder, read-only",
        "runs/student",
        "runs/student: cannot be written: ",
        READ_ONLY);
  }

  private static SmallDisk under(String name) throws Exception {
    return SmallDisk.under(run.place().path(name));
  }

  private static void fills(String what, String folder, long left, String... said)
      throws Exception {
    try (SmallDisk disk = under(folder)) {
      disk.leave(left);
      refused(what, said);
      disk.makeRoom();
      goesOn();
    }
  }

  private static void becomesReadOnly(String what, String folder, String... said) throws Exception {
    try (SmallDisk disk = under(folder)) {
      disk.readOnly(true);
      refused(what, said);
      disk.readOnly(false);
      goesOn();
    }
  }

  /** The last checkpoint is whole still, and nothing else is there. */
  private static void refused(String what, String... said) throws IOException {
    Workplace.Outcome outcome = run.place().run(TinyRun.WORDS);
    outcome.failed(said);
    outcome.failed("needed: ", "remedy: ");
    assertEquals(0, run.result().temporaries().size());
    long newest = run.newest();
    assertTrue(newest >= TinyRun.LOOKS, "step " + newest);
    String text = run.place().withoutRoot(outcome.err()).strip().replace("\n", "<br>");
    TABLE.append(String.format(Locale.ROOT, "| %s | %s | %d |%n", what, text, newest));
  }

  private static void goesOn() throws IOException {
    run.place().run(TinyRun.WORDS).done();
    run.requireUnbroken();
  }
}

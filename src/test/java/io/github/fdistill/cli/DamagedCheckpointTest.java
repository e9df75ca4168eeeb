package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.journal.RecordFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run goes on from the checkpoint before a damaged one, and never from step 0 unasked. */
class DamagedCheckpointTest {
  private static final String[] SETTINGS = {
    "checkpoint.every_steps=2", "checkpoint.keep=2", "picture_every_steps=0", "steps=6"
  };

  private static final String NEWEST = "runs/student/checkpoints/step-00000004/";

  @TempDir static Path folder;
  private static Workplace place;
  private static String metrics;
  private static byte[] state;

  @BeforeAll
  static void anUnbrokenRun() throws IOException {
    place = Workplace.create(folder);
    ForeignModel.write(
        place.path("savedmodels/teacher/1"), "denoise", Workplace.SIDE, Workplace.CLASSES, true);
    place.train(SETTINGS).done();
    metrics = place.read("runs/student/metrics.jsonl");
    state = state();
    AtomicFolder.delete(place.path("runs/student"));
    place.train(SETTINGS[0], SETTINGS[1], SETTINGS[2], "steps=4").done();
    Files.move(place.path("runs/student"), place.path("begun"));
  }

  private static byte[] state() throws IOException {
    return Files.readAllBytes(
        place.path("runs/student/checkpoints/step-00000006/state.data-00000-of-00001"));
  }

  /** The run again, as far as step 4; that of step 2 is there too. */
  @BeforeEach
  void begin() throws IOException {
    Path run = place.path("runs/student");
    AtomicFolder.delete(run);
    try (Stream<Path> begun = Files.walk(place.path("begun"))) {
      for (Path path : begun.toList()) {
        Files.copy(path, run.resolve(place.path("begun").relativize(path)));
      }
    }
  }

  private static void goesOn() throws IOException {
    place.train(SETTINGS).done();
    assertEquals(metrics, place.read("runs/student/metrics.jsonl"));
    assertEquals(-1, Arrays.mismatch(state, state()));
  }

  private static void flip(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
  }

  private static void cut(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
  }

  @Test
  void afterAFlippedByteOfTheState() throws IOException {
    flip(place.path(NEWEST + "state.data-00000-of-00001"));
    goesOn();
  }

  @Test
  void afterAnIndexThatWasCutShort() throws IOException {
    cut(place.path(NEWEST + "state.index"));
    goesOn();
  }

  @Test
  void afterAFlippedByteOfTheManifest() throws IOException {
    flip(place.path(NEWEST + "MANIFEST"));
    goesOn();
  }

  @Test
  void whereEveryOneIsDamagedTheRunIsRefusedAndNothingChanges() throws IOException {
    try (Stream<Path> all = Files.list(place.path("runs/student/checkpoints"))) {
      List<Path> each = all.filter(Files::isDirectory).toList();
      assertEquals(2, each.size());
      for (Path checkpoint : each) {
        flip(checkpoint.resolve("state.data-00000-of-00001"));
      }
    }
    Workplace.Outcome outcome = place.train(SETTINGS);
    outcome.failed("runs/student/checkpoints: every checkpoint there is damaged (2)");
    outcome.failed("needed: one that is whole", "remedy: put back a copy");
    assertEquals(4, place.finiteMetrics("student").size(), "steps that were not forgotten");

    // Moved away as it says, they take the time of the run with them, and its name.
    Path file = place.path("runs/student/record.json");
    String before = Files.readString(file);
    Files.writeString(file, before.replaceFirst("(elapsed_seconds\": ).*", "$190000"));
    AtomicFolder.delete(place.path("runs/student/checkpoints"));
    goesOn();
    RecordFile anew = RecordFile.read(file);
    assertTrue(anew.number("elapsed_seconds").orElseThrow() < 80_000);
    assertFalse(before.contains(anew.run().orElseThrow()));
  }
}

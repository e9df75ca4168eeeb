package io.github.fdistill.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StopSignalTest {
  @TempDir Path folder;

  /** A run that works until it is stopped, then saves, taking its time, and exits. */
  static final class Run {
    public static void main(String[] args) throws Exception {
      try (StopSignal stop = StopSignal.install(Duration.ofMinutes(2))) {
        System.out.println("running");
        while (!stop.requested()) {
          Thread.sleep(10);
        }
        Thread.sleep(500);
        Files.writeString(Path.of(args[0]), "step 12");
      }
      System.exit(1);
    }
  }

  @Test
  void aRunThatIsTerminatedSavesFirst() throws Exception {
    Path saved = folder.resolve("saved");
    try (ChildJvm run = ChildJvm.start(Run.class, saved)) {
      run.awaitLine("running");
      run.terminate();
      run.awaitLine("Stopping");
      run.assertExitCode(143);
    }
    assertEquals("step 12", Files.readString(saved));
  }

  /** A run that never looks. */
  static final class DeafRun {
    public static void main(String[] args) throws Exception {
      StopSignal stop = StopSignal.install(Duration.ofMillis(300));
      System.out.println("running " + stop.requested());
      Thread.sleep(3_600_000);
    }
  }

  @Test
  void patienceEnds() throws Exception {
    try (ChildJvm run = ChildJvm.start(DeafRun.class)) {
      run.awaitLine("running");
      run.terminate();
      run.awaitLine("WARN Not ended");
      run.assertExitCode(143);
    }
  }

  /** A run that ends by itself. */
  static final class ShortRun {
    public static void main(String[] args) {
      try (StopSignal stop = StopSignal.install(Duration.ofHours(1))) {
        System.out.println("running " + stop.requested());
      }
      System.exit(2);
    }
  }

  @Test
  void aRunThatEndsByItselfIsNotHeldUp() throws Exception {
    try (ChildJvm run = ChildJvm.start(ShortRun.class)) {
      run.assertExitCode(2);
    }
  }
}

package io.github.fdistill.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.ChildJvm;
import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
  @TempDir Path folder;

  /** Opens the folder, says what came of it, and holds it until it is killed. */
  static final class Holder {
    public static void main(String[] args) throws Exception {
      try (RunFolder run = RunFolder.open(Path.of(args[0]))) {
        System.out.println("held " + run.path());
        Thread.sleep(60_000);
      } catch (InputException e) {
        System.out.println("refused " + e.getMessage());
      }
    }
  }

  @Test
  void aSecondProcessIsRefusedUntilTheFirstDies() throws Exception {
    Path run = folder.resolve("runs/first");
    long dead;
    try (ChildJvm first = ChildJvm.start(Holder.class, run)) {
      first.awaitLine("held");
      assertThrows(InputException.class, () -> RunFolder.requireFree(run));
      InputException refused = assertThrows(InputException.class, () -> RunFolder.open(run));
      assertTrue(refused.getMessage().contains(run.toString()), refused.getMessage());
      assertTrue(refused.getMessage().contains("(process " + first.pid() + " on "));
      dead = first.pid();
      first.kill();
    }
    assertTrue(Files.exists(run.resolve("lock")), "what the dead process left");
    RunFolder.requireFree(run);
    Path half = Files.createDirectory(run.resolve(".step-1.tmp-" + dead + "-1"));
    String elsewhere = ".step-1.tmp-1-1-00000000"; // Of another machine or container.
    Path large = Files.createDirectories(run.resolve("checkpoints/" + elsewhere));
    Path kept = Files.createDirectories(run.resolve("pictures/" + elsewhere));
    Path mine = Files.createFile(run.resolve("checkpoints/.tmp-of-others"));
    try (RunFolder second = RunFolder.open(run)) {
      assertFalse(Files.exists(large), "half-written by whoever held the run before");
      assertTrue(Files.exists(kept) && Files.exists(mine), "others may write there, or did");
      assertEquals(run.toRealPath(), second.path());
      assertFalse(Files.exists(half), "half-written by the dead process");
    }
  }

  @Test
  void aSecondRunInThisProcessIsRefusedAndDoesNotLoosenTheLock() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
    RunFolder.requireFree(folder.resolve("not-there"));
    try (RunFolder first = RunFolder.open(folder)) {
      assertThrows(InputException.class, () -> RunFolder.requireFree(first.path()));
      assertThrows(InputException.class, () -> RunFolder.open(first.path()));
      assertThrows(InputException.class, () -> RunFolder.open(link));
      try (ChildJvm other = ChildJvm.start(Holder.class, folder)) {
        other.awaitLine("refused");
      }
    }
  }

  @Test
  void aClosedFolderCanBeOpenedAgain() throws IOException {
    RunFolder first = RunFolder.open(folder);
    first.close();
    try (RunFolder second = RunFolder.open(folder)) {
      first.close();
      assertThrows(InputException.class, () -> RunFolder.open(second.path()));
    }
  }
}

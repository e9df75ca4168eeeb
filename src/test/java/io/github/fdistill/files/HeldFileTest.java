package io.github.fdistill.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldFileTest {
  @TempDir Path folder;

  @Test
  void oneAtATimeHoldsAFile() throws IOException {
    Path file = folder.resolve("lock");
    for (int i = 0; i < 2; i++) {
      try (HeldFile held = HeldFile.take(file).orElseThrow()) {
        assertEquals(Optional.empty(), HeldFile.take(file));
        assertTrue(Files.exists(file));
      }
      assertFalse(Files.exists(file));
    }
  }

  /** As where one process opens it while the one that holds it deletes it, and a third comes. */
  @Test
  void aFileThatWasDeletedIsNotHeld() throws IOException {
    Path file = folder.resolve("lock");
    List<IOException> refused = new ArrayList<>();
    try (FileChannel opened = open(file)) {
      assertTrue(HeldFile.isAt(file, opened, refused::add));
      Files.delete(file);
      assertFalse(HeldFile.isAt(file, opened, refused::add));
      try (FileChannel other = open(file)) {
        assertTrue(HeldFile.isAt(file, other, refused::add));
        assertFalse(HeldFile.isAt(file, opened, refused::add));
      }
      assertEquals(List.of(), refused);
      opened.close();
      assertFalse(HeldFile.isAt(file, opened, refused::add), "what the disk refuses may pass");
      assertEquals(1, refused.size());
    }
  }

  /** Linux has a file that takes numbers alone: like a full disk, it refuses each try. */
  @Test
  void whatTheDiskRefusesEachTimeIsTold() {
    Path file = Path.of("/proc/self/oom_score_adj");
    Assumptions.assumeTrue(Files.isWritable(file));
    for (int i = 0; i < 2; i++) {
      assertThrows(FileSystemException.class, () -> HeldFile.take(file));
    }
  }

  /** Whoever takes it looks first whether something else has its name. */
  @Test
  void aFileMayComeAndGoWhileItIsLookedAt() throws Exception {
    Path file = folder.resolve("lock");
    AtomicBoolean over = new AtomicBoolean();
    FutureTask<Integer> comings =
        new FutureTask<>(
            () -> {
              int times = 0;
              for (; !over.get(); times++) {
                open(file).close();
                Files.delete(file);
              }
              return times;
            });
    new Thread(comings).start();
    try {
      for (int i = 0; i < 10_000; i++) {
        RegularFile.requireIfThere(file);
      }
    } finally {
      over.set(true);
      assertTrue(comings.get() > 0, "it came and went");
    }
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }
}

package io.github.fdistill.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
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
    try (FileChannel opened = open(file)) {
      assertTrue(HeldFile.isAt(file, opened));
      Files.delete(file);
      assertFalse(HeldFile.isAt(file, opened));
      try (FileChannel other = open(file)) {
        assertTrue(HeldFile.isAt(file, other));
        assertFalse(HeldFile.isAt(file, opened));
      }
    }
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }
}

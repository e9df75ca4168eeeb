package io.github.fdistill.files;

import static io.github.fdistill.files.AtomicFileTest.names;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.ChildJvm;
import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFolderTest {
  @TempDir Path folder;

  private static void twoFiles(Path inside) throws IOException {
    Files.writeString(inside.resolve("saved_model.pb"), "graph");
    Files.createDirectory(inside.resolve("variables"));
    Files.writeString(inside.resolve("variables/data"), "weights");
  }

  @Test
  void theNameAppearsOnlyWhenAllIsWritten() throws IOException {
    Path target = folder.resolve("student/1");
    AtomicFolder.write(
        target,
        inside -> {
          twoFiles(inside);
          assertFalse(Files.exists(target));
        });
    assertEquals("weights", Files.readString(target.resolve("variables/data")));
    assertEquals(List.of("1"), names(target.getParent()));
  }

  @Test
  void aFailedWriteLeavesNothing() throws IOException {
    Path target = folder.resolve("1");
    AtomicFolder.Content failing =
        inside -> {
          twoFiles(inside);
          throw new IOException("no space left on device");
        };
    assertThrows(IOException.class, () -> AtomicFolder.write(target, failing));
    assertEquals(List.of(), names(folder));
  }

  @Test
  void nothingIsWrittenOverAFolderThatIsThere() throws IOException {
    Path target = Files.createDirectory(folder.resolve("1"));
    InputException refused =
        assertThrows(
            InputException.class, () -> AtomicFolder.write(target, AtomicFolderTest::twoFiles));
    assertTrue(refused.getMessage().contains(target.toString()));
    assertEquals(List.of(), names(target));
  }

  /** Writes half a folder and dies. */
  static final class DiesHalfway {
    public static void main(String[] args) throws IOException {
      AtomicFolder.write(
          Path.of(args[0]),
          inside -> {
            twoFiles(inside);
            Runtime.getRuntime().halt(9);
          });
    }
  }

  @Test
  void aKilledWriteLeavesNoTargetAndTheNextOneTidiesUp() throws Exception {
    Path target = folder.resolve("1");
    try (ChildJvm child = ChildJvm.start(DiesHalfway.class, target)) {
      child.assertExitCode(9);
    }
    assertFalse(Files.exists(target));
    assertEquals(1, names(folder).size(), "the half-written temporary");
    AtomicFolder.write(target, AtomicFolderTest::twoFiles);
    assertEquals(List.of("1"), names(folder));
  }
}

package io.github.fdistill.files;

import static io.github.fdistill.files.AtomicFileTest.names;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.ChildJvm;
import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFolderTest {
  private static final int MANY = 2_000;

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
    FileSystemException refused =
        assertThrows(FileSystemException.class, () -> AtomicFolder.write(target, failing));
    assertEquals(target.toString(), refused.getFile(), "the name that the user knows");
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

  /** Dies as soon as anything is missing in the folder that it deletes. */
  static final class DiesDeleting {
    public static void main(String[] args) throws Exception {
      Path target = Path.of(args[0]);
      Thread watch =
          new Thread(
              () -> {
                String[] left = target.toFile().list();
                while (left != null && left.length == MANY) {
                  left = target.toFile().list();
                }
                Runtime.getRuntime().halt(9);
              });
      watch.start();
      AtomicFolder.delete(target);
      watch.join();
    }
  }

  @Test
  void aKilledDeletionLeavesNoHalfFolderUnderTheName() throws Exception {
    Path target = folder.resolve("1");
    AtomicFolder.write(
        target,
        inside -> {
          for (int i = 0; i < MANY; i++) {
            Files.createFile(inside.resolve("file-" + i));
          }
        });
    try (ChildJvm child = ChildJvm.start(DiesDeleting.class, target)) {
      child.assertExitCode(9);
    }
    assertFalse(Files.exists(target));
    Folders.tidy(folder);
    assertEquals(List.of(), names(folder));
  }

  @Test
  void whatIsNotThereIsDeletedToo() throws IOException {
    AtomicFolder.delete(folder.resolve("1"));
    assertEquals(List.of(), names(folder));
  }
}

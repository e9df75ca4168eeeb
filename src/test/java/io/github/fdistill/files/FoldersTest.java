package io.github.fdistill.files;

import static io.github.fdistill.files.AtomicFileTest.names;
import static java.time.temporal.ChronoUnit.DAYS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** All but one hold for root too, whom permissions do not stop. */
class FoldersTest {
  @TempDir Path folder;

  @Test
  void createsWhatIsMissingAndLeavesNothingInIt() throws IOException {
    Path wanted = folder.resolve("runs/first");
    Folders.requireWritable(wanted);
    assertEquals(List.of(), names(wanted));
  }

  @Test
  void aLinkToAFolderIsAFolder() throws IOException {
    Path real = Files.createDirectory(folder.resolve("scratch"));
    Folders.requireWritable(Files.createSymbolicLink(folder.resolve("runs"), real));
  }

  /** What a link leads to may be there at the next start. */
  @Test
  void aLinkToNothingIsNeitherThereNorAbsent() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("gone"));
    for (Executable question :
        List.<Executable>of(() -> RegularFile.isThere(link), () -> Folders.isThere(link))) {
      InputException refused = assertThrows(InputException.class, question);
      assertTrue(refused.getMessage().contains("link: "), refused.getMessage());
      assertTrue(refused.found().contains("a link to nothing"), refused.getMessage());
      assertTrue(refused.isPassing());
    }
    assertFalse(RegularFile.isThere(folder.resolve("gone")));
    assertFalse(Folders.isThere(folder.resolve("gone")));
    Files.createFile(folder.resolve("gone"));
    assertTrue(RegularFile.isThere(link));
    assertThrows(InputException.class, () -> Folders.isThere(link));
    Files.delete(folder.resolve("gone"));
    Files.createDirectory(folder.resolve("gone"));
    assertTrue(Folders.isThere(link));
    assertThrows(InputException.class, () -> RegularFile.isThere(link));
  }

  /** Java says of what lies there that it does not exist, and of links that they lead nowhere. */
  @Test
  void whatLiesInAClosedFolderIsNeitherThereNorAbsent() throws IOException {
    Path closed = Files.createDirectory(folder.resolve("closed"));
    Path inside = Files.createFile(closed.resolve("file"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), inside);
    Files.setPosixFilePermissions(closed, Set.of());
    try {
      assumeTrue(!Files.isReadable(closed));
      for (Path path : List.of(inside, link)) {
        for (Executable question :
            List.<Executable>of(() -> RegularFile.isThere(path), () -> Folders.isThere(path))) {
          InputException refused = assertThrows(InputException.class, question);
          String told = path + ": cannot be read: permission denied";
          assertTrue(refused.getMessage().startsWith(told), refused.getMessage());
          assertTrue(refused.isPassing());
        }
      }
    } finally {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
    }
  }

  @Test
  void theNearestThatIsThereIsNoneOnADiskThatIsNot() {
    Path wanted = folder.resolve("runs/first");
    assertEquals(folder, Folders.nearest(wanted, Files::exists).orElseThrow());
    assertTrue(Folders.nearest(wanted, path -> false).isEmpty());
  }

  @Test
  void tidiesAwayWhatDeadProcessesLeftAndNothingElse() throws Exception {
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    String living = ".file.tmp-" + ProcessHandle.current().parent().orElseThrow().pid() + "-1";
    Path below = Files.createDirectory(folder.resolve("checkpoints"));
    Files.createFile(folder.resolve(".file.tmp-" + dead.pid() + "-1"));
    Files.createFile(folder.resolve(living));
    Files.createFile(folder.resolve(".tmp-of-others"));
    Files.createDirectories(below.resolve(".step-1.tmp-" + dead.pid() + "-2/variables"));
    Files.createFile(below.resolve("MANIFEST"));
    Files.createFile(folder.resolve(".file.tmp-" + dead.pid() + "-3-" + Temporaries.HOST));
    // Of another machine: who knows whether it lives?
    String away = ".file.tmp-" + dead.pid() + "-1-00000000";
    Path old = Files.createFile(folder.resolve(".old.tmp-" + dead.pid() + "-1-00000000"));
    Files.createFile(folder.resolve(away));
    FileTime before = FileTime.from(Files.getLastModifiedTime(folder).toInstant().minus(2, DAYS));
    Files.setLastModifiedTime(old, before);
    Folders.tidy(folder);
    assertEquals(Set.of(away, living, ".tmp-of-others", "checkpoints"), Set.copyOf(names(folder)));
    assertEquals(List.of("MANIFEST"), names(below));
  }

  @Test
  void namesTheFileThatIsInTheWay() throws IOException {
    Path file = Files.writeString(folder.resolve("notes.txt"), "");
    InputException refused =
        assertThrows(
            InputException.class, () -> Folders.requireWritable(file.resolve("runs/first")));
    assertTrue(refused.getMessage().contains(file + " is not a folder"), refused.getMessage());
  }

  @Test
  void whatIsPermittedIsKnownWithoutWriting() throws IOException {
    Folders.requirePermitted(folder.resolve("runs/first"));
    assertEquals(List.of(), names(folder));
    Path file = Files.writeString(folder.resolve("notes.txt"), "");
    assertThrows(InputException.class, () -> Folders.requirePermitted(file.resolve("runs/first")));
  }

  @Test
  void namesTheNearestFolderItsOwnerAndPermissionsAndTheReason() {
    assumeTrue(Files.isDirectory(Path.of("/proc/self")));
    InputException refused =
        assertThrows(
            InputException.class, () -> Folders.requireWritable(Path.of("/proc/runs/first")));
    // What root is told, and what others are.
    String reason = "\\((no such file or folder|permission denied)\\)";
    String told = "/proc \\(root r-xr-xr-x\\) takes no new entry " + reason;
    assertTrue(refused.getMessage().matches("(?s).*" + told + ".*"), refused.getMessage());
  }
}

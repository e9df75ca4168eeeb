package io.github.fdistill.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class DiskRefusalTest {
  @TempDir Path folder;

  /** Where people set their own, its words are none of those that are written down here. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aFullDiskIsKnownByTheWordsOfThisSystemsLanguage() throws IOException {
    String said = DiskRefusal.saidOf(Path.of("/dev/full")).orElseThrow();
    IOException bare = new IOException(said);
    assertTrue(DiskRefusal.wasOfWriting(new IllegalStateException(bare)));
    assertTrue(DiskRefusal.wasOfWriting(DiskRefusal.of(folder, bare)));
    assertEquals(Optional.empty(), DiskRefusal.saidOf(folder.resolve("none")));
    assertEquals(Optional.empty(), DiskRefusal.saidOf(Files.createFile(folder.resolve("some"))));
    assertFalse(DiskRefusal.wasOfWriting(new NoSuchFileException("none")));
  }

  @Test
  void whatCouldNotBeWrittenForAnyReasonIsKnownFromWhatCouldNotBeRead() {
    IOException broken = new IOException("Input/output error");
    FileSystemException unwritten = DiskRefusal.of(folder, broken);
    assertTrue(DiskRefusal.wasOfWriting(new InputException("a", "b", "c", "d", unwritten)));
    assertFalse(DiskRefusal.wasOfWriting(DiskRefusal.unreadable(folder, broken)));
    IOException forbidden = new AccessDeniedException("runs");
    assertFalse(DiskRefusal.wasOfWriting(DiskRefusal.of(folder, forbidden)), "it stays so");
  }

  @Test
  void whatThisSystemSaysIsKnownBesideTheEnglishWords() {
    IOException other = new IOException("Kein Speicherplatz mehr");
    assertFalse(DiskRefusal.wasFull(other, DiskRefusal.known(Optional.empty())));
    assertTrue(DiskRefusal.wasFull(other, DiskRefusal.known(Optional.of(other.getMessage()))));
  }

  @Test
  void soItIsOnWindows() {
    assertTrue(DiskRefusal.wasOfWriting(new IOException("There is not enough space on the disk")));
  }
}

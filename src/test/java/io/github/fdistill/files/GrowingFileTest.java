package io.github.fdistill.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.ChildJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class GrowingFileTest {
  private static final byte[] PIECE = "0123456789".getBytes(StandardCharsets.UTF_8);

  @TempDir Path folder;

  @Test
  void piecesFollowWhatWasThereAndAreThereAtOnce() throws IOException {
    Path file = Files.writeString(folder.resolve("log"), "before ");
    try (GrowingFile growing = GrowingFile.open(file)) {
      growing.write(PIECE);
      assertEquals("before 0123456789", Files.readString(file));
      growing.sync();
      growing.write(PIECE);
    }
    assertEquals("before 01234567890123456789", Files.readString(file));
  }

  /** Java closes what an interrupted thread writes. */
  @Test
  void anInterruptIsToldAsWhatItIs() throws IOException {
    GrowingFile growing = GrowingFile.open(folder.resolve("log"));
    growing.write(PIECE);
    Thread.currentThread().interrupt();
    try {
      FileSystemException refused =
          assertThrows(FileSystemException.class, () -> growing.write(PIECE));
      assertTrue(refused.getReason().contains("was interrupted"), refused::getReason);
    } finally {
      assertTrue(Thread.interrupted(), "it is still asked for");
    }
    assertThrows(IOException.class, growing::close);
    assertEquals("0123456789", Files.readString(folder.resolve("log")));
  }

  /** Writes until the system refuses, and says how. */
  static final class WritesOn {
    public static void main(String[] args) throws IOException {
      try (GrowingFile growing = GrowingFile.open(Path.of(args[0]))) {
        while (true) {
          growing.write(PIECE);
        }
      } catch (FileSystemException e) {
        System.out.println(DiskRefusal.refusal(e).getMessage());
      }
    }
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aPieceThatIsRefusedLeavesNothingBehind() throws Exception {
    Path file = folder.resolve("log");
    try (ChildJvm child = ChildJvm.withSmallFiles(1, WritesOn.class, file)) {
      child.awaitLine(file + ": cannot be read or written: File too large");
      child.awaitLine("needed: a disk with room");
      child.awaitLine("remedy: mend that and give the same command again");
      child.assertExitCode(0);
    }
    assertEquals("0123456789".repeat(102), Files.readString(file), "102 whole ones in 1,024 bytes");
  }
}

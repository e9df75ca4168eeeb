package io.github.fdistill.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.files.AtomicFolder;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointsTest {
  @TempDir Path parent;
  private Path folder;
  private Checkpoints checkpoints;

  @BeforeEach
  void inAFolderThatIsNotThereYet() {
    folder = parent.resolve("checkpoints");
    checkpoints = new Checkpoints(folder, 3);
  }

  private static AtomicFolder.Content weights(String text) {
    return inside -> {
      Files.writeString(inside.resolve("optimiser"), "slots");
      Files.createDirectory(inside.resolve("student"));
      Files.writeString(inside.resolve("student/weights 0"), text);
    };
  }

  private void save(long... steps) throws IOException {
    for (long step : steps) {
      checkpoints.save(step, weights("weights of " + step));
    }
  }

  private Path weightsFile(long step) {
    return folder.resolve(String.format("step-%08d/student/weights 0", step));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> inside = Files.list(folder)) {
      return inside.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  /** The step {@code latest} falls back to when 200 is damaged, and the warning it gives. */
  private void assertPassedOver(String what) throws IOException {
    try (LogLines lines = new LogLines()) {
      assertEquals(100, checkpoints.latest().orElseThrow().step());
      assertEquals(1, lines.get().size());
      String warning = lines.get().get(0);
      assertTrue(warning.startsWith("WARN"), warning);
      assertTrue(warning.contains("step-00000200") && warning.contains(what), warning);
    }
  }

  /** However many a long life hashes. */
  @Test
  void checkpointsThatAreGoneAreNotRemembered() {
    WholeFolders.Look look = new WholeFolders.Look(List.of(), System.nanoTime() - 1_000_000_000L);
    Path first = parent.resolve("gone");
    WholeFolders.add(first, look);
    assertTrue(WholeFolders.has(first, look));
    int more = 0;
    for (; more < 10_000 && WholeFolders.has(first, look); more++) {
      WholeFolders.add(parent.resolve("gone" + more), look);
    }
    assertTrue(more < 10_000);
  }

  /** The text is the one that tf.train.latest_checkpoint reads. */
  @Test
  void theNewestIsFoundByTensorFlowsPrograms() throws IOException {
    for (long step : new long[] {1, 2, 3, 4}) {
      checkpoints.save(step, inside -> Files.writeString(inside.resolve("state.index"), "" + step));
    }
    assertEquals(
        """
        model_checkpoint_path: "step-00000004/state"
        all_model_checkpoint_paths: "step-00000002/state"
        all_model_checkpoint_paths: "step-00000003/state"
        all_model_checkpoint_paths: "step-00000004/state"
        """,
        Files.readString(folder.resolve("checkpoint")));
    checkpoints.removeAfter(3);
    assertTrue(
        Files.readString(folder.resolve("checkpoint"))
            .startsWith("model_checkpoint_path: \"step-00000003/state\"\n"));
  }

  @Test
  void aRunThatSavedNothingHasNone() throws IOException {
    assertEquals(Optional.empty(), checkpoints.latest());
    assertEquals(0, checkpoints.lastStep());
  }

  @Test
  void theNewestIsFoundWithWhatWasSaved() throws IOException {
    save(9, 100, 20);
    Checkpoint latest = checkpoints.latest().orElseThrow();
    assertEquals(new Checkpoint(100, folder.resolve("step-00000100")), latest);
    assertEquals("weights of 100", Files.readString(weightsFile(100)));
  }

  /** Hashing alone would find a change that leaves size and time as they were. */
  @Test
  void aLargeOneIsHashedOnceWhileItsFilesLookTheSame() throws IOException {
    save(100);
    long size = 64 << 20;
    checkpoints.save(
        200,
        inside -> {
          Files.createDirectory(inside.resolve("student"));
          lengthen(inside.resolve("student/weights 0"), size, 0);
        });
    FileTime written = Files.getLastModifiedTime(weightsFile(200));
    assertEquals(200, checkpoints.latest().orElseThrow().step());
    lengthen(weightsFile(200), size, 1);
    Files.setLastModifiedTime(weightsFile(200), written);
    assertEquals(200, Checkpoints.toRead(folder).lastStep());
    Files.setLastModifiedTime(weightsFile(200), FileTime.fromMillis(written.toMillis() + 1));
    assertPassedOver("other contents");
  }

  private static void lengthen(Path file, long size, int last) throws IOException {
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.seek(size - 1);
      out.write(last);
    }
  }

  @Test
  void aFlippedByteIsFound() throws IOException {
    save(100, 200);
    byte[] bytes = Files.readAllBytes(weightsFile(200));
    bytes[3] ^= 1;
    Files.write(weightsFile(200), bytes);
    assertPassedOver("student/weights 0 has other contents");
  }

  @Test
  void aFileCutShortIsFound() throws IOException {
    save(100, 200);
    Files.writeString(weightsFile(200), "weights");
    assertPassedOver("student/weights 0 has 7 bytes instead of 14");
  }

  @Test
  void aMissingFileIsFound() throws IOException {
    save(100, 200);
    Files.delete(weightsFile(200));
    assertPassedOver("student/weights 0 is missing");
  }

  @Test
  void aMissingManifestIsFound() throws IOException {
    save(100, 200);
    Files.delete(folder.resolve("step-00000200/MANIFEST"));
    assertPassedOver("MANIFEST is missing or garbled");
  }

  /** Whatever bit or line of it is lost, a manifest never vouches for what it should not. */
  @Test
  void aDamagedManifestIsFound() throws IOException {
    save(100, 200);
    Path manifest = folder.resolve("step-00000200/MANIFEST");
    byte[] whole = Files.readAllBytes(manifest);
    for (int i = 0; i < whole.length; i++) {
      byte[] damaged = whole.clone();
      damaged[i] ^= 4;
      Files.write(manifest, damaged);
      assertPassedOver("step-00000200");
    }
    String text = new String(whole, StandardCharsets.UTF_8);
    for (String name : List.of("a\0", "../../a", "/a")) { // None below the folder.
      Files.writeString(manifest, text.substring(0, text.lastIndexOf("  ") + 2) + name + "\n");
      assertPassedOver("MANIFEST is missing or garbled");
    }
    Files.writeString(manifest, text.substring(0, text.stripTrailing().lastIndexOf('\n') + 1));
    assertPassedOver("MANIFEST is missing or garbled");
  }

  @Test
  void aRunNeverStartsFromZeroSilently() throws IOException {
    save(100, 200);
    Files.delete(weightsFile(100));
    Files.delete(weightsFile(200));
    try (LogLines lines = new LogLines()) {
      InputException refused = assertThrows(InputException.class, checkpoints::latest);
      assertTrue(refused.getMessage().startsWith(folder.toString()), refused.getMessage());
      assertEquals(2, lines.get().size());
    }
  }

  @Test
  void whatACrashLeftIsNoCheckpoint() throws IOException {
    Files.createDirectories(folder.resolve(".step-00000100.tmp-1-1"));
    assertEquals(Optional.empty(), checkpoints.latest());
    assertEquals(0, checkpoints.lastStep());
  }

  @Test
  void aFailedSaveLeavesTheOthers() throws IOException {
    checkpoints = new Checkpoints(folder, 1);
    save(100);
    IOException diskFull = new IOException("no space left on device");
    AtomicFolder.Content failing =
        inside -> {
          Files.writeString(inside.resolve("weights"), "half");
          throw diskFull;
        };
    IOException refused = assertThrows(IOException.class, () -> checkpoints.save(200, failing));
    assertEquals(diskFull, refused.getCause());
    assertEquals(List.of("step-00000100"), names());
  }

  @Test
  void onlyTheNewestAreKept() throws IOException {
    save(1, 2, 3, 4, 5);
    assertEquals(List.of("step-00000003", "step-00000004", "step-00000005"), names());
  }

  @Test
  void multiplesOfAStepAreKeptToo() throws IOException {
    checkpoints = new Checkpoints(folder, 2, 30);
    save(10, 20, 30, 40, 50, 60, 70, 80, 90, 100);
    assertEquals(
        List.of("step-00000030", "step-00000060", "step-00000090", "step-00000100"), names());
  }

  @Test
  void whatARunMayNeedIsKeptToo() throws IOException {
    checkpoints = new Checkpoints(folder, 1).keeping((step, saved) -> step >= saved - 20);
    save(10, 20, 30, 40, 45);
    assertEquals(List.of("step-00000030", "step-00000040", "step-00000045"), names());
  }

  @Test
  void aRunThatGoesBackFindsAnEarlierOneAndRemovesTheLater() throws IOException {
    save(1, 2, 3);
    assertEquals(2, checkpoints.latest(step -> step <= 2).orElseThrow().step());
    assertEquals(Optional.empty(), checkpoints.latest(step -> step == 0));
    checkpoints.removeAfter(2);
    assertEquals(List.of("step-00000001", "step-00000002"), names());
  }

  @Test
  void oneThatCannotBeResumedFromDoesNotCountAsKept() throws IOException {
    checkpoints = new Checkpoints(folder, 2);
    save(1, 2);
    Files.delete(weightsFile(2));
    save(3);
    assertEquals(List.of("step-00000001", "step-00000002", "step-00000003"), names());
    save(4);
    assertEquals(List.of("step-00000003", "step-00000004"), names());
  }

  /** 300 is damaged, so the run goes on from 100 and saves 200, and later 300 anew. */
  @Test
  void aRunThatWentBackKeepsWhatItSavesAndMendsTheDamaged() throws IOException {
    checkpoints = new Checkpoints(folder, 1);
    save(300);
    Files.writeString(weightsFile(300), "damaged");
    save(200);
    try (LogLines lines = new LogLines()) {
      assertEquals(200, checkpoints.latest().orElseThrow().step());
      assertEquals(1, lines.get().size());
    }
    save(300);
    assertEquals(300, checkpoints.latest().orElseThrow().step());
    assertEquals(List.of("step-00000300"), names());
  }

  @Test
  void aWholeOneOfTheSameStepStands() throws IOException {
    save(100);
    checkpoints.save(100, weights("another"));
    assertEquals("weights of 100", Files.readString(weightsFile(100)));
  }
}

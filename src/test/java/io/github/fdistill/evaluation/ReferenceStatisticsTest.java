package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReferenceStatisticsTest {
  private static final Fingerprint FINGERPRINT = new Fingerprint("net", "data", 40, "none; größe");

  @TempDir Path folder;

  private static ReferenceStatistics made() {
    return ReferenceStatistics.of(FINGERPRINT, Recorded.vectors(8, 40, 3, 1, 2), 4, done -> {});
  }

  private static ReferenceStatistics mustNotBeMade() {
    throw new AssertionError("made again");
  }

  private static void assertSame(ReferenceStatistics expected, ReferenceStatistics found) {
    assertEquals(expected.fingerprint(), found.fingerprint());
    assertEquals(3, found.features().dimension());
    assertArrayEquals(expected.features().values(), found.features().values());
    assertEquals(expected.moments().count(), found.moments().count());
    assertArrayEquals(expected.moments().mean(), found.moments().mean());
    assertArrayEquals(expected.moments().covariance(), found.moments().covariance());
    assertEquals(expected.neighbours().k(), found.neighbours().k());
    assertArrayEquals(
        expected.neighbours().squaredDistances(), found.neighbours().squaredDistances());
  }

  @Test
  void theyAreMadeOnceAndReadBackBitForBit() {
    ReferenceStatistics first =
        ReferenceStatistics.cached(folder, FINGERPRINT, 4, ReferenceStatisticsTest::made);
    ReferenceStatistics again =
        ReferenceStatistics.cached(folder, FINGERPRINT, 4, ReferenceStatisticsTest::mustNotBeMade);
    assertSame(first, again);
    assertSame(made(), again);
  }

  @Test
  void otherFingerprintsHaveOtherFiles() throws IOException {
    ReferenceStatistics.cached(folder, FINGERPRINT, 4, ReferenceStatisticsTest::made);
    Fingerprint other = new Fingerprint("net", "data", 40, "resized");
    ReferenceStatistics.cached(
        folder,
        other,
        4,
        () -> ReferenceStatistics.of(other, Recorded.vectors(9, 40, 3, 1, 0), 4, done -> {}));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(2, files.count());
    }
  }

  @Test
  void aFileOfOtherImagesIsRefusedAndNotUsed() throws IOException {
    Path file = folder.resolve("a.statistics");
    made().write(file);
    for (Fingerprint other :
        List.of(
            new Fingerprint("net2", "data", 40, "none; größe"),
            new Fingerprint("net", "data2", 40, "none; größe"),
            new Fingerprint("net", "data", 41, "none; größe"),
            new Fingerprint("net", "data", 40, "none"))) {
      assertThrows(InputException.class, () -> ReferenceStatistics.read(file, other, 4));
    }
    InputException refused =
        assertThrows(InputException.class, () -> ReferenceStatistics.read(file, FINGERPRINT, 5));
    assertTrue(refused.getMessage().contains("4 neighbours"));
    // A file that was put under another's name is found out in the cache too.
    Fingerprint other = new Fingerprint("net", "data", 40, "none");
    Files.copy(file, ReferenceStatistics.file(folder, other, 4));
    assertThrows(
        InputException.class,
        () -> ReferenceStatistics.cached(folder, other, 4, ReferenceStatisticsTest::mustNotBeMade));
  }

  @Test
  void aChangedByteAnywhereAndACutAnywhereAreFound() throws IOException {
    Path file = folder.resolve("a.statistics");
    made().write(file);
    byte[] whole = Files.readAllBytes(file);
    for (int at = 0; at < whole.length; at += 13) {
      byte[] changed = whole.clone();
      changed[at] ^= 4;
      assertDamaged(changed);
      assertDamaged(Arrays.copyOf(whole, at));
    }
    assertDamaged(Arrays.copyOf(whole, whole.length + 1));
  }

  /** What a file says is made room for only where it is as long. */
  @Test
  void numbersThatTheFileIsTooShortForAreRefused() throws IOException {
    String head = "fdistill reference statistics 1\n" + FINGERPRINT.text();
    for (String numbers :
        List.of("features 40000000\nneighbours 4", "features 3\nneighbours 40000000")) {
      byte[] text = (head + numbers + "\n\n").getBytes(StandardCharsets.UTF_8);
      byte[] file = Arrays.copyOf(text, text.length + 32);
      System.arraycopy(Sha256.digest().digest(text), 0, file, text.length, 32);
      assertDamaged(file);
    }
  }

  private void assertDamaged(byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve("damaged"), bytes);
    InputException refused =
        assertThrows(InputException.class, () -> ReferenceStatistics.read(file, FINGERPRINT, 4));
    assertTrue(refused.getMessage().contains("damaged"), refused.getMessage());
    assertTrue(refused.getMessage().contains("delete the file"), refused.getMessage());
  }

  @Test
  void aWriteThatFailsLeavesNoFile() throws IOException {
    Path notAFolder = Files.writeString(folder.resolve("file"), "");
    Path inside = notAFolder.resolve("a.statistics");
    assertThrows(InputException.class, () -> made().write(inside));
    assertFalse(Files.exists(inside));
    // What takes hours does not end for a cache that cannot be written.
    assertSame(made(), ReferenceStatistics.cached(notAFolder, FINGERPRINT, 4, () -> made()));
    ReferenceClasses.write(notAFolder, FINGERPRINT, new long[] {40});
  }
}

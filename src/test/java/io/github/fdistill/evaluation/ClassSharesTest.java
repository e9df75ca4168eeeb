package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.condition.ClassNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassSharesTest {
  private static final Fingerprint FINGERPRINT = new Fingerprint("a1", "b2", 60, "none");

  private static ClassShares shares(long[] images, long... reference) {
    return new ClassShares(new ClassNames(List.of("top", "bag", "boot")), images, reference);
  }

  @Test
  void theSameSharesAreNoDistanceHoweverManyImages() {
    ClassShares same = shares(new long[] {4, 2, 14}, 20, 10, 70);
    assertEquals(0, same.divergence(), 1e-12);
    assertEquals(1, same.least(), 1e-12);
  }

  /** q = (1/2, 1/2, 0), p = (1/4, 1/2, 1/4): KL = ln(2) / 2. */
  @Test
  void theLeastServedIsTheLostClass() {
    ClassShares lost = shares(new long[] {5, 5, 0}, 25, 50, 25);
    assertEquals(Math.log(2) / 2, lost.divergence(), 1e-12);
    assertEquals(2, lost.leastServed());
    assertEquals(0, lost.least());
    ClassShares rare = shares(new long[] {10, 5, 5}, 25, 50, 25);
    assertEquals(1, rare.leastServed());
    assertEquals(0.5, rare.least(), 1e-12);
  }

  /** It cannot be served too little, and what is drawn of it is a finite distance. */
  @Test
  void aClassThatTheReferenceHasNotIsNeverTheLeastServed() {
    ClassShares strange = shares(new long[] {8, 0, 2}, 40, 10, 0);
    assertEquals(1, strange.leastServed());
    assertEquals(
        0.8 * Math.log(0.8 / 0.8) + 0.2 * Math.log(0.2 / 0.01), strange.divergence(), 1e-12);
    assertEquals(0, shares(new long[] {8, 2, 0}, 40, 10, 0).divergence(), 1e-12);
  }

  @Test
  void setsAreCountedTogether() {
    ClassShares all =
        ClassShares.ofAll(
            List.of(shares(new long[] {1, 2, 3}, 1, 1, 1), shares(new long[] {3, 2, 1}, 1, 1, 1)));
    assertArrayEquals(new long[] {4, 4, 4}, all.images());
  }

  @Test
  void classesAreTheLargestLogits() {
    Features features = new Features("x", 1, new float[3]);
    Features logits = new Features("x", 3, new float[] {0, 1, 0, 2, 1, 0, -3, -1, -2});
    assertArrayEquals(
        new long[] {1, 2, 0}, new Seen(features, Optional.of(logits)).classes().orElseThrow());
    assertTrue(new Seen(features, Optional.empty()).classes().isEmpty());
  }

  @Test
  void theReferencesAreKeptAndDamagedOnesAreNotTaken(@TempDir Path folder) throws IOException {
    assertTrue(ReferenceClasses.read(folder, FINGERPRINT, 3).isEmpty());
    ReferenceClasses.write(folder, FINGERPRINT, new long[] {10, 20, 30});
    assertArrayEquals(
        new long[] {10, 20, 30}, ReferenceClasses.read(folder, FINGERPRINT, 3).orElseThrow());
    assertTrue(ReferenceClasses.read(folder, FINGERPRINT, 4).isEmpty(), "other classes");
    Fingerprint other = new Fingerprint("a1", "b2", 61, "none");
    assertTrue(ReferenceClasses.read(folder, other, 3).isEmpty(), "other images");
    Path file = folder.resolve(FINGERPRINT.key() + ".classes");
    String whole = Files.readString(file);
    for (String damaged :
        List.of("", "x", whole.replace("30", "31"), whole.replace("30", "-"), whole + "7")) {
      Files.writeString(file, damaged);
      assertTrue(ReferenceClasses.read(folder, FINGERPRINT, 3).isEmpty(), damaged);
    }
  }
}

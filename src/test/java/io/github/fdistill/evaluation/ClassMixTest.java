package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ClassMixTest {
  @Test
  void equalClassesComeOneAfterAnother() {
    assertArrayEquals(new int[] {0, 1, 2}, ClassMix.sequence(new long[] {6000, 6000, 6000}));
    assertArrayEquals(new int[] {1, 3}, ClassMix.sequence(new long[] {0, 5, 0, 5}));
  }

  @Test
  void sharesAreToldInPlainNumbers() {
    assertEquals("99.6", ClassMix.percent(996, 1000));
    assertEquals("100", ClassMix.percent(99_996, 100_000));
    assertEquals("0.0040", ClassMix.percent(4, 100_000));
    assertEquals("33", ClassMix.percent(1, 3));
  }

  @Test
  void aPartOfAnyLengthHasTheClassesInTheirProportions() {
    Random random = new Random(1);
    for (int trial = 0; trial < 50; trial++) {
      long[] counts = random.longs(1 + random.nextInt(9), 0, 200).toArray();
      counts[0]++;
      long all = Arrays.stream(counts).sum();
      int[] sequence = ClassMix.sequence(counts);
      double[] drawn = new double[counts.length];
      for (int i = 0; i < sequence.length; i++) {
        drawn[sequence[i]]++;
        for (int k = 0; k < counts.length; k++) {
          double share = (double) counts[k] / all * (i + 1);
          assertTrue(Math.abs(drawn[k] - share) < 2, drawn[k] + " of " + share);
        }
      }
      for (int k = 0; k < counts.length; k++) {
        assertEquals((double) counts[k] / all, drawn[k] / sequence.length, 1e-12);
      }
    }
  }
}

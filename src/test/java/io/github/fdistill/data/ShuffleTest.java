package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ShuffleTest {
  @Test
  void everyIndexComesOnceAnEpoch() {
    for (int size : new int[] {1, 2, 3, 4, 5, 7, 16, 17, 100, 1024, 1025, 60_000}) {
      for (long epoch : new long[] {0, 1, 1_000_000_000_000L}) {
        long[] sorted = epoch(new Shuffle(size, 42), epoch);
        Arrays.sort(sorted);
        assertArrayEquals(LongStream.range(0, size).toArray(), sorted, "size " + size);
      }
    }
  }

  @Test
  void indicesOfLargeSetsStayBelowTheSize() {
    Shuffle shuffle = new Shuffle(Long.MAX_VALUE / 3, 1);
    for (long position : new long[] {0, 1, Long.MAX_VALUE / 3 - 1, Long.MAX_VALUE}) {
      long index = shuffle.at(position);
      assertTrue(index >= 0 && index < Long.MAX_VALUE / 3);
    }
  }

  /** A random permutation of n moves an element by n / 3 on average, +- n / sqrt(18 n). */
  @Test
  void indicesAreFarFromTheirPlaces() {
    int size = 10_000;
    for (long seed = 0; seed < 10; seed++) {
      long[] order = epoch(new Shuffle(size, seed), seed);
      double moved = LongStream.range(0, size).map(i -> Math.abs(order[(int) i] - i)).sum();
      assertEquals(1 / 3.0, moved / size / size, 0.015);
      assertEquals(0, correlation(order, LongStream.range(0, size).toArray()), 0.05);
      assertEquals(0, correlation(order, rotated(order)), 0.05, "neighbours");
    }
  }

  @Test
  void seedsAndEpochsAreUncorrelated() {
    int size = 10_000;
    long[] order = epoch(new Shuffle(size, 7), 0);
    assertEquals(0, correlation(order, epoch(new Shuffle(size, 7), 1)), 0.05);
    assertEquals(0, correlation(order, epoch(new Shuffle(size, 8), 0)), 0.05);
    assertEquals(0, correlation(order, epoch(new Shuffle(size, -7), 0)), 0.05);
    assertEquals(0, correlation(order, epoch(new Shuffle(size, 7 + (1L << 40)), 0)), 0.05);
    assertEquals(
        0, correlation(epoch(new Shuffle(size, 7), 1), epoch(new Shuffle(size, 8), 0)), 0.05);
  }

  /** Each of the 3! orders of three images is as frequent as the others; sigma is 91. */
  @Test
  void smallSetsTakeEveryOrderEquallyOften() {
    Map<String, Integer> counts = new HashMap<>();
    for (long epoch = 0; epoch < 60_000; epoch++) {
      counts.merge(Arrays.toString(epoch(new Shuffle(3, 5), epoch)), 1, Integer::sum);
    }
    assertEquals(6, counts.size());
    counts.values().forEach(count -> assertEquals(10_000, count, 500));
  }

  @Test
  void impossibleArgumentsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Shuffle(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new Shuffle(5, 1).at(-1));
  }

  private static long[] epoch(Shuffle shuffle, long epoch) {
    long first = epoch * shuffle.size();
    return LongStream.range(first, first + shuffle.size()).map(shuffle::at).toArray();
  }

  private static long[] rotated(long[] order) {
    long[] rotated = new long[order.length];
    System.arraycopy(order, 1, rotated, 0, order.length - 1);
    rotated[order.length - 1] = order[0];
    return rotated;
  }

  /** Pearson's correlation of two permutations; of independent ones, 0 +- 1 / sqrt(n). */
  private static double correlation(long[] a, long[] b) {
    double mean = (a.length - 1) / 2.0;
    double covariance = 0;
    double variance = 0;
    for (int i = 0; i < a.length; i++) {
      covariance += (a[i] - mean) * (b[i] - mean);
      variance += (a[i] - mean) * (a[i] - mean);
    }
    return covariance / variance;
  }
}

package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SieveTest {
  /** Vectors of very different norms, some of them nearly equal, around a far point. */
  private static Features uneven(long seed, int n, int d) {
    Random random = new Random(seed);
    float[] values = new float[n * d];
    for (int i = 0; i < n; i++) {
      double scale = Math.pow(10, random.nextInt(7) - 3);
      for (int f = 0; f < d; f++) {
        values[i * d + f] = (float) (300 + scale * random.nextGaussian());
      }
    }
    return new Features("uneven " + seed, d, values);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 64, 1000})
  void everyDistanceLiesBetweenItsBounds(int d) {
    Features columns = uneven(1, 120, d);
    Features rows = uneven(2, 50, d);
    double[] everything = new double[120];
    Arrays.fill(everything, Float.MAX_VALUE / 2);
    int[] pairs = {0};
    try (Sieve sieve = new Sieve(columns)) {
      sieve.forNear(
          rows,
          10,
          50,
          new double[50],
          everything,
          (row, column, low, high) -> {
            double exact = rows.squaredDistance(row, columns, column);
            assertTrue(low <= exact && exact <= high, low + " <= " + exact + " <= " + high);
            pairs[0]++;
          });
    }
    assertEquals(40 * 120, pairs[0]);
  }

  @Test
  void aFarMeanLetsHardlyMorePairsThroughThanAreNear() {
    Features columns = Recorded.cloud(1, 500, 8, 1000, 1e-4);
    Features rows = Recorded.cloud(2, 200, 8, 1000, 1e-4);
    double reach = 4;
    int[] pairs = new int[2];
    double[] ofColumns = new double[500];
    Arrays.fill(ofColumns, reach);
    try (Sieve sieve = new Sieve(columns)) {
      sieve.forNear(
          rows,
          0,
          200,
          new double[200],
          ofColumns,
          (row, column, low, high) -> {
            pairs[0]++;
            pairs[1] += rows.squaredDistance(row, columns, column) <= reach ? 1 : 0;
          });
    }
    assertTrue(pairs[1] > 100, "near: " + pairs[1]);
    assertEquals(pairs[1], pairs[0], 2, "let through");
  }
}

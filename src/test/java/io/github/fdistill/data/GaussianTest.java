package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class GaussianTest {
  private static final int COUNT = 200_000;

  /** E n^2 = 1, E n^4 = 3, E n^6 = 15; the share below 1 by quadrature; pairs are independent. */
  @Test
  void theMomentsAreThoseOfTheNormalDistribution() {
    double[] sums = new double[7];
    double[] products = new double[3];
    double below = 0;
    for (int i = 0; i < COUNT; i++) {
      double[] pair = Gaussian.pair(7, i);
      for (double n : pair) {
        for (int power = 1; power < sums.length; power++) {
          sums[power] += Math.pow(n, power) / (2 * COUNT);
        }
        below += n < 1 ? 0.5 / COUNT : 0;
      }
      products[0] += pair[0] * pair[1] / COUNT;
      products[1] += pair[0] * Gaussian.pair(7, i + 1)[0] / COUNT;
      products[2] += pair[0] * Gaussian.pair(8, i)[0] / COUNT;
    }
    double error = 1 / Math.sqrt(2 * COUNT);
    assertEquals(0, sums[1], 4 * error);
    assertEquals(1, sums[2], 4 * error * Math.sqrt(2));
    assertEquals(0, sums[3], 4 * error * Math.sqrt(15));
    assertEquals(3, sums[4], 4 * error * Math.sqrt(96));
    assertEquals(15, sums[6], 4 * error * Math.sqrt(10_170));
    assertEquals(normal(1), below, 4 * error * 0.37);
    for (double product : products) {
      assertEquals(0, product, 4 * error * Math.sqrt(2));
    }
  }

  /** The share below x, by Simpson's rule. */
  private static double normal(double x) {
    int parts = 1000;
    double from = -10;
    double step = (x - from) / parts;
    double sum = 0;
    for (int i = 0; i <= parts; i++) {
      double at = from + i * step;
      int weight = i == 0 || i == parts ? 1 : i % 2 == 1 ? 4 : 2;
      sum += weight * Math.exp(-at * at / 2);
    }
    return sum * step / 3 / Math.sqrt(2 * Math.PI);
  }
}

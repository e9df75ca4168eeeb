package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** The filter's weights as its formula has them: of a row of pixels among its mirrored images. */
class LanczosTest {

  /** sinc(x) sinc(x / 3), of |x| below 3. */
  private static double kernel(double x) {
    if (x == 0) {
      return 1;
    }
    double angle = Math.PI * x;
    return Math.abs(x) < 3 ? 3 * Math.sin(angle) * Math.sin(angle / 3) / (angle * angle) : 0;
  }

  /**
   * What pixel j of n counts for at a place: by itself, and by each of its images on both sides.
   *
   * @param wide how many pixels are a unit of x
   */
  private static double[] weights(double place, int wide, int n) {
    double[] weights = new double[n];
    double sum = 0;
    for (int j = 0; j < n; j++) {
      for (int period = -3; period <= 3; period++) {
        weights[j] += kernel((place - j - 2 * n * period) / wide);
        weights[j] += kernel((place + j + 1 - 2 * n * period) / wide);
      }
      sum += weights[j];
    }
    for (int j = 0; j < n; j++) {
      weights[j] /= sum;
    }
    return weights;
  }

  private static void assertRow(double[] expected, float[] found, String what) {
    assertEquals(expected.length, found.length);
    for (int j = 0; j < expected.length; j++) {
      assertEquals(expected[j], found[j], 1e-7, what + ", pixel " + j);
    }
  }

  /** Rows of two pixels too, beside which the filter sees several images of each. */
  @Test
  void aRowIsDoubledAndHalvedByItsFormula() {
    for (int n : new int[] {8, 2}) {
      for (int i = 0; i < 2 * n; i++) {
        assertRow(weights(i / 2.0 - 0.25, 1, n), Lanczos.doubling(n)[i], "doubled " + i);
      }
      for (int i = 0; i < n; i++) {
        assertRow(weights(2 * i + 0.5, 2, 2 * n), Lanczos.halving(n)[i], "halved " + i);
      }
    }
  }
}

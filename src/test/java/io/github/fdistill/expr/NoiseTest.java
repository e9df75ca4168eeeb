package io.github.fdistill.expr;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

class NoiseTest {
  private static final int N = 40_000;

  /** Five standard deviations of the correlation of N independent pairs. */
  private static final double INDEPENDENT = 5 / Math.sqrt(N);

  /** The normal draws of a fresh graph and session. */
  private static float[] normal(long seed, long step, String stream) {
    try (TestGraph g = new TestGraph()) {
      Placeholder<TInt64> fedStep = g.tf.placeholder(TInt64.class);
      Expr draws = new Noise(seed, fedStep).normal(g.tf, stream, N);
      return g.run(Map.of(fedStep, step), List.of(), List.of(draws)).get(0);
    }
  }

  @Test
  void theSameSeedStepAndStreamGiveTheSameBits() {
    assertArrayEquals(normal(7, 100, "eps"), normal(7, 100, "eps"));
  }

  @Test
  void aChangeOfAnyOneGivesIndependentDraws() {
    float[] draws = normal(7, 100, "eps");
    assertEquals(0, correlation(draws, normal(8, 100, "eps")), INDEPENDENT, "seed");
    assertEquals(0, correlation(draws, normal(7, 101, "eps")), INDEPENDENT, "step");
    assertEquals(0, correlation(draws, normal(7, 100, "z")), INDEPENDENT, "stream");
  }

  @Test
  void normalDrawsHaveTheMomentsOfTheStandardNormal() {
    float[] draws = normal(3, 5, "z");
    // Standard errors of the first four moments: sqrt of 1, 2, 15, 96 over N.
    assertEquals(0, moment(draws, 1), 5 * Math.sqrt(1.0 / N));
    assertEquals(1, moment(draws, 2), 5 * Math.sqrt(2.0 / N));
    assertEquals(0, moment(draws, 3), 5 * Math.sqrt(15.0 / N));
    assertEquals(3, moment(draws, 4), 5 * Math.sqrt(96.0 / N));
  }

  @Test
  void uniformDrawsFillTheUnitInterval() {
    try (TestGraph g = new TestGraph()) {
      float[] draws = g.value(new Noise(3, g.tf.constant(5L)).uniform(g.tf, "u", N));
      // Variances of u and u^2: 1/12 and 4/45.
      assertEquals(1.0 / 2, moment(draws, 1), 5 * Math.sqrt(1.0 / 12 / N));
      assertEquals(1.0 / 3, moment(draws, 2), 5 * Math.sqrt(4.0 / 45 / N));
      for (float u : draws) {
        assertTrue(0 <= u && u < 1);
      }
    }
  }

  /** Rows of so many numbers, from one on. */
  private static float[] rows(int first, int count, int each) {
    try (TestGraph g = new TestGraph()) {
      var shape = g.tf.constant(new int[] {count, each});
      Noise noise = new Noise(3, g.tf.constant(5L));
      return g.value(noise.uniformRows(g.tf, "u", shape, each, g.tf.constant((long) first)));
    }
  }

  @Test
  void rowsAreThoseOfTheWholeBatchWhicheverStandBesideThem() {
    for (int each : new int[] {1, 6, 8}) {
      float[] whole = rows(0, 5, each);
      assertEquals(
          5 * each, IntStream.range(0, 5 * each).mapToDouble(i -> whole[i]).distinct().count());
      assertArrayEquals(Arrays.copyOfRange(whole, 0, 2 * each), rows(0, 2, each));
      assertArrayEquals(Arrays.copyOfRange(whole, 2 * each, 5 * each), rows(2, 3, each));
    }
    try (TestGraph g = new TestGraph()) {
      Noise noise = new Noise(3, g.tf.constant(5L));
      assertArrayEquals(rows(0, 5, 8), g.value(noise.uniform(g.tf, "u", 5, 8)));
    }
  }

  @Test
  void noGradientIsNeededThroughADrawShapedLikeAnActivation() {
    try (TestGraph g = new TestGraph()) {
      Placeholder<TFloat32> x = g.vector();
      Expr activation = Expr.of(g.tf, x).times(2);
      Expr noise = new Noise(1, g.tf.constant(0L)).normal(g.tf, "eps", g.tf.shape(activation));
      Expr loss = activation.plus(noise.reshape(-1)).square().sum();
      var gradient = g.tf.gradients(loss, List.of(x));
      List<float[]> values =
          g.run(
              Map.of(x, new float[] {1, 2, 3}),
              List.of(),
              List.of(Expr.of(g.tf, gradient.dy(0)), noise));
      for (int i = 0; i < 3; i++) {
        double expected = 2 * 2 * (2 * (i + 1) + values.get(1)[i]);
        assertEquals(expected, values.get(0)[i], 1e-5 * Math.abs(expected));
      }
    }
  }

  private static double moment(float[] values, int power) {
    double sum = 0;
    for (float value : values) {
      sum += Math.pow(value, power);
    }
    return sum / values.length;
  }

  /** Correlation of two samples of mean 0 and variance 1. */
  private static double correlation(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum / a.length;
  }
}

package io.github.fdistill.diffusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Noise;
import io.github.fdistill.expr.TestGraph;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NoiseLevelsTest {
  private static final int N = 20_000;

  /** Samples of a distribution are farther off than this once in 3,000 seeds. */
  private static final double KOLMOGOROV = 2.07 / Math.sqrt(N);

  /** Draws in rising order. */
  private static float[] sorted(NoiseLevels levels) {
    try (TestGraph g = new TestGraph()) {
      Noise noise = new Noise(11, g.tf.constant(3L));
      float[] draws = g.value(levels.sample(g.tf, noise, "sigma", g.tf.constant(new int[] {N})));
      Arrays.sort(draws);
      return draws;
    }
  }

  /** The greatest distance between the draws' distribution function and a continuous one. */
  private static double kolmogorovDistance(float[] sorted, DoubleUnaryOperator distribution) {
    double distance = 0;
    for (int i = 0; i < N; i++) {
      double expected = distribution.applyAsDouble(sorted[i]);
      distance = Math.max(distance, Math.abs(expected - (double) i / N));
      distance = Math.max(distance, Math.abs(expected - (double) (i + 1) / N));
    }
    return distance;
  }

  /** The standard normal distribution function, by the midpoint rule. */
  private static double normalDistribution(double x) {
    int parts = 400;
    double dx = x / parts;
    double sum = 0;
    for (int i = 0; i < parts; i++) {
      double at = (i + 0.5) * dx;
      sum += Math.exp(-at * at / 2) * dx;
    }
    return 0.5 + sum / Math.sqrt(2 * Math.PI);
  }

  @Test
  void logNormalLevelsHaveNormalLogarithms() {
    float[] draws = sorted(new NoiseLevels.LogNormal(-1.2, 1.4, 0, Double.POSITIVE_INFINITY));
    double distance = kolmogorovDistance(draws, s -> normalDistribution((Math.log(s) + 1.2) / 1.4));
    assertEquals(0, distance, KOLMOGOROV);
  }

  /**
   * Beyond the ends lies what a normal distribution has there: it stands at them, the rest as
   * before.
   */
  @Test
  void clippedLogNormalLevelsStandAtTheEnds() {
    double low = 0.029;
    double high = 14.6;
    float[] all = sorted(new NoiseLevels.LogNormal(-0.2, 1.5, 0, Double.POSITIVE_INFINITY));
    float[] draws = sorted(new NoiseLevels.LogNormal(-0.2, 1.5, low, high));
    int below = 0;
    int above = 0;
    for (int i = 0; i < N; i++) {
      assertEquals(Math.min(Math.max(all[i], (float) low), (float) high), draws[i]);
      below += draws[i] == (float) low ? 1 : 0;
      above += draws[i] == (float) high ? 1 : 0;
    }
    double expectedBelow = normalDistribution((Math.log(low) + 0.2) / 1.5);
    double expectedAbove = 1 - normalDistribution((Math.log(high) + 0.2) / 1.5);
    assertEquals(expectedBelow, (double) below / N, 4 * Math.sqrt(expectedBelow / N));
    assertEquals(expectedAbove, (double) above / N, 4 * Math.sqrt(expectedAbove / N));
  }

  @Test
  void logUniformLevelsFillEachDecadeAlike() {
    float[] draws = sorted(new NoiseLevels.LogUniform(0.002, 80));
    assertTrue(0.00199 < draws[0] && draws[N - 1] < 80.1);
    double decades = Math.log10(80 / 0.002);
    assertEquals(0, kolmogorovDistance(draws, s -> Math.log10(s / 0.002) / decades), KOLMOGOROV);
  }

  @Test
  void uniformLevelsFillTheRange() {
    float[] draws = sorted(new NoiseLevels.Uniform(0.5, 80));
    assertEquals(0, kolmogorovDistance(draws, s -> (s - 0.5) / 79.5), KOLMOGOROV);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 1})
  void polynomialLevelsAreThoseOfAThousandThatAreNotLeftOut(int highestLeftOut) {
    double[] levels = NoiseLevels.heun(1000, 0.002, 80, 7);
    float[] draws = sorted(new NoiseLevels.Polynomial(0.002, 80, 7, highestLeftOut));
    int[] count = new int[1000];
    for (float sigma : draws) {
      // i of sigma, from its 7th root.
      double root = Math.pow(80, 1 / 7.0);
      double i = 999 * (root - Math.pow(sigma, 1 / 7.0)) / (root - Math.pow(0.002, 1 / 7.0));
      int nearest = (int) Math.round(i);
      assertEquals(levels[nearest], sigma, 1e-5 * sigma);
      count[nearest]++;
    }
    assertEquals(0, count[0] + count[998] + count[999]);
    assertEquals(highestLeftOut == 1, count[1] > 0, "79.564, the second highest");
    double chiSquare = 0;
    double expected = N / (998.0 - highestLeftOut);
    for (int i = highestLeftOut; i <= 997; i++) {
      chiSquare += (count[i] - expected) * (count[i] - expected) / expected;
    }
    // Mean 995 or 996, standard deviation sqrt(2 * 995) = 45.
    assertEquals(995, chiSquare, 4 * 45);
  }

  /** Of Stable Diffusion's schedule, computed one beta after another. */
  private static double[] stableDiffusion() {
    double[] sigmas = new double[1000];
    double kept = 1;
    for (int t = 0; t < 1000; t++) {
      double root = Math.sqrt(0.00085) + t / 999.0 * (Math.sqrt(0.012) - Math.sqrt(0.00085));
      kept *= 1 - root * root;
      sigmas[t] = Math.sqrt(1 / kept - 1);
    }
    return sigmas;
  }

  private static NoiseLevels ofTime(TimedLevels schedule, double low, double high, double shift) {
    return new NoiseLevels.OfTime(schedule, low, high, new NoiseLevels.TimeShare.Even(), shift);
  }

  @Test
  void timesOfStepsAreWholeAndEachAsLikely() {
    double[] sigmas = stableDiffusion();
    float[] draws = sorted(ofTime(new NoiseSchedule.Steps(sigmas, false), 0.0413, 14.6146, 1));
    int[] count = new int[1000];
    int step = 0;
    for (float sigma : draws) {
      while (sigma > sigmas[step] * (1 + 1e-5)) {
        step++;
      }
      assertEquals(sigmas[step], sigma, 1e-5 * sigma);
      count[step]++;
    }
    assertEquals(0, count[0], "below sigma_min");
    double chiSquare = 0;
    double expected = N / 999.0;
    for (int t = 1; t < 1000; t++) {
      chiSquare += (count[t] - expected) * (count[t] - expected) / expected;
    }
    // Mean 998, standard deviation sqrt(2 * 998) = 45.
    assertEquals(998, chiSquare, 4 * 45);
  }

  /** t of a flow is sigma / (1 + sigma); shifted by k, sigma is k times as large. */
  @ParameterizedTest
  @ValueSource(doubles = {1, 3})
  void timesOfAFlowAreUniformBeforeTheyAreShifted(double shift) {
    double high = 1e4;
    float[] draws = sorted(ofTime(new NoiseSchedule.Flow(false), 1e-6, high, shift));
    double distance = kolmogorovDistance(draws, s -> s / shift / (1 + s / shift));
    assertEquals(0, distance, KOLMOGOROV + 1e-3);
  }

  @Test
  void logitsOfAFlowsTimesAreNormal() {
    NoiseLevels.TimeShare share = new NoiseLevels.TimeShare.LogitNormal(0.4, 0.7);
    float[] draws =
        sorted(new NoiseLevels.OfTime(new NoiseSchedule.Flow(true), 1e-7, 1e7, share, 1));
    // The logit of t = sigma / (1 + sigma) is ln sigma.
    double distance = kolmogorovDistance(draws, s -> normalDistribution((Math.log(s) - 0.4) / 0.7));
    assertEquals(0, distance, KOLMOGOROV);
  }

  /** By bisection of its own formula, u is found of each level. */
  @Test
  void timesOfVariancePreservingAreUniform() {
    float[] draws = sorted(ofTime(new VariancePreserving(19.9, 0.1, 1000, 1e-5), 0.002, 80, 1));
    double first = timeOf(0.002);
    double last = timeOf(80);
    double distance = kolmogorovDistance(draws, s -> (timeOf(s) - first) / (last - first));
    assertEquals(0, distance, KOLMOGOROV);
  }

  private static double timeOf(double sigma) {
    double low = 0;
    double high = 1;
    for (int i = 0; i < 60; i++) {
      double u = (low + high) / 2;
      boolean below = Math.expm1(19.9 * u * u / 2 + 0.1 * u) < sigma * sigma;
      low = below ? u : low;
      high = below ? high : u;
    }
    return low;
  }

  @Test
  void theScheduleOfFiveStepsIsEdms() {
    // By hand: 80^(1/7) = 1.8701, 0.002^(1/7) = 0.41159; roots 1.8701, 1.5055, 1.1409, 0.7762.
    assertArrayEquals(
        new double[] {80, 17.528, 2.5152, 0.1698, 0.002, 0},
        NoiseLevels.heun(5, 0.002, 80, 7),
        1e-3);
  }

  @Test
  void rootsOfTheScheduleAreEquallySpaced() {
    double[] levels = NoiseLevels.heun(18, 0.01, 50, 3);
    assertEquals(19, levels.length);
    assertEquals(50, levels[0]);
    assertEquals(0.01, levels[17], 1e-12);
    assertEquals(0, levels[18]);
    double space = (Math.cbrt(50) - Math.cbrt(0.01)) / 17;
    for (int i = 0; i < 17; i++) {
      assertEquals(space, Math.cbrt(levels[i]) - Math.cbrt(levels[i + 1]), 1e-12);
    }
  }

  @Test
  void oneStepGoesFromTheHighestLevelToNone() {
    assertArrayEquals(new double[] {80, 0}, NoiseLevels.heun(1, 0.002, 80, 7));
  }

  @Test
  void rangesThatMakeNoSenseAreRefused() {
    assertThrows(InputException.class, () -> NoiseLevels.heun(0, 0.002, 80, 7));
    assertThrows(InputException.class, () -> NoiseLevels.heun(18, 80, 0.002, 7));
    assertThrows(InputException.class, () -> NoiseLevels.heun(18, 0.002, 80, 0));
    assertThrows(
        InputException.class,
        () -> new NoiseLevels.LogNormal(-1.2, 0, 0, Double.POSITIVE_INFINITY));
    assertThrows(InputException.class, () -> new NoiseLevels.LogNormal(-1.2, 1, 2, 2));
    assertThrows(InputException.class, () -> new NoiseLevels.LogUniform(0, 80));
    assertThrows(InputException.class, () -> new NoiseLevels.Uniform(1, Double.NaN));
    assertThrows(InputException.class, () -> ofTime(new NoiseSchedule.Flow(false), 1, 2, 0));
    assertThrows(InputException.class, () -> new NoiseLevels.TimeShare.LogitNormal(0, 0));
    assertThrows(InputException.class, () -> new NoiseLevels.Polynomial(1, 1, 7, 2));
    assertThrows(InputException.class, () -> new NoiseLevels.Polynomial(0.002, 80, 7, 998));
    assertThrows(InputException.class, () -> new NoiseLevels.Polynomial(0.002, 80, 7, -1));
  }
}

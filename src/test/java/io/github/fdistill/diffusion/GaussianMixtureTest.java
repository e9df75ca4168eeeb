package io.github.fdistill.diffusion;

import static io.github.fdistill.Quadrature.integral;
import static io.github.fdistill.Quadrature.normal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The formulas against integrals over x0, of p(x0) N(x; x0, sigma^2) and nothing else. */
class GaussianMixtureTest {
  /** One dimension; unequal in everything. */
  private static final GaussianMixture LINE =
      mixture(
          new double[] {0.2, 0.5, 0.3},
          new double[][] {{-1}, {0.3}, {2}},
          new double[][] {{0.04}, {0.5}, {0.01}});

  /** Two dimensions, the coordinates' variances unequal too. */
  private static final GaussianMixture PLANE =
      mixture(
          new double[] {0.3, 0.6, 0.1},
          new double[][] {{-0.7, 0.2}, {0.5, 0.9}, {0.4, -0.6}},
          new double[][] {{0.02, 0.2}, {0.3, 0.05}, {0.03, 0.04}});

  private static GaussianMixture mixture(double[] weights, double[][] means, double[][] variances) {
    return new GaussianMixture(weights, means, variances);
  }

  /** A noisy point, of numbers that a float holds, and what the ops make of it. */
  private record Found(
      double[] x, double sigma, double logDensity, double[] responsibilities, double[] denoised) {}

  private static List<Found> posteriors(GaussianMixture mixture, double[][] x, double[] sigma) {
    int n = x.length;
    int dimensions = mixture.dimensions();
    try (TestGraph g = new TestGraph()) {
      double[] flat = new double[n * dimensions];
      for (int i = 0; i < flat.length; i++) {
        flat[i] = x[i / dimensions][i % dimensions];
      }
      Expr points = g.constant(flat).reshape(n, dimensions);
      GaussianMixture.Posterior posterior = mixture.posterior(points, g.constant(sigma));
      float[] logDensity = g.value(posterior.logDensity());
      float[] responsibilities = g.value(posterior.responsibilities());
      float[] denoised = g.value(posterior.denoised());
      List<Found> found = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        found.add(
            new Found(
                row(TestGraph.floats(flat), i, dimensions),
                (float) sigma[i],
                logDensity[i],
                row(responsibilities, i, mixture.count()),
                row(denoised, i, dimensions)));
      }
      return found;
    }
  }

  private static double[] row(float[] values, int row, int width) {
    double[] cut = new double[width];
    for (int i = 0; i < width; i++) {
      cut[i] = values[row * width + i];
    }
    return cut;
  }

  /** Points on the line that are likely and unlikely at this noise level. */
  private static List<Found> onTheLine(double sigma) {
    double[] at = {-3, -1.2, -0.4, 0, 0.6, 1, 3};
    double[][] x = new double[at.length][1];
    double[] sigmas = new double[at.length];
    for (int i = 0; i < at.length; i++) {
      x[i][0] = 0.5 + at[i] * Math.sqrt(1 + sigma * sigma);
      sigmas[i] = sigma;
    }
    return posteriors(LINE, x, sigmas);
  }

  /** The integral of w_k N(x0; mu_k, v_k) N(x; x0, sigma^2) g(x0), on the line. */
  private static double joint(int k, double x, double sigma, DoubleUnaryOperator g) {
    double mean = LINE.means()[k][0];
    double variance = LINE.variances()[k][0];
    return LINE.weights()[k]
        * integral(
            x0 -> normal(x0, mean, variance) * normal(x, x0, sigma * sigma) * g.applyAsDouble(x0),
            -12,
            12,
            24_000);
  }

  private static double jointOfAll(double x, double sigma, DoubleUnaryOperator g) {
    return joint(0, x, sigma, g) + joint(1, x, sigma, g) + joint(2, x, sigma, g);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.002, 0.05, 0.3, 1, 5, 80})
  void onTheLineThePosteriorIsThatOfTheIntegrals(double sigma) {
    for (Found found : onTheLine(sigma)) {
      double x = found.x[0];
      double p = jointOfAll(x, found.sigma, x0 -> 1);
      double mean = jointOfAll(x, found.sigma, x0 -> x0) / p;
      String where = "x = " + x;
      assertEquals(mean, found.denoised[0], 2e-5 * (1 + Math.abs(mean)), where);
      assertEquals(Math.log(p), found.logDensity, 1e-5 * (1 + Math.abs(Math.log(p))), where);
      assertEquals(Math.log(p), LINE.logDensity(found.x, found.sigma), 1e-9, where);
      double sum = 0;
      for (int k = 0; k < 3; k++) {
        double share = joint(k, x, found.sigma, x0 -> 1) / p;
        assertEquals(share, found.responsibilities[k], 2e-5, where);
        sum += found.responsibilities[k];
      }
      assertEquals(1, sum, 1e-6, where);
    }
  }

  /** Tweedie: (E[x0 | x] - x) / sigma^2 = d/dx log p_sigma(x). */
  @ParameterizedTest
  @ValueSource(doubles = {0.05, 0.3, 1, 5, 80})
  void theDenoiserHoldsTheScore(double sigma) {
    for (Found found : onTheLine(sigma)) {
      double x = found.x[0];
      double step = 1e-4 * sigma;
      double above = Math.log(jointOfAll(x + step, found.sigma, x0 -> 1));
      double below = Math.log(jointOfAll(x - step, found.sigma, x0 -> 1));
      double score = (above - below) / (2 * step);
      double variance = found.sigma * found.sigma;
      // The difference of two floats, divided by sigma^2.
      double rounding = 1e-6 * (1 + Math.abs(x)) / variance;
      double of = (found.denoised[0] - x) / variance;
      assertEquals(score, of, rounding + 2e-5 * Math.abs(score), "x = " + x);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.5, 3, 80})
  void inThePlaneThePosteriorIsThatOfTheIntegrals(double sigma) {
    double[][] x = {{0, 0}, {-0.7, 0.4}, {0.1, 0.3}, {1.5, -0.9}, {-1.2, 1.4}};
    double[] sigmas = {sigma, sigma, sigma, sigma, sigma};
    for (Found found : posteriors(PLANE, x, sigmas)) {
      double[] expected = inThePlane(found.x, found.sigma);
      String where = "x = " + found.x[0] + ", " + found.x[1];
      assertEquals(expected[0], found.logDensity, 1e-5 * (1 + Math.abs(expected[0])), where);
      assertEquals(expected[0], PLANE.logDensity(found.x, found.sigma), 1e-9, where);
      assertEquals(expected[1], found.denoised[0], 2e-5, where);
      assertEquals(expected[2], found.denoised[1], 2e-5, where);
    }
  }

  /** log p_sigma(x) and the two coordinates of E[x0 | x], by sums over a grid. */
  private static double[] inThePlane(double[] x, double sigma) {
    double dx = 0.05;
    int half = 100;
    double p = 0;
    double a = 0;
    double b = 0;
    for (int i = -half; i <= half; i++) {
      for (int j = -half; j <= half; j++) {
        double u = i * dx;
        double v = j * dx;
        double joint = normal(x[0], u, sigma * sigma) * normal(x[1], v, sigma * sigma);
        joint *= densityInThePlane(u, v) * dx * dx;
        p += joint;
        a += joint * u;
        b += joint * v;
      }
    }
    return new double[] {Math.log(p), a / p, b / p};
  }

  private static double densityInThePlane(double u, double v) {
    double density = 0;
    for (int k = 0; k < 3; k++) {
      double[] mean = PLANE.means()[k];
      double[] variance = PLANE.variances()[k];
      density +=
          PLANE.weights()[k] * normal(u, mean[0], variance[0]) * normal(v, mean[1], variance[1]);
    }
    return density;
  }

  @Test
  void standardDeviationIsThatOfTheDensity() {
    double mean = integral(x -> x * line(x), -12, 12, 24_000);
    double variance = integral(x -> (x - mean) * (x - mean) * line(x), -12, 12, 24_000);
    assertEquals(Math.sqrt(variance), LINE.standardDeviation(), 1e-9);
    // Of several coordinates the mean variance counts: one of 1, one of 9 and means apart by 4.
    GaussianMixture two =
        mixture(
            new double[] {0.5, 0.5},
            new double[][] {{0, 2}, {0, -2}},
            new double[][] {{1, 9}, {1, 9}});
    assertEquals(Math.sqrt((1 + 9 + 4) / 2.0), two.standardDeviation(), 1e-12);
  }

  private static double line(double x) {
    double density = 0;
    for (int k = 0; k < 3; k++) {
      density += LINE.weights()[k] * normal(x, LINE.means()[k][0], LINE.variances()[k][0]);
    }
    return density;
  }

  /** Where each density by itself is 0 in single precision, and so is their sum. */
  @Test
  void farFromAllModesEverythingStaysFiniteTheGradientToo() {
    double[] far = {-1e4, -300, -20, 0.9, 20, 300, 1e4};
    double[] levels = {0.002, 0.02, 1, 80};
    double[] x = new double[far.length * levels.length];
    double[] sigma = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = far[i % far.length];
      sigma[i] = levels[i / far.length];
    }
    try (TestGraph g = new TestGraph()) {
      Expr points = g.constant(x);
      GaussianMixture.Posterior posterior =
          LINE.posterior(points.reshape(-1, 1), g.constant(sigma));
      float[] logDensity = g.value(posterior.logDensity());
      float[] denoised = g.value(posterior.denoised());
      Expr all = posterior.denoised().sum().plus(posterior.responsibilities().square().sum());
      Expr loss = all.plus(posterior.logDensity().sum());
      float[] gradient = g.value(g.tf.gradients(loss, List.of(points)).dy(0));
      float[] responsibilities = g.value(posterior.responsibilities());
      for (int i = 0; i < x.length; i++) {
        String where = "x = " + x[i] + ", sigma = " + sigma[i];
        double expected = LINE.logDensity(new double[] {x[i]}, sigma[i]);
        assertTrue(Double.isFinite(expected), where);
        assertEquals(expected, logDensity[i], 1e-5 * (1 + Math.abs(expected)), where);
        assertTrue(Float.isFinite(denoised[i]) && Float.isFinite(gradient[i]), where);
        double sum = responsibilities[3 * i] + responsibilities[3 * i + 1];
        assertEquals(1, sum + responsibilities[3 * i + 2], 1e-3, where);
      }
    }
  }

  @Test
  void drawsHaveTheWeightsMeansAndVariances() {
    GaussianMixture apart =
        mixture(
            new double[] {0.15, 0.6, 0.25},
            new double[][] {{-9, 0}, {0, 5}, {9, 0}},
            new double[][] {{0.04, 0.5}, {0.3, 0.09}, {0.1, 0.2}});
    int n = 100_000;
    double[] count = new double[3];
    double[][] sum = new double[3][2];
    double[][] square = new double[3][2];
    SplittableRandom random = new SplittableRandom(5);
    float[] point = {7, 0, 0, 7};
    for (int i = 0; i < n; i++) {
      apart.draw(random, point, 1);
      int k = apart.nearest(point[1], point[2]).component();
      count[k]++;
      for (int d = 0; d < 2; d++) {
        double offset = point[1 + d] - apart.means()[k][d];
        sum[k][d] += offset;
        square[k][d] += offset * offset;
      }
    }
    assertTrue(point[0] == 7 && point[3] == 7, "only the point is written");
    for (int k = 0; k < 3; k++) {
      double w = apart.weights()[k];
      assertEquals(w, count[k] / n, 4 * Math.sqrt(w * (1 - w) / n), "weight " + k);
      for (int d = 0; d < 2; d++) {
        double v = apart.variances()[k][d];
        assertEquals(0, sum[k][d] / count[k], 4 * Math.sqrt(v / count[k]), "mean " + k);
        assertEquals(v, square[k][d] / count[k], 4 * v * Math.sqrt(2 / count[k]), "variance " + k);
      }
    }
  }

  @Test
  void nearestCountsInStandardDeviationsOfEachComponent() {
    GaussianMixture unequal =
        mixture(
            new double[] {0.5, 0.5},
            new double[][] {{0, 0}, {3, 4}},
            new double[][] {{0.01, 0.01}, {9, 4}});
    // (1, 0) is closer to the first mean: 10 of its deviations, and sqrt((2/3)^2 + 2^2) of the
    // other.
    GaussianMixture.Nearest nearest = unequal.nearest(1, 0);
    assertEquals(1, nearest.component());
    assertEquals(Math.sqrt(4.0 / 9 + 4), nearest.deviations(), 1e-12);
    assertEquals(0, unequal.nearest(0.1, 0.1).component());
    assertEquals(Math.sqrt(2), unequal.nearest(0.1, 0.1).deviations(), 1e-12);
  }

  private static void assertRefused(
      String part, double[] weights, double[][] means, double[][] variances) {
    String message =
        assertThrows(InputException.class, () -> mixture(weights, means, variances)).getMessage();
    assertTrue(message.contains(part), message);
  }

  @Test
  void whatIsNoMixtureIsRefused() {
    double[] half = {0.5, 0.5};
    double[][] two = {{0}, {1}};
    double[][] ones = {{1}, {1}};
    assertRefused("no component", new double[0], new double[0][], new double[0][]);
    assertRefused("2 weights, 1 means, 2 variances", half, new double[][] {{0}}, ones);
    assertRefused("sum to 0.75", new double[] {0.5, 0.25}, two, ones);
    assertRefused("sum to NaN", new double[] {0.5, Double.NaN}, two, ones);
    assertRefused("component 1: weight -0.5", new double[] {1.5, -0.5}, two, ones);
    assertRefused("component 0: a mean of 0 coordinates", half, new double[2][0], new double[2][0]);
    assertRefused("component 1: a mean of 2", half, new double[][] {{0}, {1, 2}}, ones);
    assertRefused("component 0: 2 variances", half, two, new double[][] {{1, 1}, {1}});
    assertRefused("component 0: variance 0.0", half, two, new double[][] {{0}, {1}});
    assertRefused("component 1: variance NaN", half, two, new double[][] {{1}, {Double.NaN}});
    double infinity = Double.POSITIVE_INFINITY;
    assertRefused("component 1: variance Inf", half, two, new double[][] {{1}, {infinity}});
    assertRefused("component 0: mean -Inf", half, new double[][] {{-infinity}, {1}}, ones);
  }
}

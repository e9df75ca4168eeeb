package io.github.fdistill.diffusion;

import static io.github.fdistill.Quadrature.normal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** Heun's method on a mixture, whose flow bends: the denoiser is linear nowhere. */
class HeunMixtureTest {
  private static final GaussianMixture MIXTURE =
      new GaussianMixture(
          new double[] {0.2, 0.5, 0.3},
          new double[][] {{-1, 0.3}, {0.2, -0.6}, {0.9, 0.8}},
          new double[][] {{0.01, 0.04}, {0.03, 0.02}, {0.05, 0.01}});

  private static final Denoiser TEACHER =
      (x, sigma, label) ->
          new Denoiser.Pass(
              MIXTURE.posterior(x.reshape(-1, 2), sigma).denoised().reshape(-1, 1, 1, 2), Map.of());

  /** Points [N,2] from the first noise level to the last, and by D to 0 where that is the last. */
  private static float[] sampled(double[] points, double[] levels) {
    try (TestGraph g = new TestGraph()) {
      Placeholder<TFloat32> values = g.vector();
      Placeholder<TFloat32> sigma = g.tf.placeholder(TFloat32.class);
      Placeholder<TFloat32> next = g.tf.placeholder(TFloat32.class);
      HeunSampler heun = new HeunSampler(TEACHER, Condition.NONE);
      Expr x = Expr.of(g.tf, values).reshape(-1, 1, 1, 2);
      Expr from = Expr.of(g.tf, sigma);
      Expr step = heun.step(x, from, Expr.of(g.tf, next));
      Expr last = heun.last(x, from);
      float[] now = TestGraph.floats(points);
      for (int i = 0; i + 1 < levels.length; i++) {
        float level = (float) levels[i];
        float to = (float) levels[i + 1];
        Map<Operand<TFloat32>, ?> feeds = Map.of(values, now, sigma, level, next, to);
        now = g.run(feeds, List.of(), List.of(to > 0 ? step : last)).get(0);
      }
      return now;
    }
  }

  /**
   * Noise of sigma_max becomes the data. p at sigma 80 is N(0, 80^2) but for a few hundredths, so a
   * start from there begins with an error far below that of 20,000 samples.
   */
  @Test
  void samplesHaveTheWeightsMeansAndVariancesOfTheMixture() {
    int n = 20_000;
    Random random = new Random(4);
    double[] start = new double[2 * n];
    for (int i = 0; i < start.length; i++) {
      start[i] = 80 * random.nextGaussian();
    }
    float[] x = sampled(start, NoiseLevels.heun(40, 0.002, 80, NoiseLevels.RHO));
    double[] count = new double[3];
    double[][] sum = new double[3][2];
    double[][] square = new double[3][2];
    for (int i = 0; i < n; i++) {
      int k = MIXTURE.nearest(x[2 * i], x[2 * i + 1]).component();
      count[k]++;
      for (int d = 0; d < 2; d++) {
        double offset = x[2 * i + d] - MIXTURE.means()[k][d];
        sum[k][d] += offset;
        square[k][d] += offset * offset;
      }
    }
    for (int k = 0; k < 3; k++) {
      double w = MIXTURE.weights()[k];
      assertEquals(w, count[k] / n, 4 * Math.sqrt(w * (1 - w) / n), "weight " + k);
      for (int d = 0; d < 2; d++) {
        double v = MIXTURE.variances()[k][d];
        String where = "component " + k + ", coordinate " + d;
        assertEquals(0, sum[k][d] / count[k], 4 * Math.sqrt(v / count[k]), where);
        assertEquals(v, square[k][d] / count[k], 4 * v * Math.sqrt(2 / count[k]), where);
      }
    }
  }

  private static final double[] STARTS = {
    -3, -2, -1.5, 1, 0, 0.4, 0.3, -2.5, 1, 1.2, 2.2, 3, -0.6, -0.4, 1.8, -1.1
  };

  /**
   * The distance to the solution of dx/dsigma = (x - D(x; sigma)) / sigma by Runge and Kutta's
   * fourth-order method in 4000 steps of ln(sigma), in double precision. Where steps are small
   * enough for their square to rule, and large enough not to drown in the rounding of floats.
   */
  @Test
  void theErrorFallsWithTheSquareOfTheSteps() {
    double[] exact = new double[STARTS.length];
    for (int i = 0; i < STARTS.length; i += 2) {
      double[] end = exactly(new double[] {STARTS[i], STARTS[i + 1]}, 3, 0.1);
      exact[i] = end[0];
      exact[i + 1] = end[1];
    }
    double[] error = new double[3];
    for (int i = 0; i < error.length; i++) {
      error[i] = error(32 << i, exact);
    }
    for (int i = 0; i + 1 < error.length; i++) {
      double order = Math.log(error[i] / error[i + 1]) / Math.log(2);
      assertTrue(1.7 < order && order < 2.3, (32 << i) + " steps: order " + order);
    }
  }

  /** Root mean square over the points, after so many steps from sigma 3 to 0.1. */
  private static double error(int steps, double[] exact) {
    double[] levels = NoiseLevels.heun(steps + 1, 0.1, 3, NoiseLevels.RHO);
    double[] withoutLast = Arrays.copyOf(levels, steps + 1);
    float[] found = sampled(STARTS, withoutLast);
    double sum = 0;
    for (int i = 0; i < exact.length; i++) {
      sum += (found[i] - exact[i]) * (found[i] - exact[i]);
    }
    return Math.sqrt(sum / exact.length);
  }

  private static double[] exactly(double[] x, double from, double to) {
    int steps = 4000;
    double h = Math.log(to / from) / steps;
    double t = Math.log(from);
    for (int i = 0; i < steps; i++) {
      double[] a = slope(x, t);
      double[] b = slope(moved(x, a, h / 2), t + h / 2);
      double[] c = slope(moved(x, b, h / 2), t + h / 2);
      double[] d = slope(moved(x, c, h), t + h);
      x =
          new double[] {
            x[0] + h / 6 * (a[0] + 2 * b[0] + 2 * c[0] + d[0]),
            x[1] + h / 6 * (a[1] + 2 * b[1] + 2 * c[1] + d[1])
          };
      t += h;
    }
    return x;
  }

  private static double[] moved(double[] x, double[] slope, double by) {
    return new double[] {x[0] + by * slope[0], x[1] + by * slope[1]};
  }

  /** dx / d ln(sigma) = x - E[x0 | x], written anew. */
  private static double[] slope(double[] x, double logSigma) {
    double noise = Math.exp(2 * logSigma);
    double p = 0;
    double[] sum = new double[2];
    for (int k = 0; k < MIXTURE.count(); k++) {
      double joint = MIXTURE.weights()[k];
      for (int d = 0; d < 2; d++) {
        joint *= normal(x[d], MIXTURE.means()[k][d], MIXTURE.variances()[k][d] + noise);
      }
      p += joint;
      for (int d = 0; d < 2; d++) {
        double v = MIXTURE.variances()[k][d];
        double mean = MIXTURE.means()[k][d];
        sum[d] += joint * (mean + v / (v + noise) * (x[d] - mean));
      }
    }
    return new double[] {x[0] - sum[0] / p, x[1] - sum[1] / p};
  }
}

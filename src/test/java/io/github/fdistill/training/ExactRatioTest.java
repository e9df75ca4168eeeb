package io.github.fdistill.training;

import static io.github.fdistill.Quadrature.normal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.diffusion.OneStep;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.network.DenoiserModel;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** A student G(z) = mu + s z, whose noisy samples are N(mu, s^2 + sigma^2) in each coordinate. */
class ExactRatioTest {
  private static final double MU = 0.4;
  private static final double S = 0.7;
  private static final int SAMPLES = 4096;

  /** Points of D coordinates up to two standard deviations out, all at one noise level. */
  private static final class Fixture implements AutoCloseable {
    static final double[] AT = {-2, -1.3, -0.5, 0, 0.7, 1.6, 2};
    final TestGraph g = new TestGraph();
    final StepInputs in;
    final Placeholder<TFloat32> points = g.vector();
    final Expr logRatio;
    final double[][] x;

    Fixture(int dimensions, double sigma) {
      int n = AT.length;
      in = Tiny.inputs(g.tf, n, 1, Shape.of(1, 1, dimensions), Conditioning.NONE, 3);
      x = new double[n][dimensions];
      for (int i = 0; i < n; i++) {
        for (int d = 0; d < dimensions; d++) {
          // The second coordinate takes the places in another order.
          double at = AT[(i + 3 * d) % n] / Math.sqrt(dimensions);
          x[i][d] = (float) (MU + at * Math.hypot(S, sigma));
        }
      }
      double[] sigmas = new double[n];
      double[] logTeacher = new double[n];
      for (int i = 0; i < n; i++) {
        sigmas[i] = sigma;
        logTeacher[i] = logTeacher(i);
      }
      OneStep student =
          new OneStep(
              (y, level, label) -> new Denoiser.Pass(y.times(S).plus(MU), Map.of()),
              1,
              Shape.of(1, 1, dimensions));
      Expr known = g.constant(logTeacher).reshape(-1, 1, 1, 1);
      logRatio =
          new ExactRatio(in.noise(), student, SAMPLES, Shape.of(1, 1, dimensions))
              .of(
                  Expr.of(g.tf, points).reshape(-1, 1, 1, dimensions),
                  g.constant(sigmas),
                  new Denoiser.Pass(known, Map.of(DenoiserModel.LOG_DENSITY, known)),
                  null);
    }

    /** What the teacher says its density is; any numbers do. */
    static double logTeacher(int i) {
      return 0.3 * i - 1;
    }

    double[] flat() {
      double[] flat = new double[x.length * x[0].length];
      for (int i = 0; i < flat.length; i++) {
        flat[i] = x[i / x[0].length][i % x[0].length];
      }
      return flat;
    }

    float[] logRatio(long step) {
      return g.run(
              Map.of(points, TestGraph.floats(flat()), in.step(), step),
              List.of(),
              List.of(logRatio))
          .get(0);
    }

    @Override
    public void close() {
      g.close();
    }
  }

  /** N(x; mu, variance) over all coordinates. */
  private static double normals(double[] x, double variance) {
    double product = 1;
    for (double coordinate : x) {
      product *= normal(coordinate, MU, variance);
    }
    return product;
  }

  /**
   * The relative standard error of a mean of M kernels k_j = N(x; x_j, sigma^2) is that of one over
   * sqrt(M), with E[k] = N(x; mu, s^2 + sigma^2) and E[k^2] = (4 pi sigma^2)^(-D/2) N(x; mu, s^2 +
   * sigma^2/2).
   */
  private static double standardError(double[] x, double sigma) {
    double mean = normals(x, S * S + sigma * sigma);
    double meanSquare =
        normals(x, S * S + sigma * sigma / 2)
            / Math.pow(4 * Math.PI * sigma * sigma, x.length / 2.0);
    return Math.sqrt((meanSquare / (mean * mean) - 1) / SAMPLES);
  }

  @ParameterizedTest
  @CsvSource({"1, 0.1", "1, 0.3", "1, 2", "1, 40", "2, 0.15", "2, 0.5", "2, 2", "2, 40"})
  void itIsTheRatioToTheStudentsDensityUpToItsStandardError(int dimensions, double sigma) {
    try (Fixture t = new Fixture(dimensions, sigma)) {
      for (long step : new long[] {1, 2}) {
        float[] found = t.logRatio(step);
        for (int i = 0; i < found.length; i++) {
          double expected =
              Fixture.logTeacher(i) - Math.log(normals(t.x[i], S * S + sigma * sigma));
          double error = standardError(t.x[i], sigma);
          assertTrue(error < 0.1, "a test of little: " + error);
          assertEquals(expected, found[i], 4 * error + 1e-5, "point " + i + ", step " + step);
        }
      }
    }
  }

  @Test
  void eachStepHasSamplesOfItsOwn() {
    try (Fixture t = new Fixture(1, 0.3)) {
      assertNotEquals(t.logRatio(1)[0], t.logRatio(2)[0]);
      assertEquals(t.logRatio(1)[0], t.logRatio(1)[0]);
    }
  }

  @Test
  void noGradientComesByTheRatio() {
    try (Fixture t = new Fixture(1, 0.3)) {
      Graph graph = (Graph) t.g.tf.scope().env();
      Expr loss = t.logRatio.sum().plus(Expr.of(t.g.tf, t.points).sum());
      Output<?>[] by = {t.points.asOutput()};
      Output<?> gradient = graph.addGradients(loss.asOutput(), by)[0];
      assertTrue(GraphAccess.exists(gradient));
      float[] found =
          t.g
              .run(
                  Map.of(t.points, TestGraph.floats(t.flat()), t.in.step(), 1L),
                  List.of(),
                  List.of(gradient.expect(TFloat32.class)))
              .get(0);
      for (float value : found) {
        assertEquals(1, value);
      }
      assertFalse(found.length == 0);
    }
  }
}

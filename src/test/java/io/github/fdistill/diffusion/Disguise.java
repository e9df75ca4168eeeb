package io.github.fdistill.diffusion;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import java.util.Arrays;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * A mixture of Gaussians as a network of another convention would know it: what it says of noisy
 * data follows from the definitions of x_t, eps, v and the velocity, never from a formula for D.
 */
public record Disguise(GaussianMixture mixture, Convention convention) {

  /** Unequal in everything; inside [-1, 1]. */
  public static final GaussianMixture PLANE =
      new GaussianMixture(
          new double[] {0.3, 0.6, 0.1},
          new double[][] {{-0.7, 0.2}, {0.5, 0.9}, {0.4, -0.6}},
          new double[][] {{0.02, 0.2}, {0.3, 0.05}, {0.003, 0.004}});

  /** One of four dimensions. */
  public static GaussianMixture wide() {
    return new GaussianMixture(
        new double[] {0.4, 0.6},
        new double[][] {{-0.7, 0.2, 0.5, 0.1}, {0.5, 0.9, -0.3, -0.8}},
        new double[][] {{0.02, 0.2, 0.1, 0.05}, {0.3, 0.05, 0.01, 0.1}});
  }

  /** The mixture in the network's data units. */
  private GaussianMixture inside() {
    double scale = (convention.high() - convention.low()) / 2;
    double shift = (convention.high() + convention.low()) / 2;
    return new GaussianMixture(
        mixture.weights(),
        each(mixture.means(), m -> scale * m + shift),
        each(mixture.variances(), v -> scale * scale * v));
  }

  private static double[][] each(double[][] rows, java.util.function.DoubleUnaryOperator f) {
    return Arrays.stream(rows)
        .map(row -> Arrays.stream(row).map(f).toArray())
        .toArray(double[][]::new);
  }

  /**
   * F(y_t, t).
   *
   * @param noisy y_t, [N,D]
   * @param time [N]
   * @return [N,D]
   */
  public Expr says(Expr noisy, Expr time) {
    List<Expr> levels = alphaAndNoise(time);
    Expr alpha = levels.get(0).reshape(-1, 1);
    Expr s = levels.get(1).reshape(-1, 1);
    Expr sigma = levels.get(1).over(levels.get(0));
    Expr x0 = inside().posterior(noisy.over(alpha), sigma).denoised();
    Expr eps = noisy.minus(x0.times(alpha)).over(s);
    return switch (convention.prediction()) {
      case DENOISED -> x0;
      case EPSILON -> eps;
      case SCORE -> eps.negated();
      case V -> eps.times(alpha).minus(x0.times(s));
      case VELOCITY -> fromNoise() ? x0.minus(eps) : eps.minus(x0);
    };
  }

  private boolean fromNoise() {
    return ((NoiseSchedule.Flow) convention.schedule()).fromNoise();
  }

  /** alpha and s of a time, [N] each. */
  private List<Expr> alphaAndNoise(Expr time) {
    if (convention.schedule() instanceof NoiseSchedule.Steps steps) {
      Expr sigma = sigma(steps.sigmas(), time);
      Expr alpha = sigma.square().plus(1).sqrt().reciprocal();
      return List.of(alpha, sigma.times(alpha));
    }
    if (convention.schedule() instanceof NoiseSchedule.Flow) {
      Expr rest = time.negated().plus(1);
      return fromNoise() ? List.of(time, rest) : List.of(rest, time);
    }
    if (convention.schedule() instanceof NoiseSchedule.LogSnr) {
      return List.of(time.sigmoid().sqrt(), time.negated().sigmoid().sqrt());
    }
    boolean log = convention.schedule() instanceof NoiseSchedule.LogSigma;
    return List.of(time.times(0).plus(1), log ? time.exp() : time);
  }

  /** Between two steps their geometric mean, weighted by the nearness of t. */
  private static Expr sigma(double[] sigmas, Expr time) {
    Ops tf = time.tf();
    double[] logs = Arrays.stream(sigmas).map(Math::log).toArray();
    Operand<TFloat32> table = tf.constant(TestGraph.floats(logs));
    Expr below = time.floor().min(sigmas.length - 2);
    Operand<TInt32> index = tf.dtypes.cast(below, TInt32.class);
    Operand<TInt32> next = tf.math.add(index, tf.constant(1));
    Expr low = Expr.of(tf, tf.gather(table, index, tf.constant(0)));
    Expr high = Expr.of(tf, tf.gather(table, next, tf.constant(0)));
    return low.plus(high.minus(low).times(time.minus(below))).exp();
  }
}

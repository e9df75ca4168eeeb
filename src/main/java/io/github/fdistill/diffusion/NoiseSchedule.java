package io.github.fdistill.diffusion;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import java.util.Arrays;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * How a network was shown noisy data when it was trained: x_t = alpha x0 + s eps, and t beside it.
 * All that a denoiser needs to know is sigma = s / alpha, because x_t = alpha (x0 + sigma eps).
 */
public sealed interface NoiseSchedule
    permits NoiseSchedule.Sigma,
        NoiseSchedule.LogSigma,
        NoiseSchedule.LogSnr,
        NoiseSchedule.Steps,
        NoiseSchedule.Flow,
        VarianceExploding,
        VariancePreserving,
        NearestSteps {

  /**
   * alpha, which broadcasts with sigma: 1 / sqrt(1 + sigma^2) where variance is preserved, else 1.
   */
  default Expr alpha(Expr sigma) {
    return preservesVariance() ? sigma.square().plus(1).rsqrt() : Expr.constant(sigma.tf(), 1);
  }

  /** t, which tells the network of sigma: [N], from sigma [N]. No gradient flows through it. */
  Expr time(Expr sigma);

  /** The least noise that it has a time for. */
  double sigmaMin();

  /** The most noise that it has a time for; may be infinite. */
  double sigmaMax();

  /** Whether alpha^2 + s^2 = 1. */
  default boolean preservesVariance() {
    return false;
  }

  /** s = sigma alpha, of the shape of sigma. */
  default Expr s(Expr sigma) {
    return sigma.times(alpha(sigma));
  }

  /** Variance exploding: alpha = 1, s = t = sigma (Karras et al. 2022). */
  record Sigma() implements NoiseSchedule {

    @Override
    public Expr time(Expr sigma) {
      return sigma.stopGradient();
    }

    @Override
    public double sigmaMin() {
      return 0;
    }

    @Override
    public double sigmaMax() {
      return Double.POSITIVE_INFINITY;
    }
  }

  /** Variance exploding, told by its logarithm: alpha = 1, s = sigma, t = ln sigma. */
  record LogSigma() implements NoiseSchedule {

    @Override
    public Expr time(Expr sigma) {
      return sigma.stopGradient().log();
    }

    @Override
    public double sigmaMin() {
      return Float.MIN_NORMAL;
    }

    @Override
    public double sigmaMax() {
      return Double.POSITIVE_INFINITY;
    }
  }

  /**
   * Variance preserving, told by the signal's power over the noise's: t = ln(alpha^2 / s^2) = -2 ln
   * sigma (Kingma et al. 2021).
   *
   * @param low the least t, of the most noise
   * @param high the greatest
   */
  record LogSnr(double low, double high) implements NoiseSchedule {

    public LogSnr {
      if (!(low < high && Math.abs(low) <= 100 && Math.abs(high) <= 100)) {
        throw new InputException(
            "noise schedule",
            "ln(alpha^2 / s^2) from " + low + " to " + high,
            "low < high, both between -100 and 100",
            "take the range that the network learnt, such as -20 to 20");
      }
    }

    @Override
    public boolean preservesVariance() {
      return true;
    }

    @Override
    public Expr time(Expr sigma) {
      return sigma.stopGradient().log().times(-2).clip(low, high);
    }

    @Override
    public double sigmaMin() {
      return Math.exp(-high / 2);
    }

    @Override
    public double sigmaMax() {
      return Math.exp(-low / 2);
    }
  }

  /**
   * Variance preserving, in steps t = 0, 1, ..., T-1: alpha_t^2 is the product of 1 - beta_i over i
   * up to t, s_t^2 = 1 - alpha_t^2 (Ho et al. 2020, Equation 4), and so alpha = 1 / sqrt(1 +
   * sigma^2).
   *
   * <p>Between two steps t is interpolated linearly in ln sigma, or the nearer step is taken, by ln
   * sigma too; x_t has the alpha of sigma itself either way. Below the first sigma t is 0, above
   * the last T-1.
   *
   * @param sigmas [T], rising
   * @param nearest whole steps alone
   */
  record Steps(double[] sigmas, boolean nearest) implements NoiseSchedule, TimedLevels {

    public Steps {
      boolean rises = sigmas.length >= 2 && sigmas[0] > 0;
      for (int t = 1; t < sigmas.length; t++) {
        rises &= sigmas[t] > sigmas[t - 1] && Double.isFinite(sigmas[t]);
      }
      if (!rises) {
        throw new InputException(
            "noise schedule",
            sigmas.length + " steps of sigma " + shortened(sigmas),
            "at least 2, each of more noise than the one before",
            "correct the schedule's steps and betas");
      }
    }

    private static String shortened(double[] sigmas) {
      return sigmas.length <= 4
          ? Arrays.toString(sigmas)
          : sigmas[0] + ", " + sigmas[1] + ", ... " + sigmas[sigmas.length - 1];
    }

    @Override
    public boolean preservesVariance() {
      return true;
    }

    @Override
    public Expr time(Expr sigma) {
      Ops tf = sigma.tf();
      int last = sigmas.length - 1;
      float[] logs = logs();
      Operand<TFloat32> table = tf.constant(logs);
      Expr level = sigma.stopGradient().log().clip(logs[0], logs[last]); // [N]

      // The step below: how many of steps 1 to T-2 are not above sigma.
      Operand<TFloat32> inner =
          tf.constant(new float[][] {Arrays.copyOfRange(logs, 1, Math.max(1, last))});
      Expr below = Expr.cast(tf, tf.math.greaterEqual(level.reshape(-1, 1), inner)).sum(1); // [N]
      Operand<TInt32> index = tf.dtypes.cast(below, TInt32.class);
      Expr low = gathered(tf, table, index);
      Expr high = gathered(tf, table, tf.math.add(index, tf.constant(1)));
      Expr time = level.minus(low).over(high.minus(low)).plus(below);
      return (nearest ? time.plus(0.5).floor() : time).stopGradient();
    }

    /**
     * Whole steps alone, which are those that a network was trained at: the first and the last, the
     * nearest to low and high by ln sigma, are as likely as others where shares are uniform.
     */
    @Override
    public Expr levels(Expr share, double low, double high) {
      Ops tf = share.tf();
      int first = step(low);
      int last = step(high);
      Expr step = share.times(last - first + 1).floor().clip(0, last - first);
      float[] table = new float[last - first + 1];
      for (int i = 0; i < table.length; i++) {
        table[i] = (float) sigmas[first + i];
      }
      return gathered(tf, tf.constant(table), tf.dtypes.cast(step, TInt32.class));
    }

    /** The step nearest to a level, by ln sigma. */
    private int step(double level) {
      int nearest = 0;
      for (int t = 1; t < sigmas.length; t++) {
        double ratio = Math.abs(Math.log(sigmas[t] / level));
        nearest = ratio < Math.abs(Math.log(sigmas[nearest] / level)) ? t : nearest;
      }
      return nearest;
    }

    /** ln sigma_t. */
    private float[] logs() {
      float[] logs = new float[sigmas.length];
      for (int t = 0; t < logs.length; t++) {
        logs[t] = (float) Math.log(sigmas[t]);
      }
      return logs;
    }

    private static Expr gathered(Ops tf, Operand<TFloat32> table, Operand<TInt32> index) {
      return Expr.of(tf, tf.gather(table, index, tf.constant(0)));
    }

    @Override
    public double sigmaMin() {
      return sigmas[0];
    }

    @Override
    public double sigmaMax() {
      return sigmas[sigmas.length - 1];
    }
  }

  /**
   * Rectified flow (Liu et al. 2022): x_t = (1 - t) x0 + t eps, and so t = sigma / (1 + sigma),
   * alpha = 1 / (1 + sigma). Or the other way round, t from noise at 0 to data at 1: x_t = t x0 +
   * (1 - t) eps.
   *
   * @param fromNoise whether t is 0 at the noise
   */
  record Flow(boolean fromNoise) implements NoiseSchedule, TimedLevels {

    @Override
    public Expr alpha(Expr sigma) {
      return sigma.plus(1).reciprocal();
    }

    @Override
    public Expr time(Expr sigma) {
      return (fromNoise ? alpha(sigma) : s(sigma)).stopGradient();
    }

    /** sigma = t / (1 - t), t linear in the share; and so where t is 0 at the noise. */
    @Override
    public Expr levels(Expr share, double low, double high) {
      double first = low / (1 + low);
      double last = high / (1 + high);
      Expr t = share.times(last - first).plus(first);
      return t.over(t.negated().plus(1));
    }

    @Override
    public double sigmaMin() {
      return 0;
    }

    @Override
    public double sigmaMax() {
      return Double.POSITIVE_INFINITY;
    }
  }
}

package io.github.fdistill.diffusion;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.tensorflow.op.Ops;

/**
 * A mixture of Gaussians with diagonal covariances, p(x) = sum_k w_k N(x; mu_k, diag(v_k)),
 * diffused to any noise level: p_sigma(x) = sum_k w_k N(x; mu_k, diag(v_k) + sigma^2 I). Its
 * density, its score and its denoiser have formulas, so that everything learnt can be held against
 * them.
 *
 * @param weights [K], positive, of sum 1
 * @param means [K][D]
 * @param variances [K][D], positive
 */
public record GaussianMixture(double[] weights, double[][] means, double[][] variances) {

  /**
   * Refuses what is no mixture.
   *
   * @throws InputException when the shapes disagree, or a weight or variance is not above 0
   */
  public GaussianMixture {
    int count = weights.length;
    require(count >= 1, "no component", "at least one");
    require(
        means.length == count && variances.length == count,
        count + " weights, " + means.length + " means, " + variances.length + " variances",
        "as many of each");
    double sum = Arrays.stream(weights).sum();
    require(Math.abs(sum - 1) < 1e-6, "the weights sum to " + sum, "a sum of 1");
    for (int k = 0; k < count; k++) {
      String which = "component " + k + ": ";
      require(weights[k] > 0, which + "weight " + weights[k], "a weight above 0");
      require(
          means[k].length == means[0].length && means[k].length >= 1,
          which + "a mean of " + means[k].length + " coordinates",
          "as many as component 0 has, " + means[0].length + ", and at least 1");
      require(
          variances[k].length == means[0].length,
          which + variances[k].length + " variances",
          "one for each of the " + means[0].length + " coordinates");
      for (int d = 0; d < means[k].length; d++) {
        require(Double.isFinite(means[k][d]), which + "mean " + means[k][d], "a finite number");
        require(
            variances[k][d] > 0 && Double.isFinite(variances[k][d]),
            which + "variance " + variances[k][d],
            "a number above 0");
      }
    }
  }

  private static void require(boolean holds, String found, String needed) {
    if (!holds) {
      throw new InputException(
          "mixture of Gaussians", found, needed, "see graphs/mixture/ring.pbtxt for an example");
    }
  }

  /** Number of components. */
  public int count() {
    return weights.length;
  }

  /** Dimensions of a point. */
  public int dimensions() {
    return means[0].length;
  }

  /** The standard deviation of the data, a mean over coordinates: EDM's sigma_data. */
  public double standardDeviation() {
    double sum = 0;
    for (int d = 0; d < dimensions(); d++) {
      double mean = 0;
      double square = 0;
      for (int k = 0; k < count(); k++) {
        mean += weights[k] * means[k][d];
        square += weights[k] * (means[k][d] * means[k][d] + variances[k][d]);
      }
      sum += square - mean * mean;
    }
    return Math.sqrt(sum / dimensions());
  }

  /**
   * What is known of noisy points.
   *
   * @param logDensity log p_sigma(x), [N]
   * @param responsibilities P(component k | x), [N,K]
   * @param denoised E[x0 | x], [N,D]
   */
  public record Posterior(Expr logDensity, Expr responsibilities, Expr denoised) {}

  /**
   * The posterior of x0 given x = x0 + sigma noise:
   *
   * <p>P(k | x) = w_k N(x; mu_k, v_k + sigma^2) / p_sigma(x), E[x0 | x] = sum_k P(k | x) (mu_k +
   * v_k / (v_k + sigma^2) (x - mu_k)).
   *
   * @param x [N,D]
   * @param sigma [N]
   */
  public Posterior posterior(Expr x, Expr sigma) {
    Ops tf = x.tf();
    int components = count();
    Expr noise = sigma.square().reshape(-1, 1, 1);
    Expr mean = table(tf, means);
    Expr variance = table(tf, variances);
    Expr total = noise.plus(variance); // [N,K,D]
    Expr offset = x.reshape(-1, 1, dimensions()).minus(mean);

    // log w_k N(x; mu_k, total): [N,K], and its log-sum-exp.
    Expr logScale = total.times(2 * Math.PI).log();
    Expr logGauss = offset.square().over(total).plus(logScale).sum(2).times(-0.5);
    Expr logJoint = logGauss.plus(constants(tf, Arrays.stream(weights).map(Math::log).toArray()));
    Expr logDensity = logJoint.logSumExp();

    Expr responsibility = logJoint.minus(logDensity.reshape(-1, 1)).exp();
    Expr each = mean.plus(offset.times(variance).over(total)); // E[x0 | x, k], [N,K,D]
    Expr denoised = each.times(responsibility.reshape(-1, components, 1)).sum(1);
    return new Posterior(logDensity, responsibility, denoised);
  }

  private Expr table(Ops tf, double[][] rows) {
    return constants(tf, Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray())
        .reshape(1, count(), dimensions());
  }

  private static Expr constants(Ops tf, double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return Expr.of(tf, tf.constant(floats));
  }

  /** log p_sigma(x) in double precision. */
  public double logDensity(double[] x, double sigma) {
    double[] logs = new double[count()];
    double highest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < logs.length; k++) {
      logs[k] = Math.log(weights[k]);
      for (int d = 0; d < x.length; d++) {
        double variance = variances[k][d] + sigma * sigma;
        double offset = x[d] - means[k][d];
        logs[k] -= 0.5 * (offset * offset / variance + Math.log(2 * Math.PI * variance));
      }
      highest = Math.max(highest, logs[k]);
    }
    double sum = 0;
    for (double log : logs) {
      sum += Math.exp(log - highest);
    }
    return highest + Math.log(sum);
  }

  /**
   * The component whose centre is nearest to a point in that component's standard deviations, and
   * how far that is.
   */
  public Nearest nearest(double... x) {
    int best = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int k = 0; k < count(); k++) {
      double square = 0;
      for (int d = 0; d < dimensions(); d++) {
        double offset = x[d] - means[k][d];
        square += offset * offset / variances[k][d];
      }
      if (square < least) {
        least = square;
        best = k;
      }
    }
    return new Nearest(best, Math.sqrt(least));
  }

  /**
   * The component that a point is nearest to.
   *
   * @param component from 0
   * @param deviations distance to its mean, in its standard deviations (Mahalanobis)
   */
  public record Nearest(int component, double deviations) {}

  /** A point of p, written into an array. */
  public void draw(SplittableRandom random, float[] into, int offset) {
    double u = random.nextDouble();
    int k = 0;
    while (k < count() - 1 && u >= weights[k]) {
      u -= weights[k++];
    }
    for (int d = 0; d < dimensions(); d++) {
      double radius = Math.sqrt(-2 * Math.log(1 - random.nextDouble()));
      double z = radius * Math.cos(2 * Math.PI * random.nextDouble());
      into[offset + d] = (float) (means[k][d] + Math.sqrt(variances[k][d]) * z);
    }
  }
}

package io.github.fdistill.evaluation;

import io.github.fdistill.diffusion.GaussianMixture;

/**
 * How samples fall on the modes of a mixture. A sample belongs to the mode that is nearest in that
 * mode's standard deviations.
 *
 * @param shares of all samples that belong to each mode, [K]
 * @param covered modes with at least a quarter of the samples that their weight promises, within
 *     three standard deviations
 * @param divergence KL(samples' shares || weights), in nats
 * @param within share of samples within three standard deviations of a mode
 */
public record ModeCoverage(double[] shares, int covered, double divergence, double within) {
  private static final double RADIUS = 3;
  private static final double ENOUGH = 0.25;

  /**
   * @param points [N,D]
   */
  public static ModeCoverage of(GaussianMixture mixture, float[] points) {
    int d = mixture.dimensions();
    int count = points.length / d;
    double[] shares = new double[mixture.count()];
    double[] close = new double[mixture.count()];
    double[] point = new double[d];
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < d; j++) {
        point[j] = points[i * d + j];
      }
      GaussianMixture.Nearest nearest = mixture.nearest(point);
      shares[nearest.component()] += 1.0 / count;
      close[nearest.component()] += nearest.deviations() <= RADIUS ? 1.0 / count : 0;
    }
    int covered = 0;
    double divergence = 0;
    double within = 0;
    for (int k = 0; k < shares.length; k++) {
      double weight = mixture.weights()[k];
      covered += close[k] >= ENOUGH * weight ? 1 : 0;
      within += close[k];
      divergence += shares[k] > 0 ? shares[k] * Math.log(shares[k] / weight) : 0;
    }
    return new ModeCoverage(shares, covered, divergence, within);
  }
}

package io.github.fdistill.evaluation;

/**
 * Mean and covariance of feature vectors, in float64.
 *
 * @param count n, the number of vectors, at least 2
 * @param mean [d]
 * @param covariance [d,d], unbiased: sum (x - mean)(x - mean)' / (n - 1), as numpy.cov has it
 */
public record Moments(long count, double[] mean, double[] covariance) {
  public Moments {
    if (count < 2 || covariance.length != mean.length * mean.length) {
      throw new IllegalArgumentException(
          count + " vectors of " + mean.length + ", covariance of " + covariance.length);
    }
  }

  /** Those of a set held in memory. */
  public static Moments of(Features features) {
    try (MomentsStream stream = new MomentsStream(features.dimension())) {
      return stream.add(features).moments();
    }
  }

  /** d, the length of a vector. */
  public int dimension() {
    return mean.length;
  }

  /** Tr(covariance): the mean squared distance from the mean, times n / (n - 1). */
  double trace() {
    double trace = 0;
    for (int i = 0; i < covariance.length; i += mean.length + 1) {
      trace += covariance[i];
    }
    return trace;
  }
}

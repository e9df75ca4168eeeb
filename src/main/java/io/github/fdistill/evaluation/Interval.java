package io.github.fdistill.evaluation;

import java.util.Locale;

/**
 * A mean over independent sets of images and how surely it is known: mean +- t s / sqrt(n), with
 * the unbiased standard deviation s and Student's t, for values that are normally distributed.
 *
 * @param mean over the sets
 * @param halfWidth of the interval that holds the true mean in 95 of 100 cases; infinite for one
 *     set, which says nothing about others
 * @param sets n
 */
public record Interval(double mean, double halfWidth, int sets) {
  private static final double CONFIDENCE = 0.95;

  /** The 95 % interval from one value a set. */
  public static Interval of(double... values) {
    int n = values.length;
    if (n == 0) {
      throw new IllegalArgumentException("no values");
    }
    double mean = 0;
    for (double value : values) {
      mean += value / n;
    }
    if (n == 1) {
      return new Interval(mean, Double.POSITIVE_INFINITY, n);
    }
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    double deviation = Math.sqrt(squares / (n - 1));
    return new Interval(mean, studentT(CONFIDENCE, n - 1) * deviation / Math.sqrt(n), n);
  }

  public double low() {
    return mean - halfWidth;
  }

  public double high() {
    return mean + halfWidth;
  }

  /** As "1.234 ± 0.056 (3 sets)"; for one set, as "1.234 (1 set)". */
  @Override
  public String toString() {
    return sets == 1
        ? String.format(Locale.ROOT, "%.4g (1 set)", mean)
        : String.format(Locale.ROOT, "%.4g ± %.2g (%d sets)", mean, halfWidth, sets);
  }

  /**
   * The t for which Student's distribution has so much of its mass between -t and t.
   *
   * @param confidence above 0 and below 1
   * @param freedom degrees of freedom, at least 1
   */
  static double studentT(double confidence, int freedom) {
    // theta = arctan(t / sqrt(freedom)); the mass grows with it. 60 halvings exhaust float64.
    double low = 0;
    double high = Math.PI / 2;
    for (int i = 0; i < 60; i++) {
      double middle = (low + high) / 2;
      if (massWithin(middle, freedom) < confidence) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return Math.sqrt(freedom) * Math.tan((low + high) / 2);
  }

  /**
   * Mass between -t and t, with theta = arctan(t / sqrt(freedom)); exact for whole freedoms:
   * Abramowitz and Stegun, 26.7.3 (odd) and 26.7.4 (even).
   */
  private static double massWithin(double theta, int freedom) {
    double cosine = Math.cos(theta);
    boolean odd = freedom % 2 == 1;
    double term = odd ? cosine : 1;
    double sum = 0;
    for (int i = odd ? 1 : 0; i <= freedom - 2; i += 2) {
      sum += term;
      term *= cosine * cosine * (i + 1) / (i + 2);
    }
    double series = Math.sin(theta) * sum;
    return odd ? 2 / Math.PI * (theta + series) : series;
  }
}

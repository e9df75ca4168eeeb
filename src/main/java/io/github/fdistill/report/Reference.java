package io.github.fdistill.report;

/**
 * A thin grey line to compare with: y = intercept + slope x.
 *
 * @param name in the legend
 */
public record Reference(String name, double intercept, double slope) {
  public Reference {
    if (!Double.isFinite(intercept) || !Double.isFinite(slope)) {
      throw new IllegalArgumentException(name + ": y = " + intercept + " + " + slope + " x");
    }
  }

  /** y = x. */
  public static Reference diagonal(String name) {
    return new Reference(name, 0, 1);
  }

  double at(double x) {
    return intercept + slope * x;
  }
}

package io.github.fdistill.report;

/**
 * An axis of a chart.
 *
 * @param label says the quantity and its unit
 * @param logarithmic whether equal lengths are equal ratios; then all values must be positive
 */
public record Axis(String label, boolean logarithmic) {
  /** Equal lengths are equal differences. */
  public static Axis linear(String label) {
    return new Axis(label, false);
  }

  /** Equal lengths are equal ratios. */
  public static Axis log(String label) {
    return new Axis(label, true);
  }

  /**
   * Refuses a value that has no place on this axis.
   *
   * @param whose what the value belongs to, for the message
   * @throws IllegalArgumentException for an infinite value, and on a logarithmic axis for zero and
   *     less; NaN, which means "no value", passes
   */
  void requirePlace(String whose, double value) {
    if (Double.isInfinite(value)) {
      throw new IllegalArgumentException(whose + ": " + value + " has no place on any axis");
    }
    if (logarithmic && value <= 0) {
      throw new IllegalArgumentException(
          whose
              + ": "
              + value
              + " on the logarithmic axis \""
              + label
              + "\", which needs values > 0");
    }
  }
}

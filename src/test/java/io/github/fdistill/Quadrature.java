package io.github.fdistill;

import java.util.function.DoubleUnaryOperator;

/**
 * Integrals by the trapezoidal rule: for smooth functions that vanish at both ends its error falls
 * faster than any power of the step, so that a step of half the narrowest standard deviation gives
 * all digits of a double.
 */
public final class Quadrature {
  private Quadrature() {}

  /** The integral from {@code low} to {@code high} in so many steps. */
  public static double integral(DoubleUnaryOperator f, double low, double high, int steps) {
    double dx = (high - low) / steps;
    double sum = (f.applyAsDouble(low) + f.applyAsDouble(high)) / 2;
    for (int i = 1; i < steps; i++) {
      sum += f.applyAsDouble(low + i * dx);
    }
    return sum * dx;
  }

  /** N(x; mean, variance). */
  public static double normal(double x, double mean, double variance) {
    double offset = x - mean;
    return Math.exp(-offset * offset / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);
  }
}

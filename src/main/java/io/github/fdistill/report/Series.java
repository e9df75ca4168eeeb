package io.github.fdistill.report;

import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * A line of a {@link LineChart}: points (x, y) in the order in which they are joined.
 *
 * @param x [n], finite
 * @param y [n]; NaN leaves a gap
 * @param error [n], half the length of the bar around y, 0 for none; or empty without error bars
 */
public record Series(String name, double[] x, double[] y, double[] error) {
  public Series {
    if (x.length == 0 || y.length != x.length || (error.length != 0 && error.length != x.length)) {
      throw new IllegalArgumentException(
          name + ": " + x.length + " x, " + y.length + " y and " + error.length + " errors");
    }
    if (!DoubleStream.of(x).allMatch(Double::isFinite)) {
      throw new IllegalArgumentException(name + ": an x that is no finite number");
    }
    if (!DoubleStream.of(error).allMatch(e -> Double.isFinite(e) && e >= 0)) {
      throw new IllegalArgumentException(name + ": an error that is negative or no finite number");
    }
  }

  /** Points without error bars. */
  public static Series of(String name, double[] x, double[] y) {
    return new Series(name, x, y, new double[0]);
  }

  /** These points with error bars y ± error. */
  public Series withError(double... error) {
    return new Series(name, x, y, error);
  }

  /** All y and all ends of error bars. */
  DoubleStream heights() {
    IntStream bars = IntStream.range(0, error.length);
    return DoubleStream.concat(
        DoubleStream.of(y),
        bars.mapToObj(i -> new double[] {y[i] - error[i], y[i] + error[i]})
            .flatMapToDouble(DoubleStream::of));
  }
}

package io.github.fdistill.report;

import java.util.stream.DoubleStream;

/**
 * A line of a {@link LineChart}: points (x, y) in the order in which they are joined.
 *
 * @param name in the legend; empty: the line is not in it
 * @param x [n], finite
 * @param y [n]; NaN leaves a gap
 */
public record Series(String name, double[] x, double[] y) {
  public Series {
    if (x.length == 0 || y.length != x.length) {
      throw new IllegalArgumentException(name + ": " + x.length + " x and " + y.length + " y");
    }
    if (!DoubleStream.of(x).allMatch(Double::isFinite)) {
      throw new IllegalArgumentException(name + ": an x that is no finite number");
    }
  }
}

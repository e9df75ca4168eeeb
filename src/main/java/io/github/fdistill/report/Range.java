package io.github.fdistill.report;

import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;

/** Where an axis begins and ends. */
record Range(double low, double high) {
  /** XChart steps along an axis with ten decimals: a shorter axis would never end. */
  private static final double SHORTEST = 1e-8;

  /**
   * From the least to the greatest of these values, NaN left out. A single value gets some room
   * around it; without any value the range is from 0 to 1, or from 1 to 10.
   */
  static Range of(DoubleStream values, Axis axis) {
    boolean logarithmic = axis.logarithmic();
    double[] known = values.filter(value -> !Double.isNaN(value)).toArray();
    if (known.length == 0) {
      return logarithmic ? new Range(1, 10) : new Range(0, 1);
    }
    double low = DoubleStream.of(known).min().orElseThrow();
    double high = DoubleStream.of(known).max().orElseThrow();
    if (logarithmic) {
      return new Range(low, high).decades() < 1
          ? new Range(firstDigit(low, Math::floor), firstDigit(Math.nextUp(high), Math::ceil))
          : new Range(low, high);
    }
    double size = Math.max(Math.abs(low), Math.abs(high));
    double room = low == high ? Math.max(size * 0.05, SHORTEST) : 0;
    double missing = SHORTEST * Math.max(1, size) - (high - low);
    room = Math.max(room, missing / 2);
    return new Range(low - room, high + room);
  }

  /** 0.31 becomes 0.3 or 0.4: a short logarithmic axis ends at a tick, so that it has some. */
  private static double firstDigit(double value, DoubleUnaryOperator rounding) {
    double power = Math.pow(10, Math.floor(Math.log10(value)));
    return rounding.applyAsDouble(value / power) * power;
  }

  /** How many powers of ten a logarithmic axis spans. */
  double decades() {
    return Math.log10(high / low);
  }

  /** A place on the axis: 0 is its beginning, 1 its end. */
  double at(double fraction, boolean logarithmic) {
    return logarithmic ? low * Math.pow(high / low, fraction) : low + (high - low) * fraction;
  }
}

package io.github.fdistill.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.function.Function;

/** The numbers along an axis. */
final class Ticks {
  /** Past these, numbers are written with a power of ten. */
  private static final double SMALLEST_PLAIN = 1e-4;

  private static final double GREATEST_PLAIN = 1e13;

  private static final String[] THOUSANDS = {"", "k", "M", "G", "T"};

  private Ticks() {}

  /** The labels of an axis. */
  static Function<Double, String> of(Axis axis, Range range) {
    return axis.logarithmic() ? logarithmic(range) : Ticks::label;
  }

  /** A number in few letters: 0.05, 1500, 250k, 1.5M, 2e-6; ten digits are kept. */
  static String label(double value) {
    if (value == 0) {
      return "0";
    }
    double size = Math.abs(value);
    BigDecimal rounded = new BigDecimal(value, new MathContext(10, RoundingMode.HALF_EVEN));
    if (size < SMALLEST_PLAIN || size >= GREATEST_PLAIN) {
      int power = rounded.precision() - rounded.scale() - 1;
      return plain(rounded.scaleByPowerOfTen(-power)) + "e" + power;
    }
    int thousands = size < 10_000 ? 0 : (int) Math.floor(Math.log10(size) / 3);
    return plain(rounded.scaleByPowerOfTen(-3 * thousands)) + THOUSANDS[thousands];
  }

  /**
   * Labels of a logarithmic axis, whose ticks are the multiples of powers of ten: as many as there
   * is room for, none at the others.
   */
  private static Function<Double, String> logarithmic(Range range) {
    double decades = range.decades();
    int every = Math.max(1, (int) Math.ceil(decades / 9));
    return value -> {
      long power = (long) Math.floor(Math.log10(value) + 1e-9);
      double multiple = value / Math.pow(10, power);
      long digit = Math.round(multiple);
      boolean tick = Math.abs(multiple - digit) < 1e-6; // Else an end of an axis without ticks.
      boolean shown =
          !tick
              || decades < 1
              || (decades < 2.5 && (digit == 2 || digit == 5))
              || (digit == 1 && power % every == 0);
      return shown ? label(round(value, tick ? 10 : 3)) : "";
    };
  }

  private static double round(double value, int digits) {
    return new BigDecimal(value, new MathContext(digits)).doubleValue();
  }

  private static String plain(BigDecimal value) {
    return value.stripTrailingZeros().toPlainString();
  }
}

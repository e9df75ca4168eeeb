package io.github.fdistill.study;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Mean and standard deviation (n - 1 in the denominator; 0 for one value) of some numbers.
 *
 * @param count of them
 */
record Summary(int count, double mean, double deviation) {

  static Summary of(double... values) {
    double mean = Arrays.stream(values).average().orElse(Double.NaN);
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    int n = values.length;
    return new Summary(n, mean, n > 1 ? Math.sqrt(squares / (n - 1)) : 0);
  }

  static <T> Summary of(Collection<T> runs, ToDoubleFunction<T> value) {
    return of(runs.stream().mapToDouble(value).toArray());
  }

  /** Such as "0.918 ± 0.004"; of one value "0.918". */
  String text(int decimals) {
    String format = "%." + decimals + "f";
    return count < 2
        ? String.format(Locale.ROOT, format, mean)
        : String.format(Locale.ROOT, format + " ± " + format, mean, deviation);
  }
}

package io.github.fdistill.study;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Mean and standard deviation (n - 1 in the denominator; 0 for one value) of some numbers. */
record Summary(double mean, double deviation) {

  static Summary of(double... values) {
    double mean = Arrays.stream(values).average().orElse(Double.NaN);
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return new Summary(mean, values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0);
  }

  static <T> Summary of(Collection<T> runs, ToDoubleFunction<T> value) {
    return of(runs.stream().mapToDouble(value).toArray());
  }

  /** Such as "0.918 ± 0.004". */
  String text(int decimals) {
    String format = "%." + decimals + "f ± %." + decimals + "f";
    return String.format(Locale.ROOT, format, mean, deviation);
  }
}

package io.github.fdistill.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What lies in the middle of repeated measurements, and how far they are apart.
 *
 * @param median half of them are below
 * @param low a quarter of them is below
 * @param high a quarter of them is above
 */
public record Spread(double median, double low, double high) {

  /** Of these; between two of them along a straight line. */
  public static Spread of(double... values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("no values");
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return new Spread(at(sorted, 0.5), at(sorted, 0.25), at(sorted, 0.75));
  }

  /** For a record. */
  Map<String, Object> entry() {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("median", median);
    entry.put("quarter", low);
    entry.put("three_quarters", high);
    return entry;
  }

  private static double at(double[] sorted, double share) {
    double place = share * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }
}

package io.github.fdistill.cli;

import java.util.Locale;

/** Sizes, times and counts as people read them. */
final class Quantities {
  private static final String[] UNITS = {"bytes", "kB", "MB", "GB", "TB"};

  private Quantities() {}

  /** 9,216 as "9.2 kB", 1,500,000,000 as "1.5 GB"; a kB is 1,000 bytes. */
  static String bytes(long count) {
    double value = count;
    int unit = 0;
    while (value >= 999.5 && unit + 1 < UNITS.length) {
      value /= 1000;
      unit++;
    }
    String number = unit > 0 && value < 9.95 ? "%.1f %s" : "%.0f %s";
    return String.format(Locale.ROOT, number, value, count == 1 ? "byte" : UNITS[unit]);
  }

  /** "1 image", "5 images". */
  static String images(long count) {
    return count + (count == 1 ? " image" : " images");
  }

  /** 100,080 as "27 h 48 min", 272 as "4 min 32 s", 0.25 as "0.25 s". */
  static String seconds(double seconds) {
    if (seconds < 9.95) {
      return String.format(Locale.ROOT, "%.2g s", seconds);
    }
    long s = Math.round(seconds);
    if (s < 60) {
      return s + " s";
    }
    if (s < 3600) {
      return s / 60 + " min" + (s % 60 > 0 ? " " + s % 60 + " s" : "");
    }
    long minutes = Math.round(seconds / 60);
    long hours = minutes / 60;
    String rest = minutes % 60 > 0 ? " " + minutes % 60 + " min" : "";
    return hours < 72 ? hours + " h" + rest : Math.round(hours / 24.0) + " days";
  }
}

package io.github.fdistill.journal;

import java.util.Locale;

/** How many a second, as people read it: no network is so slow that it shows as none. */
public final class PerSecond {
  private PerSecond() {}

  /** 312.7 as "313", 9.5 as "9.50", 0.0147 as "0.015". */
  public static String text(double perSecond) {
    if (!(perSecond > 0 && perSecond < 10)) {
      return String.format(Locale.ROOT, "%.0f", perSecond);
    }
    int digits = Math.max(2, 1 - (int) Math.floor(Math.log10(perSecond)));
    return String.format(Locale.ROOT, "%." + digits + "f", perSecond);
  }
}

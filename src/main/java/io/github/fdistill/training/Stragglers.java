package io.github.fdistill.training;

import io.github.fdistill.Logs;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.logging.log4j.Logger;

/** Sees which workers the others wait for, and says so once for each. */
final class Stragglers {
  private static final Logger LOG = Logs.of(Stragglers.class);

  /** Steps that a mean is over. */
  static final int WINDOW = 50;

  /** One that takes so many times as long as the middle one is named. */
  private static final double SLOW = 1.5;

  private final Share share;
  private final double[] seconds;
  private final boolean[] told;
  private int steps;

  Stragglers(Share share) {
    this.share = share;
    seconds = new double[share.workers()];
    told = new boolean[share.workers()];
  }

  /**
   * Sees the times of a step, and tells of a slow worker after every so many.
   *
   * @param own seconds that each worker took by itself of a step
   * @return how long each waited for the slowest, in seconds, by name
   */
  Map<String, Double> see(double[] own) {
    double slowest = Arrays.stream(own).max().orElse(0);
    Map<String, Double> waited = new LinkedHashMap<>();
    for (int i = 0; i < own.length; i++) {
      waited.put(Reading.WAITED + "worker_" + i, slowest - own[i]);
      seconds[i] += own[i] / WINDOW;
    }
    if (++steps % WINDOW == 0) {
      tell();
      Arrays.fill(seconds, 0);
    }
    return waited;
  }

  private void tell() {
    double[] sorted = seconds.clone();
    Arrays.sort(sorted);
    double middle = sorted[(sorted.length - 1) / 2];
    for (int i = 0; i < seconds.length; i++) {
      boolean slow = seconds[i] > SLOW * middle;
      if (slow && !told[i]) {
        LOG.warn(
            "The others wait for {}: its part of a step, with the reading of its images, takes {} s,"
                + " that of most {} s",
            name(i),
            rounded(seconds[i]),
            rounded(middle));
      }
      told[i] = slow;
    }
  }

  private String name(int worker) {
    return share.crew().map(crew -> crew.name(worker)).orElse("worker " + worker);
  }

  private static String rounded(double seconds) {
    return String.format(Locale.ROOT, "%.3g", seconds);
  }
}

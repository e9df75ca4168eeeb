package io.github.fdistill.journal;

/**
 * How fast a count grows now: sum(w_i n_i) / sum(w_i t_i) over intervals of n_i counted in t_i
 * seconds, where the weight w_i falls by e for every 30 seconds that have passed since.
 */
final class Rate {
  private static final double WINDOW_SECONDS = 30;

  private long reached;
  private double counted;
  private double seconds;

  /** The count has come to {@code count}, {@code elapsed} seconds after the last call. */
  void reach(long count, double elapsed) {
    if (elapsed > 0) {
      double weight = Math.exp(-elapsed / WINDOW_SECONDS);
      counted = counted * weight + (count - reached);
      seconds = seconds * weight + elapsed;
    }
    reached = count;
  }

  /** Counts a second; 0 before any time has passed. */
  double perSecond() {
    return seconds > 0 ? counted / seconds : 0;
  }
}

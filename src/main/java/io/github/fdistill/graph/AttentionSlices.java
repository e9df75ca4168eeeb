package io.github.fdistill.graph;

/**
 * In how many slices the tokens of attention ask, so that the matrix of all pairs is never there.
 */
public final class AttentionSlices {
  /** Tokens that ask at a time, at most. */
  static final long TOKENS = 1024;

  private AttentionSlices() {}

  /** Of slices as few as there can be, at most so many times as many: each is ops of its own. */
  private static final long MOST_TIMES = 4;

  /**
   * The least number of equal slices of so many tokens; 1 where few slices are never equal, as of
   * 3137 tokens, a prime number.
   */
  public static long of(long tokens) {
    long fewest = (tokens + TOKENS - 1) / TOKENS;
    long slices = fewest;
    while (tokens % slices != 0) {
      slices++;
    }
    return slices <= MOST_TIMES * fewest ? slices : 1;
  }
}

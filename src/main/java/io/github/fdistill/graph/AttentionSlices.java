package io.github.fdistill.graph;

/**
 * In how many slices the tokens of attention ask, so that the matrix of all pairs is never there.
 */
public final class AttentionSlices {
  /** Tokens that ask at a time, at most. */
  static final long TOKENS = 1024;

  private AttentionSlices() {}

  /** The least number of equal slices of so many tokens. */
  public static long of(long tokens) {
    long slices = (tokens + TOKENS - 1) / TOKENS;
    while (tokens % slices != 0) {
      slices++;
    }
    return slices;
  }
}

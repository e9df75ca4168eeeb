package io.github.fdistill.pickle;

import io.github.fdistill.InputException;
import java.nio.file.Path;

/**
 * What reading one file has taken so far. A pickle may hold others, and ask for one of them many
 * times: all are counted together.
 */
final class Spent {
  /** Steps in all; the largest networks take less than a hundred thousand. */
  private static final int MOST_STEPS = 1_000_000;

  /** Bytes of texts in all, sources of classes included. */
  private static final long MOST_TEXT = 1L << 26;

  private final Path file;
  private int steps;
  private long text;

  /**
   * @param file for messages
   */
  Spent(Path file) {
    this.file = file;
  }

  /**
   * Counts an opcode.
   *
   * @throws InputException where it is one too many
   */
  void step() {
    if (++steps > MOST_STEPS) {
      throw new InputException(
          file.toString(),
          "in a pickle: more than " + MOST_STEPS + " steps",
          "a file of weights, which has fewer",
          "it is no pickle of weights, or is damaged: download or copy it again");
    }
  }

  /**
   * Counts so many bytes of text.
   *
   * @throws InputException where they are too many
   */
  void text(long count) {
    text += count;
    if (text > MOST_TEXT) {
      throw new InputException(
          file.toString(),
          "in a pickle: more than " + MOST_TEXT + " bytes of text",
          "at most that: weights and images are bytes, which Python 3 writes as text up to"
              + " protocol 2",
          "pickle it anew in protocol 4; or it is damaged: download or copy it again");
    }
  }
}

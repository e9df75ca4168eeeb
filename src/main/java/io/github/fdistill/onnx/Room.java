package io.github.fdistill.onnx;

import io.github.fdistill.InputException;

/**
 * How much of a file may be held in memory beside its weights: names, attributes and numbers that
 * are listed. No network has as much; a file that is made to take more is refused.
 */
final class Room {
  private static final int MOST_THINGS = 1 << 19;
  private static final int MOST_NUMBERS = 1 << 21;

  private final String file;
  private int things;
  private int numbers;

  Room(String file) {
    this.file = file;
  }

  /** One more node, tensor, name or attribute. */
  void thing() {
    require(++things <= MOST_THINGS, MOST_THINGS + " nodes, tensors, names and attributes");
  }

  /** One more number of a list. */
  void number() {
    require(++numbers <= MOST_NUMBERS, MOST_NUMBERS + " numbers in lists, beside raw data");
  }

  private void require(boolean holds, String most) {
    if (!holds) {
      throw new InputException(
          file,
          "more than " + most,
          "a network whose weights lie in raw data",
          "name another file, or export it again");
    }
  }
}

package io.github.fdistill.onnx;

import io.github.fdistill.InputException;
import java.util.Arrays;

/** Whole or other numbers of a list, of which there may not be too many. */
final class Numbers {
  /** What is longer is no list of sizes, and no small constant. */
  static final int MOST = 1 << 16;

  private final String where;
  private final Room room;
  private double[] values = {};
  private long[] whole = {};
  private int count;

  Numbers(String where, Room room) {
    this.where = where;
    this.room = room;
  }

  void add(long value) {
    add(value, value);
  }

  void add(float value) {
    add(value, (long) value);
  }

  private void add(double value, long wholeValue) {
    if (count == MOST) {
      throw new InputException(
          where,
          "more than " + MOST + " numbers in a list",
          "no more than that where they do not lie in raw_data",
          "export the network with its weights as raw data");
    }
    room.number();
    if (count == values.length) {
      values = Arrays.copyOf(values, Math.max(4, 2 * count));
      whole = Arrays.copyOf(whole, values.length);
    }
    values[count] = value;
    whole[count++] = wholeValue;
  }

  int count() {
    return count;
  }

  double[] values() {
    return Arrays.copyOf(values, count);
  }

  long[] whole() {
    return Arrays.copyOf(whole, count);
  }
}

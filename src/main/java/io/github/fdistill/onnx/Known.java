package io.github.fdistill.onnx;

import java.util.Arrays;
import org.tensorflow.proto.DataType;

/**
 * Numbers that are known at once: constants, and what follows from shapes. A number may be a
 * multiple of the number of images.
 *
 * @param values the numbers in C order; of those that are per image what N is multiplied by
 * @param perImage which of them are multiples of N
 */
record Known(DataType type, long[] shape, double[] values, boolean[] perImage) implements Value {

  /** Numbers without N. */
  Known(DataType type, long[] shape, double[] values) {
    this(type, shape, values, new boolean[values.length]);
  }

  /** Sizes, as int64. */
  static Known ofSizes(long... sizes) {
    double[] values = new double[sizes.length];
    boolean[] perImage = new boolean[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      values[i] = Math.abs((double) sizes[i]);
      perImage[i] = sizes[i] < 0;
    }
    return new Known(DataType.DT_INT64, new long[] {sizes.length}, values, perImage);
  }

  static Known scalar(DataType type, double value) {
    return new Known(type, new long[0], new double[] {value});
  }

  int count() {
    return values.length;
  }

  boolean anyPerImage() {
    for (boolean one : perImage) {
      if (one) {
        return true;
      }
    }
    return false;
  }

  /** Of a number that is not per image. */
  long whole(int index) {
    return (long) values[index];
  }

  /** All as whole numbers, none of them per image. */
  long[] whole() {
    return Arrays.stream(values).mapToLong(value -> (long) value).toArray();
  }

  boolean isAll(double number) {
    return !anyPerImage() && Arrays.stream(values).allMatch(value -> value == number);
  }

  Known reshaped(long... other) {
    return new Known(type, other, values, perImage);
  }

  /** Those of these indices, in another shape. */
  Known picked(long[] other, int[] indices) {
    double[] picked = new double[indices.length];
    boolean[] per = new boolean[indices.length];
    for (int i = 0; i < indices.length; i++) {
      picked[i] = values[indices[i]];
      per[i] = perImage[indices[i]];
    }
    return new Known(type, other, picked, per);
  }
}

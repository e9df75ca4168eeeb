package io.github.fdistill.tensors;

import java.util.Arrays;
import java.util.Objects;

/**
 * A tensor's numbers in a row of numbers: element (i0, i1, ...) is the one of index offset + i0
 * stride0 + i1 stride1 + ... Whatever only changes the order of axes, or cuts one, moves nothing.
 *
 * @param offset index of the first
 * @param shape sizes of the axes, each 0 or more
 * @param strides of the axes, each 0 or more
 */
record Strided(long offset, long[] shape, long[] strides) {

  /**
   * @throws IllegalArgumentException when sizes or strides are no such numbers
   * @throws ArithmeticException when there are more than 2^63 numbers
   */
  Strided {
    boolean possible = offset >= 0 && shape.length == strides.length;
    for (int i = 0; possible && i < shape.length; i++) {
      possible = shape[i] >= 0 && strides[i] >= 0;
    }
    if (!possible) {
      throw new IllegalArgumentException(
          "offset "
              + offset
              + ", sizes "
              + Arrays.toString(shape)
              + ", strides "
              + Arrays.toString(strides));
    }
    shape = shape.clone();
    strides = strides.clone();
    count(shape);
  }

  /** Numbers that lie in C order. */
  static Strided whole(long... shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride = Math.multiplyExact(stride, Math.max(1, shape[i]));
    }
    return new Strided(0, shape, strides);
  }

  /** How many numbers there are. */
  long size() {
    return count(shape);
  }

  private static long count(long[] shape) {
    long size = 1;
    for (long length : shape) {
      size = Math.multiplyExact(size, length);
    }
    return size;
  }

  /** One more than the highest index; 0 of an empty tensor. */
  long end() {
    if (size() == 0) {
      return 0;
    }
    long last = offset;
    for (int i = 0; i < shape.length; i++) {
      last = Math.addExact(last, Math.multiplyExact(shape[i] - 1, strides[i]));
    }
    return Math.addExact(last, 1);
  }

  /** The same from another index on, and with another stride between rows, if there are several. */
  Strided moved(long from, long apart) {
    long[] newStrides = strides.clone();
    if (newStrides.length > 1) {
      newStrides[0] = apart;
    }
    return new Strided(from, shape, newStrides);
  }

  /** The same with its axes in another order. */
  Strided permuted(int... order) {
    long[] newShape = new long[order.length];
    long[] newStrides = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      newShape[i] = shape[order[i]];
      newStrides[i] = strides[order[i]];
    }
    return new Strided(offset, newShape, newStrides);
  }

  /** The same with one axis cut into several, of which the last runs fastest. */
  Strided split(int axis, long... sizes) {
    if (count(sizes) != shape[axis]) {
      throw new IllegalArgumentException(
          "an axis of " + shape[axis] + " does not split into " + Arrays.toString(sizes));
    }
    Strided inner = whole(sizes);
    int rank = shape.length - 1 + sizes.length;
    long[] newShape = new long[rank];
    long[] newStrides = new long[rank];
    for (int i = 0; i < rank; i++) {
      int within = i - axis;
      boolean cut = within >= 0 && within < sizes.length;
      int old = i < axis ? i : i - sizes.length + 1;
      newShape[i] = cut ? sizes[within] : shape[old];
      newStrides[i] = cut ? inner.strides[within] * strides[axis] : strides[old];
    }
    return new Strided(offset, newShape, newStrides);
  }

  /** A part of an axis. */
  Strided part(int axis, long from, long count) {
    Objects.checkFromIndexSize(from, count, shape[axis]);
    long[] newShape = shape.clone();
    newShape[axis] = count;
    return new Strided(offset + from * strides[axis], newShape, strides);
  }
}

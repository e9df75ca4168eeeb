package io.github.fdistill.onnx;

import java.util.Arrays;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;

/**
 * Numbers that flow when the network runs. The tensor may have its axes in another order than
 * ONNX's, and may still be to be reshaped: both are done where somebody needs it.
 *
 * @param tensor of TensorFlow; its axis i is axis order[i] of core
 * @param core sizes before it is reshaped
 * @param shape sizes as ONNX has them, of as many numbers as core
 */
record Flow(Output<?> tensor, int[] order, long[] core, long[] shape) implements Value {

  /** A tensor with its axes in ONNX's order. */
  static Flow plain(Output<?> tensor, long... shape) {
    return new Flow(tensor, plainOrder(shape.length), shape, shape);
  }

  /** A tensor with its axes in an order. */
  static Flow ordered(Output<?> tensor, int[] order, long... shape) {
    return new Flow(tensor, order, shape, shape);
  }

  static int[] plainOrder(int rank) {
    int[] order = new int[rank];
    Arrays.setAll(order, i -> i);
    return order;
  }

  /** Channels, ONNX's axis 1, behind all others: NHWC, of images. */
  static int[] channelsLast(int rank) {
    int[] order = plainOrder(rank);
    for (int i = 1; i < rank; i++) {
      order[i] = i == rank - 1 ? 1 : i + 1;
    }
    return order;
  }

  @Override
  public DataType type() {
    return tensor.dataType();
  }

  boolean isPlain() {
    return Arrays.equals(order, plainOrder(order.length));
  }

  boolean isSettled() {
    return Arrays.equals(core, shape);
  }

  /** The same numbers in another shape, for now on paper. */
  Flow reshaped(long... other) {
    return new Flow(tensor, order, core, other);
  }

  /** Another tensor of the same axes. */
  Flow with(Output<?> other) {
    return new Flow(other, order, core, shape);
  }

  /** Where TensorFlow has an axis of ONNX's. */
  int place(int axis) {
    for (int i = 0; i < order.length; i++) {
      if (order[i] == axis) {
        return i;
      }
    }
    throw new IllegalArgumentException("axis " + axis + " of " + Arrays.toString(order));
  }

  /** The sizes as TensorFlow has them. */
  long[] sizes() {
    return Arrays.stream(order).mapToLong(axis -> core[axis]).toArray();
  }
}

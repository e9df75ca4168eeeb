package io.github.fdistill.onnx;

import io.github.fdistill.InputException;
import io.github.fdistill.tensors.Bytes;
import io.github.fdistill.tensors.NamedTensor;
import java.util.Arrays;
import org.tensorflow.proto.DataType;

/**
 * A tensor of a file: an initializer, or the value of a constant.
 *
 * @param where it stands, for messages
 * @param name of an initializer; of others empty
 * @param dims its sizes
 * @param raw its numbers side by side, in the file or in one beside it; null where they are listed
 * @param listed its numbers as bits of their type; null where they lie in raw
 */
record OnnxTensor(
    String where, String name, ElementType type, long[] dims, Bytes raw, double[] listed) {

  OnnxTensor {
    long count = size(where, dims);
    long found = raw == null ? listed.length : raw.size() / type.stored().bytes();
    boolean whole = raw == null || raw.size() % type.stored().bytes() == 0;
    if (count != found || !whole) {
      throw new InputException(
          where,
          type
              + " "
              + Arrays.toString(dims)
              + " with "
              + (raw == null ? found + " numbers" : raw.size() + " bytes"),
          "as many numbers as its sizes say",
          "the file is damaged: download or export it again");
    }
  }

  private static long size(String where, long[] dims) {
    try {
      long size = 1;
      for (long dim : dims) {
        if (dim < 0) {
          throw new ArithmeticException();
        }
        size = Math.multiplyExact(size, dim);
      }
      return size;
    } catch (ArithmeticException e) {
      throw new InputException(
          where,
          "sizes " + Arrays.toString(dims),
          "sizes of 0 or more, of a tensor that can be",
          "the file is damaged: download or export it again",
          e);
    }
  }

  /** How many numbers it has. */
  long count() {
    return size(where, dims);
  }

  /** The same under another name. */
  OnnxTensor named(String other) {
    return new OnnxTensor(where, other, type, dims, raw, listed);
  }

  boolean isFloat() {
    return type.becomes() == DataType.DT_FLOAT;
  }

  /** The tensor as weights, which stay where they are; of numbers that are not listed. */
  NamedTensor weights() {
    return NamedTensor.whole(name, type.stored(), raw, dims);
  }

  /** Its numbers, now. */
  Known known() {
    return new Known(type.becomes(), dims, values());
  }

  private double[] values() {
    if (listed != null) {
      return listed;
    }
    double[] values = new double[(int) count()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(i);
    }
    return values;
  }

  /** One of its numbers, in C order. */
  double value(long index) {
    if (listed != null) {
      return listed[(int) index];
    }
    return switch (type) {
      case INT64 -> raw.longAt(Long.BYTES * index);
      case INT32 -> raw.intAt(Integer.BYTES * index); // A float has 24 bits for it.
      default -> type.stored().value(raw, index);
    };
  }
}

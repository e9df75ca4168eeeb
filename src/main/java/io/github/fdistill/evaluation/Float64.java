package io.github.fdistill.evaluation;

import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat64;

/** Arrays of doubles as tensors, and back. */
final class Float64 {
  private Float64() {}

  /** A tensor of these values; the caller closes it. */
  static TFloat64 tensor(Shape shape, double[] values) {
    return TFloat64.tensorOf(shape, DataBuffers.of(values, true, false));
  }

  /** The values in C order. */
  static double[] values(TFloat64 tensor) {
    double[] values = new double[Math.toIntExact(tensor.size())];
    tensor.asRawTensor().data().asDoubles().read(values);
    return values;
  }
}

package io.github.fdistill.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/** The numbers of small tensors that TensorFlow computes of constants before anything runs. */
final class KnownNumbers {
  private static final int MOST = 16;

  private KnownNumbers() {}

  /**
   * The numbers of a tensor of at most 16, int32, int64 or float32, in their order.
   *
   * @param imported a graph as TensorFlow has it
   * @return nothing of what no constants decide
   */
  static Optional<List<Double>> of(String tensor, Graph imported) {
    Shape shape = KnownRanks.shape(tensor, imported);
    if (shape.isUnknown() || shape.hasUnknownDimension() || shape.size() > MOST) {
      return Optional.empty();
    }
    try (Tensor value = GraphAccess.constant(NetworkFunction.tensor(imported, tensor))) {
      List<Double> numbers = new ArrayList<>();
      if (value instanceof TInt32 whole) {
        whole.scalars().forEach(scalar -> numbers.add((double) scalar.getInt()));
      } else if (value instanceof TInt64 wide) {
        wide.scalars().forEach(scalar -> numbers.add((double) scalar.getLong()));
      } else if (value instanceof TFloat32 real) {
        real.scalars().forEach(scalar -> numbers.add((double) scalar.getFloat()));
      } else {
        return Optional.empty();
      }
      return Optional.of(numbers);
    }
  }
}

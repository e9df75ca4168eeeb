package io.github.fdistill.savedmodel;

import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** The weights of small networks as arrays: all numbers of the parameters, one after another. */
public final class WeightArrays {
  private WeightArrays() {}

  private record OfArray(Parameters parameters, float[] numbers) implements Weights {
    @Override
    public void copy(int parameter, FloatDataBuffer into) {
      into.write(split(parameters, numbers).get(parameters.names().get(parameter)));
    }
  }

  /** Weights that are these numbers. */
  public static Weights weights(Parameters parameters, float... numbers) {
    split(parameters, numbers);
    return new OfArray(parameters, numbers);
  }

  /** Weights that are one vector. */
  public static Weights vector(float... numbers) {
    Parameter one = new Parameter("w", org.tensorflow.ndarray.Shape.of(numbers.length));
    return weights(new Parameters(java.util.List.of(one)), numbers);
  }

  /** The numbers of weights. */
  public static float[] of(Weights weights) {
    try (TFloat32 vector = weights.vector()) {
      return withoutZeros(weights.parameters(), TensorBundle.floats(vector));
    }
  }

  /** A vector as it is in memory, with the zeros between parameters. */
  public static float[] withZeros(Parameters parameters, float... numbers) {
    try (TFloat32 vector = weights(parameters, numbers).vector()) {
      return TensorBundle.floats(vector);
    }
  }

  /** The same as a constant. */
  public static Operand<TFloat32> constant(Ops tf, Parameters parameters, float... numbers) {
    return tf.constant(withZeros(parameters, numbers));
  }

  /** The numbers of a vector as it is in memory. */
  public static float[] withoutZeros(Parameters parameters, float[] vector) {
    if (vector.length != parameters.length()) {
      throw new IllegalArgumentException(vector.length + " numbers of " + parameters.length());
    }
    Map<String, float[]> byName = new LinkedHashMap<>();
    long[] offsets = parameters.offsets();
    for (int i = 0; i < offsets.length; i++) {
      Parameter p = parameters.list().get(i);
      int from = (int) offsets[i];
      byName.put(p.name(), Arrays.copyOfRange(vector, from, from + (int) p.size()));
    }
    return join(parameters, byName);
  }

  /** The numbers of each parameter, by name. */
  public static Map<String, float[]> split(Parameters parameters, float[] numbers) {
    if (numbers.length != parameters.size()) {
      throw new IllegalArgumentException(numbers.length + " numbers of " + parameters.size());
    }
    Map<String, float[]> byName = new LinkedHashMap<>();
    int from = 0;
    for (Parameter p : parameters.list()) {
      int to = from + (int) p.size();
      byName.put(p.name(), Arrays.copyOfRange(numbers, from, to));
      from = to;
    }
    return byName;
  }

  /** The inverse of {@link #split}. */
  public static float[] join(Parameters parameters, Map<String, float[]> byName) {
    float[] numbers = new float[(int) parameters.size()];
    int from = 0;
    for (Parameter p : parameters.list()) {
      System.arraycopy(byName.get(p.name()), 0, numbers, from, (int) p.size());
      from += (int) p.size();
    }
    return numbers;
  }
}

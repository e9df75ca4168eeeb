package io.github.fdistill.graph;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * The trainable float32 tensors of a network, laid one after another in one vector of {@link
 * #size()} numbers. Optimiser, averages, clipping and checkpoints see the vector; the network sees
 * the tensors.
 *
 * @param list the parameters, in their order in the vector
 */
public record Parameters(List<Parameter> list) {

  /**
   * @param name its key in a checkpoint, and its name in a SavedModel
   * @param shape fully known
   */
  public record Parameter(String name, Shape shape) {}

  public Parameters {
    list = List.copyOf(list);
  }

  /** How many numbers there are in all. */
  public int size() {
    return Math.toIntExact(list.stream().mapToLong(p -> p.shape().size()).sum());
  }

  /** Cuts the vector [size] into the parameters, by name; differentiable. */
  public Map<String, Operand<TFloat32>> split(Ops tf, Operand<TFloat32> vector) {
    if (list.isEmpty()) {
      return Map.of();
    }
    int[] sizes = list.stream().mapToInt(p -> (int) p.shape().size()).toArray();
    Operand<TInt32> axis = tf.constant(0);
    List<org.tensorflow.Output<TFloat32>> parts =
        sizes.length == 1
            ? List.of(vector.asOutput())
            : tf.splitV(vector, tf.constant(sizes), axis, (long) sizes.length).output();
    Map<String, Operand<TFloat32>> byName = new LinkedHashMap<>();
    for (int i = 0; i < list.size(); i++) {
      Parameter p = list.get(i);
      byName.put(p.name(), tf.reshape(parts.get(i), tf.constant(p.shape().asArray())));
    }
    return byName;
  }

  /** A placeholder for each, by name: for a graph that is looked at and not run. */
  public Map<String, Operand<TFloat32>> placeholders(Ops tf) {
    Map<String, Operand<TFloat32>> byName = new LinkedHashMap<>();
    list.forEach(
        p -> byName.put(p.name(), tf.placeholder(TFloat32.class, Placeholder.shape(p.shape()))));
    return byName;
  }

  /**
   * Cuts the numbers of the vector into those of each parameter, by name.
   *
   * @throws IllegalArgumentException when the vector has not {@link #size()} numbers
   */
  public Map<String, float[]> split(float[] vector) {
    if (vector.length != size()) {
      throw new IllegalArgumentException(
          vector.length + " numbers for parameters of " + size() + " in all");
    }
    Map<String, float[]> byName = new LinkedHashMap<>();
    int offset = 0;
    for (Parameter p : list) {
      int size = (int) p.shape().size();
      byName.put(p.name(), java.util.Arrays.copyOfRange(vector, offset, offset + size));
      offset += size;
    }
    return byName;
  }

  /**
   * The vector of the numbers of each parameter: the inverse of {@link #split(float[])}.
   *
   * @throws IllegalArgumentException when a parameter's numbers are missing, or not as many as its
   *     shape has
   */
  public float[] join(Map<String, float[]> byName) {
    float[] vector = new float[size()];
    int offset = 0;
    for (Parameter p : list) {
      float[] part = byName.get(p.name());
      if (part == null || part.length != p.shape().size()) {
        throw new IllegalArgumentException(
            (part == null ? "no" : part.length) + " numbers for " + p.name() + " " + p.shape());
      }
      System.arraycopy(part, 0, vector, offset, part.length);
      offset += part.length;
    }
    return vector;
  }

  /** The names, in order. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    list.forEach(p -> names.add(p.name()));
    return names;
  }
}

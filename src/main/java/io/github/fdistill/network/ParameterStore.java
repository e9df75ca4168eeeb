package io.github.fdistill.network;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * The parameters of a network while it is built: each becomes a placeholder of the graph, and its
 * first values are drawn from (seed, name) alone.
 */
public final class ParameterStore {
  private final long seed;
  private final List<Parameter> list = new ArrayList<>();
  private final Map<String, float[]> values = new LinkedHashMap<>();

  public ParameterStore(long seed) {
    this.seed = seed;
  }

  long seed() {
    return seed;
  }

  /**
   * A new parameter, named by the scope it is made in.
   *
   * @param std standard deviation of its first values, which are normal; 0: all zeros
   */
  Expr normal(Ops tf, String name, double std, long... shape) {
    Expr parameter = placeholder(tf, name, shape);
    String fullName = parameter.op().name();
    values.put(fullName, draw(fullName, std, (int) Shape.of(shape).size()));
    return parameter;
  }

  /** A new parameter whose first values are all the same. */
  Expr constant(Ops tf, String name, double value, long... shape) {
    Expr parameter = placeholder(tf, name, shape);
    float[] filled = new float[(int) Shape.of(shape).size()];
    java.util.Arrays.fill(filled, (float) value);
    values.put(parameter.op().name(), filled);
    return parameter;
  }

  private Expr placeholder(Ops tf, String name, long... shape) {
    Placeholder<TFloat32> placeholder =
        tf.withName(name).placeholder(TFloat32.class, Placeholder.shape(Shape.of(shape)));
    list.add(new Parameter(placeholder.op().name(), Shape.of(shape)));
    return Expr.of(tf, placeholder);
  }

  private float[] draw(String name, double std, int size) {
    float[] result = new float[size];
    if (std > 0) {
      SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + name.hashCode());
      for (int i = 0; i < size; i++) {
        double radius = Math.sqrt(-2 * Math.log(1 - random.nextDouble()));
        result[i] = (float) (std * radius * Math.cos(2 * Math.PI * random.nextDouble()));
      }
    }
    return result;
  }

  /** The parameters made so far. */
  public Parameters parameters() {
    return new Parameters(list);
  }

  /** Their first values, one parameter after another. */
  public float[] initialValues() {
    return parameters().join(values);
  }
}

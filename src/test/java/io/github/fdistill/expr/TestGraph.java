package io.github.fdistill.expr;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.NdArray;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/** A graph and a session on it, for tests: values in and out as Java arrays. */
public final class TestGraph implements AutoCloseable {
  private final Graph graph = new Graph();
  private final Session session = Sessions.open(graph);
  public final Ops tf = NodeNames.ops(graph);

  public Session session() {
    return session;
  }

  public Expr constant(double... values) {
    return Expr.of(tf, tf.constant(floats(values)));
  }

  /** To be fed with a vector of any length. */
  public Placeholder<TFloat32> vector() {
    return tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
  }

  public static float[] floats(double... values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  public float[] value(Operand<TFloat32> fetched) {
    return run(Map.of(), List.of(), List.of(fetched)).get(0);
  }

  public void run(Op... targets) {
    run(Map.of(), List.of(targets), List.of());
  }

  public float[] read(FloatVariable variable) {
    return value(variable.read(tf));
  }

  /** What variables hold, one after another, as bits. */
  public List<Integer> bits(List<FloatVariable> variables) {
    List<Integer> bits = new ArrayList<>();
    for (FloatVariable variable : variables) {
      for (float value : read(variable)) {
        bits.add(Float.floatToRawIntBits(value));
      }
    }
    return bits;
  }

  public void load(FloatVariable variable, double... value) {
    try (TFloat32 tensor = TFloat32.tensorOf(variable.shape(), t -> fill(t, floats(value)))) {
      variable.load(session, tensor);
    }
  }

  private static void fill(TFloat32 tensor, float[] values) {
    int i = 0;
    for (NdArray<Float> scalar : tensor.scalars()) {
      scalar.setObject(values[i++]);
    }
  }

  /**
   * One run. A feed is a {@code Long} (int64 scalar), a {@code Float} (scalar) or a {@code float[]}
   * (vector).
   *
   * @return the fetched values, flat
   */
  public List<float[]> run(
      Map<? extends Operand<? extends TType>, ?> feeds,
      List<? extends Op> targets,
      List<? extends Operand<TFloat32>> fetches) {
    List<Tensor> fed = new ArrayList<>();
    try {
      var runner = session.runner();
      feeds.forEach(
          (operand, value) -> {
            Tensor tensor = tensor(value);
            fed.add(tensor);
            runner.feed(operand, tensor);
          });
      targets.forEach(runner::addTarget);
      fetches.forEach(runner::fetch);
      try (Result result = runner.run()) {
        List<float[]> values = new ArrayList<>();
        for (int i = 0; i < fetches.size(); i++) {
          values.add(flat((TFloat32) result.get(i)));
        }
        return values;
      }
    } finally {
      fed.forEach(Tensor::close);
    }
  }

  private static Tensor tensor(Object value) {
    if (value instanceof Long scalar) {
      return TInt64.scalarOf(scalar);
    }
    if (value instanceof Float scalar) {
      return TFloat32.scalarOf(scalar);
    }
    return TFloat32.tensorOf(StdArrays.ndCopyOf((float[]) value));
  }

  private static float[] flat(TFloat32 tensor) {
    float[] values = new float[Math.toIntExact(tensor.size())];
    int i = 0;
    for (NdArray<Float> scalar : tensor.scalars()) {
      values[i++] = scalar.getObject();
    }
    return values;
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}

package io.github.fdistill.training;

import io.github.fdistill.device.Host;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.savedmodel.Weights;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** Reads parts of vectors in a session; what that needs is added to the graph when it is needed. */
final class VectorReads {
  private final Ops tf;
  private final Map<Expr, Operand<TFloat32>> parts = new LinkedHashMap<>();
  private Placeholder<TInt64> begin;
  private Placeholder<TInt64> size;

  VectorReads(Ops tf) {
    this.tf = tf;
  }

  /**
   * The weights that a vector holds at the time that they are asked for.
   *
   * @param vector the read of a variable
   */
  Weights weights(Session session, Expr vector, Parameters parameters) {
    return new Live(session, vector, parameters);
  }

  private Operand<TFloat32> part(Expr vector) {
    if (begin == null) {
      begin = tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(1)));
      size = tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(1)));
    }
    // Where the vector is: of one on the host all would go up to a GPU, to be cut there.
    return parts.computeIfAbsent(vector, v -> Host.beside(v.op(), tf).slice(v, begin, size));
  }

  private final class Live implements Weights {
    private final Session session;
    private final Expr vector;
    private final Parameters parameters;
    private final long[] offsets;

    Live(Session session, Expr vector, Parameters parameters) {
      this.session = session;
      this.vector = vector;
      this.parameters = parameters;
      offsets = parameters.offsets();
    }

    @Override
    public Parameters parameters() {
      return parameters;
    }

    @Override
    public void copy(int parameter, FloatDataBuffer into) {
      Operand<TFloat32> part = part(vector);
      try (Tensor from = TInt64.vectorOf(offsets[parameter]);
          Tensor count = TInt64.vectorOf(into.size());
          Result result = session.runner().feed(begin, from).feed(size, count).fetch(part).run()) {
        Weights.numbers((TFloat32) result.get(0)).copyTo(into, into.size());
      }
    }
  }
}

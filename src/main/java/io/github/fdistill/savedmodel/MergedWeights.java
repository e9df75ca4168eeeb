package io.github.fdistill.savedmodel;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.graph.Adapters;
import io.github.fdistill.graph.Adapters.Layer;
import io.github.fdistill.graph.Parameters;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * A network's weights with their adapters in them, W + A B; computed a layer at a time, when it is
 * asked for.
 *
 * @param base W
 * @param adapters which layers have one
 * @param numbers A and B, laid out as {@link Adapters#parameters} says
 */
public record MergedWeights(Weights base, Adapters adapters, Weights numbers) implements Weights {

  @Override
  public Parameters parameters() {
    return base.parameters();
  }

  @Override
  public void copy(int parameter, FloatDataBuffer into) {
    for (int i = 0; i < adapters.layers().size(); i++) {
      Layer layer = adapters.layers().get(i);
      if (layer.index() == parameter) {
        merge(layer, i, into);
        return;
      }
    }
    base.copy(parameter, into);
  }

  private void merge(Layer layer, int which, FloatDataBuffer into) {
    try (Graph graph = Sessions.graph()) {
      Ops tf = NodeNames.ops(graph);
      Operand<TFloat32> w = matrix(tf);
      Operand<TFloat32> a = matrix(tf);
      Operand<TFloat32> b = matrix(tf);
      Operand<TFloat32> merged = tf.math.add(w, tf.linalg.matMul(a, b));
      Shape rows = Shape.of(layer.a().shape().get(0), layer.b().shape().get(1));
      try (Session session = Sessions.open(graph);
          TFloat32 ofW = TFloat32.tensorOf(rows);
          TFloat32 ofA = numbers.tensor(2 * which);
          TFloat32 ofB = numbers.tensor(2 * which + 1)) {
        base.copy(layer.index(), Weights.numbers(ofW));
        try (Result result =
            session.runner().feed(w, ofW).feed(a, ofA).feed(b, ofB).fetch(merged).run()) {
          Weights.numbers((TFloat32) result.get(0)).copyTo(into, into.size());
        }
      }
    }
  }

  private static Operand<TFloat32> matrix(Ops tf) {
    return tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1)));
  }
}

package io.github.fdistill.training;

import io.github.fdistill.savedmodel.Weights;
import java.util.IdentityHashMap;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Weights in a training graph that stay as they are; each are there once, whoever uses them. */
final class FrozenWeights {
  private final Ops tf;
  private final State state;
  private final Map<Weights, Map<String, Operand<TFloat32>>> made = new IdentityHashMap<>();

  FrozenWeights(Ops tf, State state) {
    this.tf = tf;
    this.state = state;
  }

  /**
   * A tensor for each parameter.
   *
   * @param network that asks for them; what it is called names them where they are new
   */
  Map<String, Operand<TFloat32>> of(String network, Weights weights) {
    return made.computeIfAbsent(
        weights,
        w ->
            w.parameters()
                .split(
                    tf.withSubScope(network),
                    state.frozen(VariableNames.weights(network), w).read(tf)));
  }
}

package io.github.fdistill.training;

import io.github.fdistill.savedmodel.Weights;
import java.util.IdentityHashMap;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;

/** Weights in a training graph that stay as they are; those in float32 once, whoever uses them. */
final class FrozenWeights {
  private final Ops tf;
  private final State state;
  private final Map<Weights, Map<String, Operand<TFloat32>>> made = new IdentityHashMap<>();

  FrozenWeights(Ops tf, State state) {
    this.tf = tf;
    this.state = state;
  }

  Ops tf() {
    return tf;
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

  /** A tensor for each parameter, rounded to bfloat16; nobody else's. */
  Map<String, Operand<TBfloat16>> halved(String network, Weights weights) {
    return state.halved(VariableNames.weights(network), weights);
  }
}

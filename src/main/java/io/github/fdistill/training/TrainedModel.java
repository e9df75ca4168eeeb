package io.github.fdistill.training;

import io.github.fdistill.config.LoraConfig;
import io.github.fdistill.config.OptimiserConfig;
import io.github.fdistill.graph.Adapters;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.network.ParameterStore;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.savedmodel.MergedWeights;
import io.github.fdistill.savedmodel.Weights;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * A model that is trained: all its weights, or adapters beside weights that stay as they are.
 *
 * @param model as it begins
 * @param adapters empty: all its weights are trained
 */
record TrainedModel(StudentModel model, Optional<Adapters> adapters) {

  /**
   * A model with the adapters that a config asks for.
   *
   * @throws io.github.fdistill.InputException when the layers that are to have adapters are not
   *     those of the model
   */
  static TrainedModel of(StudentModel model, LoraConfig lora) {
    Optional<Adapters> adapters =
        lora.getRank() == 0
            ? Optional.empty()
            : Optional.of(
                Adapters.of(
                    model.function(), lora.getRank(), lora.getTargetsList(), model.origin()));
    return new TrainedModel(model, adapters);
  }

  /** What training changes. */
  Parameters parameters() {
    return adapters.map(Adapters::parameters).orElse(model.function().parameters());
  }

  /** The network, with adapters where it has some. */
  NetworkFunction function() {
    return adapters.map(a -> a.added(model.function())).orElse(model.function());
  }

  /**
   * What training changes, in a graph.
   *
   * @param seed that adapters are drawn from
   */
  Trainable trainable(Ops tf, State state, String name, OptimiserConfig optimiser, long seed) {
    if (adapters.isEmpty()) {
      Set<String> untrained = model.function().untrained();
      return Trainable.create(tf, state, name, model.weights(), optimiser, untrained);
    }
    Weights first = ParameterStore.first(seed, parameters(), adapters.get().deviations());
    return Trainable.create(tf, state, name, first, optimiser);
  }

  /** A tensor for each parameter of {@link #function}. */
  Map<String, Operand<TFloat32>> weights(Ops tf, Trainable trained, FrozenWeights frozen) {
    Map<String, Operand<TFloat32>> weights =
        new HashMap<>(parameters().split(tf.withSubScope(trained.name()), trained.weights()));
    if (adapters.isPresent()) {
      weights.putAll(frozen.of(trained.name() + "_base", model.weights()));
    }
    return weights;
  }

  /**
   * The model with its adapters as they have become beside weights that are as they were.
   *
   * @param trained what training changes
   */
  StudentModel apart(Weights trained) {
    return model.by(function()).with(model.weights().and(trained));
  }

  /**
   * The model's weights, as they have become.
   *
   * @param trained what training changes
   */
  Weights merged(Weights trained) {
    return adapters
        .<Weights>map(a -> new MergedWeights(model.weights(), a, trained))
        .orElse(trained);
  }
}

package io.github.fdistill.training;

import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.expr.HalfVariable;
import io.github.fdistill.savedmodel.Weights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;

/**
 * Gives variables their values, or zeros where they have none: in one run, because TensorFlow
 * prepares the whole graph anew for each new set of targets. A value that two of them have is made
 * once, and copied. Zeros are fed too: as constants of the graph they would stay in memory beside
 * the variables.
 *
 * @param values of variables; of one that holds a share of a vector the whole
 * @param shards what the variables are that hold shares
 * @param copies of variables, which become what those do
 */
record Loading(
    Map<FloatVariable, Supplier<TFloat32>> values,
    Optional<Shards> shards,
    Map<FloatVariable, Copy> copies) {

  /**
   * A parameter that stays as it is, in bfloat16.
   *
   * @param of the name of its network's weights
   */
  record Half(String of, HalfVariable variable, Supplier<TBfloat16> value) {}

  /** Loads these. */
  void into(Session session, Set<FloatVariable> which, List<Half> halves) {
    Map<Supplier<TFloat32>, TFloat32> made = new LinkedHashMap<>();
    List<Tensor> tensors = new ArrayList<>();
    try {
      Session.Runner runner = session.runner();
      for (FloatVariable variable : which) {
        Supplier<TFloat32> value =
            values.getOrDefault(variable, () -> Weights.zeros(variable.shape()));
        boolean share = isShare(variable) && values.containsKey(variable);
        TFloat32 tensor =
            share
                ? shareOf(value)
                : made.containsKey(value) ? copied(made.get(value)) : value.get();
        tensors.add(tensor);
        if (!share) {
          made.putIfAbsent(value, tensor);
        }
        runner.feed(variable.loaded(), tensor).addTarget(variable.load());
        Optional.ofNullable(copies.get(variable)).ifPresent(copy -> runner.addTarget(copy.load()));
      }
      for (Half half : halves) {
        TBfloat16 tensor = half.value().get();
        tensors.add(tensor);
        runner.feed(half.variable().loaded(), tensor).addTarget(half.variable().load());
      }
      runner.run().close();
    } finally {
      tensors.forEach(Tensor::close);
    }
  }

  private boolean isShare(FloatVariable variable) {
    return shards.isPresent() && shards.get().keeps(variable);
  }

  private TFloat32 shareOf(Supplier<TFloat32> value) {
    try (TFloat32 whole = value.get()) {
      return shards.orElseThrow().mine(whole);
    }
  }

  private static TFloat32 copied(TFloat32 tensor) {
    TFloat32 copy = TFloat32.tensorOf(tensor.shape());
    Weights.numbers(tensor).copyTo(Weights.numbers(copy), tensor.size());
    return copy;
  }
}

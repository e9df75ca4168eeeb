package io.github.fdistill.optim;

import io.github.fdistill.device.Sizes;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Which weights decay: all but those that no gradient would bring back.
 *
 * @param untrained names of parameters that have no gradient
 */
public record WeightDecay(Set<String> untrained) {

  /** 1 or 0 for each weight, or for all; filled in at each step, so that no graph holds it. */
  public Expr of(Ops tf, Parameters parameters) {
    if (parameters.names().stream().noneMatch(untrained::contains)) {
      return Expr.constant(tf, 1);
    }
    long[] offsets = parameters.offsets();
    List<Operand<TFloat32>> runs = new ArrayList<>();
    for (int from = 0; from < offsets.length; ) {
      boolean fixed = untrained.contains(parameters.list().get(from).name());
      int to = from + 1;
      while (to < offsets.length && untrained.contains(parameters.list().get(to).name()) == fixed) {
        to++;
      }
      long end = to < offsets.length ? offsets[to] : parameters.length();
      runs.add(tf.fill(Sizes.of(tf, end - offsets[from]), tf.constant(fixed ? 0f : 1f)));
      from = to;
    }
    return Expr.of(tf, runs.size() == 1 ? runs.get(0) : tf.concat(runs, tf.constant(0)));
  }
}

package io.github.fdistill.training;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import java.util.List;
import java.util.Map;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;

/**
 * This worker's share of the weights of a network, while each worker updates its own: numbers of
 * the whole vector that are computed as they are in an update of all, to the same bits.
 *
 * @param shards of the workers
 * @param mine the share
 * @param take target that takes it out of the weights, before the update
 * @param weights that it is put back into with the shares of all, after the update
 */
record Sharded(Shards shards, FloatVariable mine, Op take, FloatVariable weights) {

  /**
   * This worker's share of a network's weights.
   *
   * @param there held where the share is to lie
   * @param network whose weights they are
   */
  static Sharded of(Ops tf, Ops there, State state, String network, FloatVariable weights) {
    Shards shards = state.shards().orElseThrow();
    FloatVariable mine =
        FloatVariable.create(
            there, VariableNames.scratch(network + "_share"), shards.shape(weights));
    state.scratch(List.of(mine));
    Expr taken = shards.mine(tf, weights.read(tf), weights.shape().size());
    return new Sharded(shards, mine, mine.assign(tf, taken), weights);
  }

  /**
   * This worker's share of what has a number for each weight, where its own is; of a scalar the
   * scalar.
   */
  Expr part(Expr whole) {
    boolean scalar = whole.shape().numDimensions() == 0;
    return scalar ? whole : shards.mine(whole.tf(), whole, weights.shape().size());
  }

  /** The run before an update of several networks' shares. */
  static Turn.Run before(Ops tf, List<Sharded> all) {
    return run(tf.withControlDependencies(all.stream().map(Sharded::take).toList()).noOp());
  }

  /** The run after it, in which all workers get all weights again. */
  static Turn.Run after(Ops tf, List<Sharded> all) {
    return run(
        all.get(0)
            .shards
            .gathered(
                tf,
                all.stream().map(Sharded::weights).toList(),
                all.stream().map(Sharded::mine).toList()));
  }

  private static Turn.Run run(Op target) {
    return Turn.Run.once(target, Map.of());
  }
}

package io.github.fdistill.training;

import io.github.fdistill.device.Sizes;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.workers.Crew;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * What of each batch is computed here. Workers that train together compute the parts of a batch
 * between them, and what is found in parts, such as gradients, is summed over all: so each goes on
 * with the same numbers, and they are those of one worker that computes all parts itself.
 *
 * @param crew the workers; none: all is computed here
 */
public record Share(Optional<Crew> crew) {
  /** All of it. */
  public static final Share ALL = new Share(Optional.empty());

  int worker() {
    return crew.map(Crew::worker).orElse(0);
  }

  int workers() {
    return crew.map(Crew::workers).orElse(1);
  }

  /**
   * A run that makes variables the sums over all workers, by one collective.
   *
   * @param mine what each variable is to be the sum of, [n] as itself
   * @return none where there is one worker
   */
  Optional<Turn.Run> summed(Ops tf, List<FloatVariable> variables, List<Expr> mine) {
    return crew.map(all -> new Turn.Run(sums(tf, all, variables, mine), false, Map.of()));
  }

  private static Op sums(Ops tf, Crew crew, List<FloatVariable> variables, List<Expr> mine) {
    if (variables.size() == 1) {
      return variables.get(0).assign(tf, crew.sum(tf, mine.get(0)));
    }
    Expr sum = crew.sum(tf, Expr.of(tf, tf.concat(List.copyOf(mine), tf.constant(0))));
    List<Op> assigned = new ArrayList<>();
    long from = 0;
    for (FloatVariable variable : variables) {
      long size = variable.shape().size();
      assigned.add(variable.assign(tf, Sizes.slice(tf, sum, from, size)));
      from += size;
    }
    return tf.withControlDependencies(assigned).noOp();
  }

  /** Rows of this worker where they stand in the whole batch, and zeros for those of others. */
  Expr rowsAmongZeros(Ops tf, StepInputs in, Expr ofBatch) {
    int before = in.firstRow();
    int after = in.batchSize() - before - in.rowsHere();
    Operand<TFloat32> rows = Sizes.slice(tf, ofBatch, before, in.rowsHere());
    return Expr.of(tf, tf.pad(rows, tf.constant(new int[][] {{before, after}}), tf.constant(0f)));
  }

  /**
   * A target that gives variables the values that the first worker has: one after another, so that
   * no second copy of all is needed. Nothing where there is one worker.
   */
  Optional<Op> shared(Ops tf, Iterable<FloatVariable> variables) {
    return crew.map(
        all -> {
          Op last = tf.noOp();
          for (FloatVariable variable : variables) {
            Ops next = tf.withControlDependencies(List.of(last));
            last =
                all.leads()
                    ? all.sent(next, variable.read(next))
                    : variable.assign(next, all.received(next, variable.shape()));
          }
          return last;
        });
  }
}

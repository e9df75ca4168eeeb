package io.github.fdistill.training;

import io.github.fdistill.device.Host;
import io.github.fdistill.device.Sizes;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.workers.Crew;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
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
   * What workers sum.
   *
   * @param variable that becomes the sum
   * @param mine this worker's part of it, [n] as the variable
   * @param rounded whether it is summed in bfloat16
   */
  record Summand(FloatVariable variable, Expr mine, boolean rounded) {
    /** Summed in float32. */
    static Summand exact(FloatVariable variable, Expr mine) {
      return new Summand(variable, mine, false);
    }
  }

  /**
   * A run that makes variables the sums over all workers, by one collective for each precision.
   *
   * @return none where there is one worker
   */
  Optional<Turn.Run> summed(Ops tf, List<Summand> summands) {
    return crew.map(
        all -> {
          List<Op> sums = new ArrayList<>();
          summands.stream()
              .collect(Collectors.partitioningBy(Summand::rounded))
              .forEach((rounded, some) -> sums.addAll(sums(tf, all, some, rounded)));
          return Turn.Run.once(tf.withControlDependencies(sums).noOp(), Map.of());
        });
  }

  private static List<Op> sums(Ops tf, Crew crew, List<Summand> summands, boolean rounded) {
    if (summands.isEmpty()) {
      return List.of();
    }
    List<Expr> mine = summands.stream().map(Summand::mine).toList();
    Expr all = mine.size() == 1 ? mine.get(0) : Expr.concat(0, mine).in(tf);
    Expr sum = rounded ? crew.sums().rounded(tf, all) : crew.sums().of(tf, all);
    List<Op> assigned = new ArrayList<>();
    long from = 0;
    for (Summand summand : summands) {
      FloatVariable variable = summand.variable();
      long size = variable.shape().size();
      Operand<TFloat32> part = mine.size() == 1 ? sum : Sizes.slice(tf, sum, from, size);
      assigned.add(variable.assign(tf, part));
      from += size;
    }
    return assigned;
  }

  /** Rows of this worker where they stand in the whole batch, and zeros for those of others. */
  Expr rowsAmongZeros(Ops tf, StepInputs in, Expr ofBatch) {
    int before = in.firstRow();
    int after = in.batchSize() - before - in.rowsHere();
    Operand<TFloat32> rows = Sizes.slice(tf, ofBatch, before, in.rowsHere());
    Ops host = Host.on(tf); // The op reads both there.
    int[][] zeros = {{before, after}};
    return Expr.of(tf, tf.pad(rows, host.constant(zeros), host.constant(0f)));
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
            Ops next = variable.beside(tf.withControlDependencies(List.of(last)));
            last =
                all.leads()
                    ? all.sums().send(next, variable.read(next))
                    : variable.assign(next, all.sums().receive(next, variable.shape()));
          }
          return last;
        });
  }
}

package io.github.fdistill.optim;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;

/**
 * An exponential moving average of weights w: a <- a + (w - a) (1 - decay_t), with decay_t =
 * min(decay, (1 + t) / (10 + t)) so that early weights are soon forgotten.
 *
 * @param average of the weights' shape; it is to begin as they do
 * @param update target that makes one update
 */
public record WeightAverage(FloatVariable average, Op update) {

  /**
   * Adds the average to the graph.
   *
   * @param name of the average
   * @param after the update of the weights: the average takes them in as they are after it
   * @param t scalar, updates of the average before this one: the step, say. A counter that the same
   *     run changes must be read under a control dependency, or t is now one, now the other
   * @param decay what the average keeps of itself in the long run
   */
  public static WeightAverage build(
      Ops tf, String name, FloatVariable weights, Op after, Expr t, double decay) {
    if (!(0 <= decay && decay < 1)) {
      throw new InputException(
          "weight average",
          "decay is " + decay,
          "0 <= decay < 1",
          "0.999 suits 10,000 steps, 0.9999 suits 100,000");
    }
    FloatVariable average = FloatVariable.create(tf, name, weights.shape());
    Expr steps = t.in(tf);
    Expr decayNow = steps.plus(1).over(steps.plus(10)).min(decay);
    Expr updated = weights.read(tf.withControlDependencies(after)).in(tf);
    Expr taken = updated.minus(average.read(tf)).times(decayNow.negated().plus(1));
    return new WeightAverage(average, average.add(tf, taken));
  }
}

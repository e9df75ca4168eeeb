package io.github.fdistill.optim;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;

/**
 * A moving average of weights w: {@code a <- a + (w - a) taken(t)}, at update t = 0, 1, ...
 *
 * @param average of the weights' shape; it is to begin as they do
 * @param update target that makes one update
 */
public record WeightAverage(FloatVariable average, Op update) {

  /** How much of the weights an update takes in. */
  public sealed interface Profile {
    Expr taken(Expr t);
  }

  /**
   * Exponential: 1 - decay; with a ramp 1 - min(decay, (1 + t) / (10 + t)), so that early weights
   * are soon forgotten.
   *
   * @param decay what the average keeps of itself in the long run
   */
  public record Constant(double decay, boolean ramp) implements Profile {
    public Constant {
      require(
          0 <= decay && decay < 1,
          "decay is " + decay,
          "0 <= decay < 1",
          "0.999 suits 10,000 steps, 0.9999 suits 100,000");
    }

    @Override
    public Expr taken(Expr t) {
      return ramp
          ? t.plus(1).over(t.plus(10)).min(decay).negated().plus(1)
          : Expr.constant(t.tf(), 1 - decay);
    }
  }

  /**
   * A power of the training time, whatever that is: 1 - (1 - 1 / (t + 1))^(gamma + 1), where gamma
   * makes the profile's standard deviation this share of the time so far. Karras et al. 2024
   * (EDM2), Equations 1 and 123: relativeLength^2 = (gamma + 1) / ((gamma + 2)^2 (gamma + 3)).
   *
   * @param relativeLength sigma_rel, below 1 / sqrt(12); 0.05 to 0.15 are usual
   */
  public record Power(double relativeLength) implements Profile {
    public Power {
      require(
          0.001 <= relativeLength && relativeLength < 1 / Math.sqrt(12),
          "the relative length is " + relativeLength,
          "0.001 to 0.288",
          "0.05 to 0.15 are usual");
    }

    @Override
    public Expr taken(Expr t) {
      Expr gone = t.plus(1).reciprocal().negated();
      Expr logKept = Expr.of(t.tf(), t.tf().math.log1p(gone)).times(gamma() + 1);
      return logKept.expMinusOne().negated();
    }

    /** The variance falls as gamma grows: 60 halvings of what is left exhaust float64. */
    double gamma() {
      double low = 0;
      double high = 2 / relativeLength;
      for (int i = 0; i < 60; i++) {
        double gamma = (low + high) / 2;
        double variance = (gamma + 1) / ((gamma + 2) * (gamma + 2) * (gamma + 3));
        if (variance > relativeLength * relativeLength) {
          low = gamma;
        } else {
          high = gamma;
        }
      }
      return (low + high) / 2;
    }
  }

  /**
   * Adds the average to the graph.
   *
   * @param name of the average
   * @param after the update of the weights: the average takes them in as they are after it
   * @param t scalar, updates of the average before this one: the step, say. A counter that the same
   *     run changes must be read under a control dependency, or t is now one, now the other
   */
  public static WeightAverage build(
      Ops tf, String name, FloatVariable weights, Op after, Expr t, Profile profile) {
    FloatVariable average = FloatVariable.create(tf, name, weights.shape());
    Expr updated = weights.read(tf.withControlDependencies(after)).in(tf);
    Expr taken = updated.minus(average.read(tf)).times(profile.taken(t.in(tf)));
    return new WeightAverage(average, average.add(tf, taken));
  }

  private static void require(boolean holds, String found, String needed, String remedy) {
    if (!holds) {
      throw new InputException("weight average", found, needed, remedy);
    }
  }
}

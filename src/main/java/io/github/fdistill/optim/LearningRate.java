package io.github.fdistill.optim;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;

/**
 * The learning rate at step t = 0, 1, ...: peak * warmUp(t) * schedule(t), where warmUp rises in
 * equal parts from 1/warmUpSteps at step 0 to 1.
 *
 * @param peak the highest rate
 * @param warmUpSteps 0: none
 * @param schedule what follows
 */
public record LearningRate(double peak, long warmUpSteps, Schedule schedule) {

  /** A factor of the peak rate as a function of the step. */
  public sealed interface Schedule {
    Expr factor(Expr step);
  }

  /** 1. */
  public record Constant() implements Schedule {
    @Override
    public Expr factor(Expr step) {
      return Expr.constant(step.tf(), 1);
    }
  }

  /**
   * Half a cosine from 1 at step {@code start} to {@code last} at step {@code end}; level outside.
   *
   * @param start usually the end of the warm-up
   * @param last the factor at the end, from 0 to 1
   */
  public record Cosine(long start, long end, double last) implements Schedule {
    public Cosine {
      require(
          0 <= start && start < end,
          "the cosine goes from step " + start + " to " + end,
          "0 <= first step < last step",
          "let it start where the warm-up ends and end with the run");
      require(
          0 <= last && last <= 1,
          "the cosine ends at " + last + " of the peak",
          "a share from 0 to 1",
          "0 is usual");
    }

    @Override
    public Expr factor(Expr step) {
      Expr progress = step.minus(start).over(end - start).clip(0, 1);
      Expr share = progress.times(Math.PI).cos().plus(1).over(2);
      return share.times(1 - last).plus(last);
    }
  }

  /** 1 / sqrt(max(t / reference, 1)). Karras et al. 2024 (EDM2). */
  public record InverseSqrt(long reference) implements Schedule {
    public InverseSqrt {
      require(
          reference > 0,
          "the inverse square root begins at step " + reference,
          "a step above 0",
          "70000 is EDM2's for ImageNet-512");
    }

    @Override
    public Expr factor(Expr step) {
      return step.over(reference).max(1).rsqrt();
    }
  }

  public LearningRate {
    require(
        peak > 0 && Double.isFinite(peak),
        "the rate is " + peak,
        "a number above 0",
        "1e-4 is a common rate");
    require(
        warmUpSteps >= 0,
        "the warm-up takes " + warmUpSteps + " steps",
        "0 or more",
        "0 is no warm-up");
  }

  /**
   * The rate as a scalar of the graph.
   *
   * @param step scalar t, exact up to 2^24
   */
  public Expr at(Expr step) {
    Expr rate = schedule.factor(step).times(peak);
    return warmUpSteps == 0 ? rate : rate.times(step.plus(1).over(warmUpSteps).min(1));
  }

  private static void require(boolean holds, String found, String needed, String remedy) {
    if (!holds) {
      throw new InputException("learning rate", found, needed, remedy);
    }
  }
}

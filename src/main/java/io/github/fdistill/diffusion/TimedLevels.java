package io.github.fdistill.diffusion;

import io.github.fdistill.expr.Expr;

/** A schedule of noise whose times can be drawn: it knows the level of each. */
public sealed interface TimedLevels
    permits NoiseSchedule.Steps, NoiseSchedule.Flow, VariancePreserving {

  /**
   * The levels a share of the way from one level to another, as the schedule's time t goes.
   *
   * @param share [N], from 0, at the lower, to 1, at the higher
   * @param low above 0, below high
   * @param high no more noise than the schedule knows
   * @return sigma, [N]
   */
  Expr levels(Expr share, double low, double high);
}

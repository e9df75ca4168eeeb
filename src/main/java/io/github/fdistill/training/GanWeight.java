package io.github.fdistill.training;

import io.github.fdistill.config.DiscriminatorConfig;
import io.github.fdistill.expr.Expr;
import java.util.Optional;

/**
 * How much the GAN loss counts in the student's: first + (last - first) t, where t is how far the
 * run, or its stage, has come, from 0 to 1.
 *
 * @param first where it begins
 * @param last where it ends
 */
record GanWeight(double first, double last) {

  /** None where there is no GAN loss. */
  static Optional<GanWeight> of(DiscriminatorConfig c) {
    double first = c.getGanWeight();
    return first == 0
        ? Optional.empty()
        : Optional.of(new GanWeight(first, first * c.getGanGrowth()));
  }

  /**
   * The loss as it counts.
   *
   * @param loss scalar
   * @param progress t, scalar
   */
  Expr times(Expr loss, Expr progress) {
    return first == last ? loss.times(first) : loss.times(progress.times(last - first).plus(first));
  }
}

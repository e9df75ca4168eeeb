package io.github.fdistill.training;

import io.github.fdistill.expr.Expr;

/**
 * Steps of a run, that a schedule goes over.
 *
 * @param first from 0
 * @param end after the last
 */
public record Span(long first, long end) {
  /**
   * How far it has come: (step - first) / (end - first), from 0 to 1.
   *
   * @param step of the run, scalar
   */
  Expr progress(Expr step) {
    return step.minus(first).over(end - first).clip(0, 1);
  }
}

package io.github.fdistill.optim;

import io.github.fdistill.expr.Expr;

/**
 * A gradient, of which an update may use a part: what it is clipped by, and whether it counts, is a
 * matter of the whole.
 *
 * @param whole [N]
 * @param used [n], as long as the weights that are updated
 */
public record Gradient(Expr whole, Expr used) {

  /** One that is used whole. */
  public static Gradient of(Expr whole) {
    return new Gradient(whole, whole);
  }
}

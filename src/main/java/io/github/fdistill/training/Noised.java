package io.github.fdistill.training;

import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.expr.Expr;
import org.tensorflow.op.Ops;

/**
 * Images, each with noise at a level of its own.
 *
 * @param x [B,H,W,C]
 * @param sigma [B]
 * @param noisy x + sigma eps, [B,H,W,C]
 */
record Noised(Expr x, Expr sigma, Expr noisy) {

  /**
   * x + sigma eps.
   *
   * @param x [B,H,W,C]
   * @param sigma [B]
   * @param eps N(0, 1), [B,H,W,C]
   */
  static Noised of(Expr x, Expr sigma, Expr eps) {
    return new Noised(x, sigma, x.plus(eps.times(sigma.perImage())));
  }

  /**
   * At levels that are drawn, as the noise is.
   *
   * @param turn whose draws they are, among those of a step
   * @param x [B,H,W,C]
   */
  static Noised drawn(Ops tf, StepInputs in, NoiseConfig noise, String turn, Expr x) {
    Expr sigma = in.levels(tf, noise, turn + "/sigma");
    return of(x, sigma, in.normalImages(tf, turn + "/eps"));
  }
}

package io.github.fdistill.diffusion;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.expr.Expr;

/**
 * Heun's second-order method on dx/dsigma = (x - D(x; sigma)) / sigma (Karras et al. 2022,
 * algorithm 1, deterministic).
 *
 * @param denoiser D
 * @param condition of each image
 */
public record HeunSampler(Denoiser denoiser, Condition condition) {

  /**
   * One step from noise level sigma to a lower one above 0, with two evaluations.
   *
   * @param x [N,H,W,C]
   * @param sigma scalar
   * @param next scalar
   */
  public Expr step(Expr x, Expr sigma, Expr next) {
    Expr slope = slope(x, sigma);
    Expr euler = x.plus(slope.times(next.minus(sigma)));
    Expr mean = slope.plus(slope(euler, next)).times(0.5);
    return x.plus(mean.times(next.minus(sigma)));
  }

  /** The last step, to sigma 0, which is D itself: one evaluation. */
  public Expr last(Expr x, Expr sigma) {
    return denoiser.denoised(x, PerRow.of(x, sigma), condition);
  }

  private Expr slope(Expr x, Expr sigma) {
    return x.minus(denoiser.denoised(x, PerRow.of(x, sigma), condition)).over(sigma);
  }
}

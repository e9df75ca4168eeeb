package io.github.fdistill.diffusion;

import io.github.fdistill.expr.Expr;

/**
 * Variance exploding: alpha = 1, s = sigma, and the network is told t = ln(sigma / 2) (Song et al.
 * 2021; Karras et al. 2022, Table 1).
 */
public record VarianceExploding(double sigmaMin, double sigmaMax) implements NoiseSchedule {

  @Override
  public Expr time(Expr sigma) {
    return sigma.stopGradient().times(0.5).log();
  }
}

package io.github.fdistill.diffusion;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;

/**
 * Variance preserving in continuous time (Song et al. 2021; Karras et al. 2022, Table 1): ln(1 +
 * sigma^2) = beta_d u^2 / 2 + beta_min u, and the network is told t = (steps - 1) u.
 *
 * @param least the least u, above 0; the most is 1
 */
public record VariancePreserving(double betaD, double betaMin, int steps, double least)
    implements NoiseSchedule, TimedLevels {

  public VariancePreserving {
    if (!(betaD > 0 && betaMin >= 0 && steps >= 2 && least > 0 && least < 1)
        || !Double.isFinite(betaD + betaMin)) {
      throw new InputException(
          "noise schedule",
          "beta_d " + betaD + ", beta_min " + betaMin + ", steps " + steps + ", least " + least,
          "beta_d above 0, beta_min 0 or more, 2 steps or more, least between 0 and 1",
          "take the numbers that the network was trained with");
    }
  }

  @Override
  public boolean preservesVariance() {
    return true;
  }

  /**
   * u = 2 L / (sqrt(beta_min^2 + 2 beta_d L) + beta_min), L = ln(1 + sigma^2): the root above 0.
   */
  @Override
  public Expr time(Expr sigma) {
    Expr logs = sigma.stopGradient().square().logOnePlus();
    Expr root = logs.times(2 * betaD).plus(betaMin * betaMin).sqrt().plus(betaMin);
    return logs.times(2.0 * (steps - 1)).over(root);
  }

  /** sigma^2 = exp(beta_d u^2 / 2 + beta_min u) - 1, u linear in the share. */
  @Override
  public Expr levels(Expr share, double low, double high) {
    double first = time(low);
    Expr u = share.times(time(high) - first).plus(first);
    Expr logs = u.times(u.times(betaD / 2).plus(betaMin));
    return Expr.of(u.tf(), u.tf().math.expm1(logs)).sqrt();
  }

  /** u of a level. */
  private double time(double sigma) {
    double logs = Math.log1p(sigma * sigma);
    return 2 * logs / (Math.sqrt(betaMin * betaMin + 2 * betaD * logs) + betaMin);
  }

  @Override
  public double sigmaMin() {
    return sigma(least);
  }

  @Override
  public double sigmaMax() {
    return sigma(1);
  }

  private double sigma(double u) {
    return Math.sqrt(Math.expm1(u * (betaD * u / 2 + betaMin)));
  }
}

package io.github.fdistill.diffusion;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import org.tensorflow.op.Ops;

/**
 * Variance preserving, in steps t = 0, 1, ..., T-1, of which the network is told the one whose
 * sigma is nearest; x_t has the alpha of sigma itself.
 *
 * @param sigmas [T], rising
 */
public record NearestSteps(double[] sigmas) implements NoiseSchedule {

  /**
   * Improved DDPM's levels (Nichol and Dhariwal 2021; Karras et al. 2022, Table 1): u_T = 0,
   * u_{j-1} = sqrt((u_j^2 + 1) / max(a_{j-1} / a_j, c1) - 1), a_j = sin^2(pi/2 j / (T (c2 + 1)));
   * step t is u_{T-1-t}.
   */
  public static NearestSteps improved(int steps, double c1, double c2) {
    if (!(steps >= 2 && steps <= 100_000 && c1 > 0 && c1 < 1 && c2 > 0 && Double.isFinite(c2))) {
      throw new InputException(
          "noise schedule",
          "steps " + steps + ", c1 " + c1 + ", c2 " + c2,
          "2 to 100000 steps, c1 between 0 and 1, c2 above 0",
          "take the numbers that the network was trained with");
    }
    double[] sigmas = new double[steps];
    double u = 0;
    for (int t = 0; t < steps; t++) {
      int j = steps - t; // From u_j to u_{j-1}.
      double ratio = alphaSquared(j - 1, steps, c2) / alphaSquared(j, steps, c2);
      u = Math.sqrt((u * u + 1) / Math.max(ratio, c1) - 1);
      sigmas[t] = u;
    }
    return new NearestSteps(sigmas);
  }

  private static double alphaSquared(int j, int steps, double c2) {
    return Math.pow(Math.sin(Math.PI / 2 * j / (steps * (c2 + 1))), 2);
  }

  @Override
  public boolean preservesVariance() {
    return true;
  }

  /** How many of the middles between two steps are not above sigma. */
  @Override
  public Expr time(Expr sigma) {
    Ops tf = sigma.tf();
    float[] middles = new float[sigmas.length - 1];
    for (int t = 0; t < middles.length; t++) {
      middles[t] = (float) ((sigmas[t] + sigmas[t + 1]) / 2);
    }
    Expr level = sigma.stopGradient().reshape(-1, 1);
    return Expr.cast(tf, tf.math.greaterEqual(level, tf.constant(new float[][] {middles}))).sum(1);
  }

  @Override
  public double sigmaMin() {
    return sigmas[0];
  }

  @Override
  public double sigmaMax() {
    return sigmas[sigmas.length - 1];
  }
}

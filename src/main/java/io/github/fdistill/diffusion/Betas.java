package io.github.fdistill.diffusion;

import io.github.fdistill.InputException;
import java.util.function.IntToDoubleFunction;

/** The usual sequences of betas, as the noise levels sigma_t that they lead to, t = 0 to T-1. */
public final class Betas {
  /** Cosine betas are no larger. Nichol and Dhariwal 2021, section 3.2. */
  private static final double MOST = 0.999;

  private Betas() {}

  /** beta_t from first to last in equal steps. Ho et al. 2020: 1e-4 to 0.02 in 1000. */
  public static double[] linear(int steps, double first, double last) {
    return sigmas(steps, t -> between(first, last, t, steps));
  }

  /** sqrt(beta_t) in equal steps. Rombach et al. 2022: beta from 0.00085 to 0.012 in 1000. */
  public static double[] scaledLinear(int steps, double first, double last) {
    double root = Math.sqrt(first);
    double lastRoot = Math.sqrt(last);
    return sigmas(steps, t -> Math.pow(between(root, lastRoot, t, steps), 2));
  }

  /**
   * beta_t = min(1 - f((t + 1) / T) / f(t / T), 0.999), f(u) = cos^2((u + 0.008) / 1.008 pi/2).
   * Nichol and Dhariwal 2021, Equation 17.
   */
  public static double[] cosine(int steps) {
    return sigmas(
        steps, t -> Math.min(1 - cosine((t + 1.0) / steps) / cosine((double) t / steps), MOST));
  }

  /** beta_t = first + (last - first) / (1 + e^-u), u from -6 to 6 in equal steps. */
  public static double[] sigmoid(int steps, double first, double last) {
    return sigmas(steps, t -> first + (last - first) / (1 + Math.exp(-between(-6, 6, t, steps))));
  }

  /** Betas that a network was trained with, each of them given. */
  public static double[] given(double[] betas) {
    return sigmas(betas.length, t -> betas[t]);
  }

  /**
   * The levels of the same betas moved so that the last step is noise alone: alpha_t becomes
   * (alpha_t - alpha_T-1) alpha_0 / (alpha_0 - alpha_T-1). Lin et al. 2024, Algorithm 1. The last
   * level, which is infinite, is left out.
   */
  public static double[] zeroTerminal(double[] sigmas) {
    int last = sigmas.length - 1;
    require(last >= 2, "steps: " + sigmas.length, "3 or more where the last is noise alone");
    double[] moved = new double[last];
    for (int t = 0; t < last; t++) {
      double alpha =
          (alpha(sigmas[t]) - alpha(sigmas[last]))
              * alpha(sigmas[0])
              / (alpha(sigmas[0]) - alpha(sigmas[last]));
      moved[t] = Math.sqrt(1 / (alpha * alpha) - 1);
    }
    return moved;
  }

  private static double alpha(double sigma) {
    return 1 / Math.sqrt(1 + sigma * sigma);
  }

  private static double cosine(double u) {
    return Math.pow(Math.cos((u + 0.008) / 1.008 * Math.PI / 2), 2);
  }

  private static double between(double first, double last, int t, int steps) {
    return first + (last - first) * t / (steps - 1);
  }

  /** sigma_t^2 = (1 - a_t) / a_t = exp(-ln a_t) - 1, ln a_t the sum of ln(1 - beta_i) up to t. */
  private static double[] sigmas(int steps, IntToDoubleFunction betas) {
    require(steps >= 2, "steps: " + steps, "2 or more, such as 1000");
    double[] sigmas = new double[steps];
    double logAlphaSquared = 0;
    for (int t = 0; t < steps; t++) {
      double beta = betas.applyAsDouble(t);
      require(0 < beta && beta < 1, "beta of step " + t + ": " + beta, "above 0 and below 1");
      logAlphaSquared += Math.log1p(-beta);
      sigmas[t] = Math.sqrt(Math.expm1(-logAlphaSquared));
    }
    return sigmas;
  }

  private static void require(boolean holds, String found, String needed) {
    if (!holds) {
      throw new InputException(
          "noise schedule", found, needed, "take the steps and betas that the network learnt with");
    }
  }
}

package io.github.fdistill.diffusion;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.Noise;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;

/** A distribution of noise levels sigma: the standard deviation of the noise, in data units. */
public sealed interface NoiseLevels {
  /** The curvature of EDM's sampling schedule. Karras et al. 2022, Table 1. */
  double RHO = 7;

  /**
   * Independent noise levels.
   *
   * @param noise where the draws come from
   * @param stream names these draws among those of a step
   * @param shape [1], holding N
   * @return [N]
   */
  Expr sample(Ops tf, Noise noise, String stream, Operand<TInt32> shape);

  /**
   * ln sigma ~ N(mean, std^2), and sigma clipped to [least, most]. Karras et al. 2022, Table 1:
   * mean -1.2, std 1.2, not clipped.
   *
   * @param least 0: any
   * @param most infinite: any
   */
  record LogNormal(double mean, double std, double least, double most) implements NoiseLevels {
    public LogNormal {
      require(
          0 <= least && least < most,
          "they are clipped to sigma " + least + " to " + most,
          "0 <= clip_min < clip_max",
          "leave both out, so that none is clipped");
      require(
          Double.isFinite(mean) && std > 0 && Double.isFinite(std),
          "ln sigma has mean " + mean + " and standard deviation " + std,
          "a number, and one above 0",
          "-1.2 and 1.2 are EDM's");
    }

    @Override
    public Expr sample(Ops tf, Noise noise, String stream, Operand<TInt32> shape) {
      Expr sigma = noise.normal(tf, stream, shape).times(std).plus(mean).exp();
      boolean clipped = least > 0 || most < Double.POSITIVE_INFINITY;
      return clipped ? sigma.clip(least, most) : sigma;
    }
  }

  /**
   * One of the levels sigma_i = (sigmaMax^(1/rho) + i/999 (sigmaMin^(1/rho) -
   * sigmaMax^(1/rho)))^rho, i = highestLeftOut, ..., 997 with equal probability: 1000 levels spaced
   * as {@link #heun} spaces its steps, without the two lowest and so many of the highest.
   *
   * @param highestLeftOut 0 to 997; 2 is usual
   */
  record Polynomial(double sigmaMin, double sigmaMax, double rho, int highestLeftOut)
      implements NoiseLevels {
    private static final int LEVELS = 1000;
    private static final int LOWEST_LEFT_OUT = 2;

    public Polynomial {
      requireRange(sigmaMin, sigmaMax);
      requireRho(rho);
      require(
          0 <= highestLeftOut && highestLeftOut < LEVELS - LOWEST_LEFT_OUT,
          highestLeftOut + " of the highest levels are left out",
          "0 to " + (LEVELS - LOWEST_LEFT_OUT - 1),
          "2 is usual");
    }

    @Override
    public Expr sample(Ops tf, Noise noise, String stream, Operand<TInt32> shape) {
      Expr u = noise.uniform(tf, stream, shape);
      int count = LEVELS - LOWEST_LEFT_OUT - highestLeftOut;
      Expr i = u.times(count).floor().plus(highestLeftOut);
      double first = Math.pow(sigmaMax, 1 / rho);
      double last = Math.pow(sigmaMin, 1 / rho);
      return i.over(LEVELS - 1).times(last - first).plus(first).power(rho);
    }
  }

  /** ln sigma uniform between ln sigmaMin and ln sigmaMax. */
  record LogUniform(double sigmaMin, double sigmaMax) implements NoiseLevels {
    public LogUniform {
      requireRange(sigmaMin, sigmaMax);
    }

    @Override
    public Expr sample(Ops tf, Noise noise, String stream, Operand<TInt32> shape) {
      Expr u = noise.uniform(tf, stream, shape);
      return u.times(Math.log(sigmaMax / sigmaMin)).plus(Math.log(sigmaMin)).exp();
    }
  }

  /** sigma uniform between sigmaMin and sigmaMax. */
  record Uniform(double sigmaMin, double sigmaMax) implements NoiseLevels {
    public Uniform {
      requireRange(sigmaMin, sigmaMax);
    }

    @Override
    public Expr sample(Ops tf, Noise noise, String stream, Operand<TInt32> shape) {
      return noise.uniform(tf, stream, shape).times(sigmaMax - sigmaMin).plus(sigmaMin);
    }
  }

  /**
   * Levels by the time of a schedule: a share u of the way from the time of sigmaMin to that of
   * sigmaMax, moved towards noise to k u / (1 + (k - 1) u) for a shift k (Esser et al. 2024,
   * Section 5.3.2).
   *
   * @param share how u is drawn
   * @param shift k, above 0; 1 leaves u as it is
   */
  record OfTime(
      TimedLevels schedule, double sigmaMin, double sigmaMax, TimeShare share, double shift)
      implements NoiseLevels {
    public OfTime {
      requireRange(sigmaMin, sigmaMax);
      require(
          shift > 0 && Double.isFinite(shift),
          "times are shifted by " + shift,
          "a number above 0",
          "1 leaves them as they are");
    }

    @Override
    public Expr sample(Ops tf, Noise noise, String stream, Operand<TInt32> shape) {
      Expr u = share.sample(tf, noise, stream, shape);
      Expr moved = u.times(shift).over(u.times(shift - 1).plus(1));
      return schedule.levels(moved, sigmaMin, sigmaMax);
    }
  }

  /** How a share of the way, from 0 to 1, is drawn. */
  sealed interface TimeShare {
    /** Independent shares, [N]; see {@link NoiseLevels#sample}. */
    Expr sample(Ops tf, Noise noise, String stream, Operand<TInt32> shape);

    /** Every one alike. */
    record Even() implements TimeShare {
      @Override
      public Expr sample(Ops tf, Noise noise, String stream, Operand<TInt32> shape) {
        return noise.uniform(tf, stream, shape);
      }
    }

    /** ln(u / (1 - u)) ~ N(mean, std^2). Esser et al. 2024, Section 3.1: mean 0, std 1. */
    record LogitNormal(double mean, double std) implements TimeShare {
      public LogitNormal {
        require(
            Double.isFinite(mean) && std > 0 && Double.isFinite(std),
            "the logit of t has mean " + mean + " and standard deviation " + std,
            "a number, and one above 0",
            "0 and 1 are usual");
      }

      @Override
      public Expr sample(Ops tf, Noise noise, String stream, Operand<TInt32> shape) {
        return noise.normal(tf, stream, shape).times(std).plus(mean).sigmoid();
      }
    }
  }

  /**
   * The noise levels that a sampler of so many steps passes: from sigmaMax to sigmaMin, their
   * rho-th roots equally spaced, then 0. Karras et al. 2022, Equation 5.
   *
   * @return steps + 1 levels, falling
   */
  static double[] heun(int steps, double sigmaMin, double sigmaMax, double rho) {
    require(steps >= 1, steps + " sampling steps", "at least 1", "18 is EDM's for small images");
    requireRange(sigmaMin, sigmaMax);
    requireRho(rho);
    double first = Math.pow(sigmaMax, 1 / rho);
    double last = Math.pow(sigmaMin, 1 / rho);
    double[] levels = new double[steps + 1];
    levels[0] = sigmaMax;
    for (int i = 1; i < steps; i++) {
      levels[i] = Math.pow(first + (double) i / (steps - 1) * (last - first), rho);
    }
    return levels;
  }

  private static void requireRange(double sigmaMin, double sigmaMax) {
    require(
        0 < sigmaMin && sigmaMin < sigmaMax && Double.isFinite(sigmaMax),
        "they go from sigma " + sigmaMin + " to " + sigmaMax,
        "0 < sigma_min < sigma_max",
        "0.002 and 80 are EDM's");
  }

  private static void requireRho(double rho) {
    require(rho >= 1 && rho <= 100, "rho is " + rho, "a number from 1 to 100", "7 is EDM's");
  }

  private static void require(boolean holds, String found, String needed, String remedy) {
    if (!holds) {
      throw new InputException("noise levels", found, needed, remedy);
    }
  }
}

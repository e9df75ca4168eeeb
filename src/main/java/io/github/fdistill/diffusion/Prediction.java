package io.github.fdistill.diffusion;

import io.github.fdistill.expr.Expr;

/** What a network F says of noisy data x_t = alpha x0 + s eps, and D, the estimate of x0, in it. */
public enum Prediction {
  /** F = x0, and so D = F. */
  DENOISED {
    @Override
    Expr denoised(Expr x, Expr f, Expr sigma, NoiseSchedule schedule) {
      return f;
    }
  },

  /** F = eps, and so D = x_t / alpha - sigma F. */
  EPSILON {
    @Override
    Expr denoised(Expr x, Expr f, Expr sigma, NoiseSchedule schedule) {
      return x.minus(f.times(sigma));
    }
  },

  /**
   * F = s grad log p(x_t), which is the noise negated (Song et al. 2021), and so D = x_t / alpha +
   * sigma F.
   */
  SCORE {
    @Override
    Expr denoised(Expr x, Expr f, Expr sigma, NoiseSchedule schedule) {
      return x.plus(f.times(sigma));
    }
  },

  /**
   * F = alpha eps - s x0 where alpha^2 + s^2 = 1 (Salimans and Ho 2022), and so D = alpha x_t - s
   * F.
   */
  V {
    @Override
    Expr denoised(Expr x, Expr f, Expr sigma, NoiseSchedule schedule) {
      return x.times(schedule.alpha(sigma).square()).minus(f.times(schedule.s(sigma)));
    }
  },

  /**
   * F = d x_t / dt of a rectified flow: eps - x0 where t goes from data to noise, and so D = x_t -
   * s F; x0 - eps where it goes from noise to data, and so D = x_t + s F.
   */
  VELOCITY {
    @Override
    Expr denoised(Expr x, Expr f, Expr sigma, NoiseSchedule schedule) {
      boolean fromNoise = schedule instanceof NoiseSchedule.Flow flow && flow.fromNoise();
      Expr way = f.times(schedule.s(sigma));
      Expr noisy = x.times(schedule.alpha(sigma));
      return fromNoise ? noisy.plus(way) : noisy.minus(way);
    }
  };

  /**
   * D, in the network's data units.
   *
   * @param x x_t / alpha, [N,H,W,C]
   * @param f what the network says, [N,H,W,C]
   * @param sigma [N,1,1,1]
   */
  abstract Expr denoised(Expr x, Expr f, Expr sigma, NoiseSchedule schedule);

  /** Whether it is defined on such noisy data. */
  boolean fits(NoiseSchedule schedule) {
    return switch (this) {
      case DENOISED, EPSILON, SCORE -> true;
      case V -> schedule.preservesVariance();
      case VELOCITY -> schedule instanceof NoiseSchedule.Flow;
    };
  }
}

package io.github.fdistill.divergence;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;

/**
 * An f-divergence D_f(p || q) = E_q[f(p/q)], p the teacher's and q the student's density: f is
 * convex with f(1) = 0. Its gradient weighs the score difference of each sample by
 *
 * <p>h(r) = r^2 f''(r), r = p/q.
 *
 * <p>Mode-seeking divergences weigh samples where the teacher has little mass as much as others or
 * more; h of mass-covering ones grows with r. A constant factor of h cancels when h is divided by
 * its mean. Xu, Nie, Vahdat 2025 (arXiv 2502.15681), Table 1.
 */
public sealed interface FDivergence {

  /** h(r) = r^2 f''(r), element by element; r positive. */
  Expr weight(Expr r);

  /** f(r) in double precision, r positive. */
  double f(double r);

  /** The divergences without a parameter. */
  enum Named implements FDivergence {
    /** f = -log r, h = 1: variational score distillation and DMD. Mode-seeking. */
    REVERSE_KL {
      @Override
      public Expr weight(Expr r) {
        return Expr.of(r.tf(), r.tf().onesLike(r)).stopGradient();
      }

      @Override
      public double f(double r) {
        return -Math.log(r);
      }
    },

    /** f = (r + 1) log(1/2 + 1/(2r)), h = 1/(r + 1). Mode-seeking. */
    SOFTENED_REVERSE_KL {
      @Override
      public Expr weight(Expr r) {
        return r.plus(1).reciprocal();
      }

      @Override
      public double f(double r) {
        return (r + 1) * Math.log(0.5 + 0.5 / r);
      }
    },

    /** f = r log r - (r + 1) log((r + 1)/2), h = r/(r + 1). Between the two; h saturates. */
    JENSEN_SHANNON {
      @Override
      public Expr weight(Expr r) {
        return r.over(r.plus(1));
      }

      @Override
      public double f(double r) {
        return r * Math.log(r) - (r + 1) * Math.log((r + 1) / 2);
      }
    },

    /** f = 1 - sqrt r, h = sqrt(r)/4. Between the two. */
    SQUARED_HELLINGER {
      @Override
      public Expr weight(Expr r) {
        return r.sqrt().over(4);
      }

      @Override
      public double f(double r) {
        return 1 - Math.sqrt(r);
      }
    },

    /** f = r log r, h = r. Mass-covering; h varies most where r does. */
    FORWARD_KL {
      @Override
      public Expr weight(Expr r) {
        return r;
      }

      @Override
      public double f(double r) {
        return r * Math.log(r);
      }
    },

    /** f = (r - 1) log r, h = r + 1: forward and reverse KL together. Mass-covering. */
    JEFFREYS {
      @Override
      public Expr weight(Expr r) {
        return r.plus(1);
      }

      @Override
      public double f(double r) {
        return (r - 1) * Math.log(r);
      }
    },

    /** f = (1 - r)^2 / r, h = 2/r. Mode-seeking, more than reverse KL. */
    NEYMAN_CHI2 {
      @Override
      public Expr weight(Expr r) {
        return r.reciprocal().times(2);
      }

      @Override
      public double f(double r) {
        return (1 - r) * (1 - r) / r;
      }
    }
  }

  /**
   * The alpha family: f = (r^a - a r - (1 - a)) / (a (a - 1)) and its limits r - 1 - log r at 0, r
   * log r - r + 1 at 1; h = r^a. Up to a factor, a = -1 is Neyman's chi^2, 0 reverse KL, 1/2
   * squared Hellinger, 1 forward KL, 2 Pearson's chi^2.
   *
   * @param a from -8 to 8; r^a, squared and summed, stays within float32 where the bounds of the
   *     ratio are those of default
   */
  record Alpha(double a) implements FDivergence {
    private static final double LIMIT = 8;

    public Alpha {
      if (!(Math.abs(a) <= LIMIT)) {
        throw new InputException(
            "alpha divergence",
            "alpha is " + a,
            "a number from -8 to 8",
            "give -1 (Neyman's chi^2) to 2 (Pearson's chi^2); further out, single samples decide");
      }
    }

    @Override
    public Expr weight(Expr r) {
      return r.power(a);
    }

    @Override
    public double f(double r) {
      if (a == 0) {
        return r - 1 - Math.log(r);
      }
      if (a == 1) {
        return r * Math.log(r) - r + 1;
      }
      return (Math.pow(r, a) - a * r - (1 - a)) / (a * (a - 1));
    }
  }

  static FDivergence alpha(double a) {
    return new Alpha(a);
  }
}

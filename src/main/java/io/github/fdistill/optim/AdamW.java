package io.github.fdistill.optim;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;

/**
 * AdamW on one flat vector of weights w, with gradient g and learning rate eta, as PyTorch computes
 * it; update t = 1, 2, ...:
 *
 * <pre>{@code
 * g <- 0 where g is not finite                    where that is asked for
 * g <- g min(1, clipNorm / (|g| + 1e-6))           where clipNorm is not 0
 * w <- w (1 - eta weightDecay)
 * m <- beta1 m + (1 - beta1) g                     mHat = m / (1 - beta1^t)
 * v <- beta2 v + (1 - beta2) g^2                   vHat = v / (1 - beta2^t)
 * w <- w - eta mHat / (sqrt(vHat) + epsilon)
 * }</pre>
 *
 * A gradient whose norm is not finite changes nothing but the count of skipped updates (a negative
 * zero may lose its sign), unless its elements that are not finite count as 0. Loshchilov and
 * Hutter 2019, Algorithm 2.
 *
 * @param m first moment, of the weights' shape; this and the other state begins as zeros
 * @param v second moment
 * @param updates scalar, updates made
 * @param skipped scalar, updates skipped
 * @param update target that makes one update
 * @param gradientNorm |g| before clipping, scalar
 * @param finite 1 where the update is made, 0 where it is skipped; scalar
 */
public record AdamW(
    FloatVariable m,
    FloatVariable v,
    FloatVariable updates,
    FloatVariable skipped,
    Op update,
    Expr gradientNorm,
    Expr finite) {

  /** How the names of its variables end, after a slash: what a checkpoint holds beside weights. */
  public static final List<String> STATE = List.of("m", "v", "updates", "skipped");

  /**
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param epsilon keeps the divisor from 0
   * @param weightDecay share of a weight, times the learning rate, that an update takes away
   * @param clipNorm the gradient is shortened to this norm; 0: never
   * @param nonFiniteAsZero whether an element of the gradient that is NaN or infinite counts as 0
   */
  public record Settings(
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      double clipNorm,
      boolean nonFiniteAsZero) {
    public Settings {
      require(0 <= beta1 && beta1 < 1, "beta1 is " + beta1, "0 <= beta1 < 1");
      require(0 <= beta2 && beta2 < 1, "beta2 is " + beta2, "0 <= beta2 < 1");
      require(epsilon > 0 && epsilon < 1, "epsilon is " + epsilon, "0 < epsilon < 1");
      require(
          weightDecay >= 0 && Double.isFinite(weightDecay),
          "weight_decay is " + weightDecay,
          "0 or more");
      require(clipNorm >= 0 && Double.isFinite(clipNorm), "clip_norm is " + clipNorm, "0 or more");
    }

    private static void require(boolean holds, String found, String needed) {
      if (!holds) {
        throw new InputException(
            "AdamW",
            found,
            needed,
            "beta1 0.9, beta2 0.999, epsilon 1e-8, weight_decay 0.01, clip_norm 0 are usual");
      }
    }
  }

  /**
   * Adds the update to the graph. Every read of the weights that {@code gradient} depends on comes
   * before it; other reads in the same run need a control dependency on {@code update} to come
   * after.
   *
   * @param name prefix of the state's names
   * @param weights changed by the update
   * @param gradient of the weights' shape
   * @param learningRate scalar
   */
  public static AdamW build(
      Ops tf,
      String name,
      FloatVariable weights,
      Expr gradient,
      Expr learningRate,
      Settings settings) {
    Expr all = Expr.constant(tf, 1);
    return build(tf, name, weights, gradient, learningRate, settings, all);
  }

  /**
   * The same where not every weight decays.
   *
   * @param decaying 1 where a weight decays and 0 where it does not; of the weights' shape, or a
   *     scalar
   */
  public static AdamW build(
      Ops tf,
      String name,
      FloatVariable weights,
      Expr gradient,
      Expr learningRate,
      Settings settings,
      Expr decaying) {
    FloatVariable m = FloatVariable.create(tf, name + "/" + STATE.get(0), weights.shape());
    FloatVariable v = FloatVariable.create(tf, name + "/" + STATE.get(1), weights.shape());
    FloatVariable updates = FloatVariable.scalar(tf, name + "/" + STATE.get(2));
    FloatVariable skipped = FloatVariable.scalar(tf, name + "/" + STATE.get(3));
    Expr zero = Expr.constant(tf, 0);
    Expr one = Expr.constant(tf, 1);

    // L2Loss is |g|^2 / 2 without a vector of squares. Where a g^2 would overflow, so does it.
    Expr found =
        settings.nonFiniteAsZero()
            ? gradient.in(tf).orElse(tf.math.isFinite(gradient), zero)
            : gradient;
    Expr norm = Expr.of(tf, tf.nn.l2Loss(found)).times(2).sqrt();
    Operand<TBool> finite = tf.math.isFinite(norm);

    // A skipped update: g = 0, eta = 0, betas 1. Selected, not multiplied: 0 * NaN is NaN.
    Expr g = clipped(found.in(tf), norm, settings.clipNorm()).orElse(finite, zero);
    Expr eta = learningRate.in(tf).orElse(finite, zero);
    Expr beta1 = Expr.constant(tf, settings.beta1()).orElse(finite, one);
    Expr beta2 = Expr.constant(tf, settings.beta2()).orElse(finite, one);

    // The moments hold these shares of their expectation; t counts this update.
    Expr t = updates.read(tf).plus(1);
    Expr share1 = oneMinusPower(settings.beta1(), t);
    Expr share2 = oneMinusPower(settings.beta2(), t);

    Ops afterDecay = tf;
    if (settings.weightDecay() > 0) {
      Expr kept = one.minus(eta.times(settings.weightDecay()).times(decaying));
      afterDecay = tf.withControlDependencies(weights.assign(tf, weights.read(tf).times(kept)));
    }

    // eta mHat / (sqrt(vHat) + epsilon), multiplied through by sqrt(share2), is the form of the
    // fused op; its own bias correction is off (beta powers 0), being in the rate already.
    Op applied =
        afterDecay.train.resourceApplyAdam(
            weights.handle(),
            m.handle(),
            v.handle(),
            zero,
            zero,
            eta.times(share2.sqrt()).over(share1),
            beta1,
            beta2,
            share2.sqrt().times(settings.epsilon()),
            g);

    Expr made = Expr.cast(tf, finite);
    Ops after = tf.withControlDependencies(applied);
    Op counted = updates.add(after, made);
    Op countedSkip = skipped.add(after, one.minus(made));
    Op update = tf.withControlDependencies(List.of(counted, countedSkip)).noOp();
    return new AdamW(m, v, updates, skipped, update, norm, made);
  }

  /** A number for each weight. */
  public List<FloatVariable> moments() {
    return List.of(m, v);
  }

  /** One number each. */
  public List<FloatVariable> counts() {
    return List.of(updates, skipped);
  }

  private static Expr clipped(Expr gradient, Expr norm, double clipNorm) {
    if (clipNorm == 0) {
      return gradient;
    }
    return gradient.times(norm.plus(1e-6).reciprocal().times(clipNorm).min(1));
  }

  /** 1 - beta^t = -(exp(t ln beta) - 1), for the beta that the float32 op sees. */
  private static Expr oneMinusPower(double beta, Expr t) {
    return t.times(Math.log((float) beta)).expMinusOne().negated();
  }
}

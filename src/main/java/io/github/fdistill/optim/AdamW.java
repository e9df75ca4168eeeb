package io.github.fdistill.optim;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import java.util.List;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;

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
 */
public record AdamW(
    FloatVariable m,
    FloatVariable v,
    FloatVariable updates,
    FloatVariable skipped,
    Op update,
    Expr gradientNorm)
    implements Optimiser {

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
      require(isBeta(beta1), "beta1 is " + beta1, "0 <= beta1 < 1, in float32 too");
      require(isBeta(beta2), "beta2 is " + beta2, "0 <= beta2 < 1, in float32 too");
      require(epsilon > 0 && epsilon < 1, "epsilon is " + epsilon, "0 < epsilon < 1");
      require(
          weightDecay >= 0 && Double.isFinite(weightDecay),
          "weight_decay is " + weightDecay,
          "0 or more");
      require(clipNorm >= 0 && Double.isFinite(clipNorm), "clip_norm is " + clipNorm, "0 or more");
    }

    /** Of 1 in float32 a moment would stay 0, and an update be 0/0. */
    static boolean isBeta(double beta) {
      return 0 <= beta && (float) beta < 1;
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
   * @param tf held on the host where the state is to lie there, and the update to be computed: the
   *     weights lie there too then, and of the gradient, which may be elsewhere, the norm is
   *     computed where it is
   * @param name prefix of the state's names
   * @param weights changed by the update: all of a network's, or a part of them
   * @param gradient of all weights, and of these
   * @param learningRate scalar
   * @param decaying 1 where a weight decays and 0 where it does not; of the weights' shape, or a
   *     scalar
   */
  public static AdamW build(
      Ops tf,
      String name,
      FloatVariable weights,
      Gradient gradient,
      Expr learningRate,
      Settings settings,
      Expr decaying) {
    FloatVariable m = FloatVariable.create(tf, name + "/m", weights.shape());
    FloatVariable v = FloatVariable.create(tf, name + "/v", weights.shape());
    FloatVariable updates = FloatVariable.scalar(tf, name + "/updates");
    FloatVariable skipped = FloatVariable.scalar(tf, name + "/skipped");
    Expr whole = UpdateNumbers.counting(gradient.whole(), settings);
    UpdateNumbers now =
        UpdateNumbers.of(tf, gradient.whole(), whole, learningRate, updates, settings);
    Expr g =
        now.used(
            tf,
            gradient.used() == gradient.whole()
                ? whole
                : UpdateNumbers.counting(gradient.used(), settings));

    Ops afterDecay = tf;
    if (settings.weightDecay() > 0) {
      Expr kept =
          Expr.constant(tf, 1).minus(now.eta().times(settings.weightDecay()).times(decaying));
      afterDecay = tf.withControlDependencies(weights.assign(tf, weights.read(tf).times(kept)));
    }

    // The fused op's own bias correction is off (beta powers 0), being in the rate already.
    Expr zero = Expr.constant(tf, 0);
    Op applied =
        afterDecay.train.resourceApplyAdam(
            weights.handle(),
            m.handle(),
            v.handle(),
            zero,
            zero,
            now.rate(),
            now.beta1(),
            now.beta2(),
            now.epsilon(),
            g);

    Op update = now.counted(tf, applied, updates, skipped);
    return new AdamW(m, v, updates, skipped, update, now.told());
  }

  /** A number for each weight. */
  @Override
  public List<FloatVariable> moments() {
    return List.of(m, v);
  }

  @Override
  public List<FloatVariable> counts() {
    return List.of(updates, skipped);
  }
}

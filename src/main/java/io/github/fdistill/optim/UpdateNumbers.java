package io.github.fdistill.optim;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;

/**
 * The scalars that an update of {@link AdamW} has for all weights. Those of a skipped update change
 * nothing: no gradient, a rate of 0, betas of 1.
 *
 * @param norm |g| before clipping, of what counts
 * @param told the same to be told: no number where the gradient has one that is none, whatever that
 *     counts as
 * @param finite whether the update is made
 * @param eta the learning rate
 * @param beta1 what the first moment keeps of itself
 * @param beta2 what the second moment keeps of itself
 * @param rate eta sqrt(1 - beta2^t) / (1 - beta1^t): with {@code epsilon}, eta mHat / (sqrt(vHat) +
 *     epsilon) is rate m / (sqrt(v) + epsilon)
 * @param epsilon that of the settings, times sqrt(1 - beta2^t)
 */
record UpdateNumbers(
    AdamW.Settings settings,
    Expr norm,
    Expr told,
    Operand<TBool> finite,
    Expr eta,
    Expr beta1,
    Expr beta2,
    Expr rate,
    Expr epsilon) {

  /**
   * @param gradient whose norm is computed where it is
   * @param counting the same as it counts
   * @param updates made before this one
   */
  static UpdateNumbers of(
      Ops tf,
      Expr gradient,
      Expr counting,
      Expr learningRate,
      FloatVariable updates,
      AdamW.Settings settings) {
    Expr zero = Expr.constant(tf, 0);
    Expr one = Expr.constant(tf, 1);
    Expr norm = norm(tf, counting);
    Expr told = settings.nonFiniteAsZero() ? norm(tf, gradient) : norm;
    // Selected, not multiplied: 0 * NaN is NaN.
    Operand<TBool> finite = tf.math.isFinite(norm);
    Expr eta = learningRate.in(tf).when(finite, zero);
    Expr beta1 = Expr.constant(tf, settings.beta1()).when(finite, one);
    Expr beta2 = Expr.constant(tf, settings.beta2()).when(finite, one);

    // The moments hold these shares of their expectation; t counts this update.
    Expr t = updates.read(tf).plus(1);
    Expr share1 = oneMinusPower(settings.beta1(), t);
    Expr share2 = oneMinusPower(settings.beta2(), t);
    Expr rate = eta.times(share2.sqrt()).over(share1);
    Expr epsilon = share2.sqrt().times(settings.epsilon());
    return new UpdateNumbers(settings, norm, told, finite, eta, beta1, beta2, rate, epsilon);
  }

  /** L2Loss is |g|^2 / 2 without a vector of squares. Where a g^2 would overflow, so does it. */
  private static Expr norm(Ops tf, Expr gradient) {
    return Expr.of(tf, gradient.tf().nn.l2Loss(gradient)).times(2).sqrt();
  }

  /** A gradient, or a piece of it, with what is to count as 0; computed where it is. */
  static Expr counting(Expr gradient, AdamW.Settings settings) {
    Ops tf = gradient.tf();
    return settings.nonFiniteAsZero()
        ? gradient.when(tf.math.isFinite(gradient), Expr.constant(tf, 0))
        : gradient;
  }

  /**
   * A gradient as it counts, or a piece of it, as it is used: clipped, or 0 of a skipped update.
   */
  Expr used(Ops tf, Expr gradient) {
    return clipped(gradient.in(tf)).when(finite, Expr.constant(tf, 0));
  }

  private Expr clipped(Expr gradient) {
    double clipNorm = settings.clipNorm();
    return clipNorm == 0
        ? gradient
        : gradient.times(norm.plus(1e-6).reciprocal().times(clipNorm).min(1));
  }

  /**
   * Counts the update, or that it was skipped.
   *
   * @param after the update
   */
  Op counted(Ops tf, Op after, FloatVariable updates, FloatVariable skipped) {
    Expr made = Expr.cast(tf, finite);
    Ops then = tf.withControlDependencies(after);
    Op counted = updates.add(then, made);
    Op countedSkip = skipped.add(then, Expr.constant(tf, 1).minus(made));
    return tf.withControlDependencies(List.of(counted, countedSkip)).noOp();
  }

  /** 1 - beta^t = -(exp(t ln beta) - 1), for the beta that the float32 op sees. */
  private static Expr oneMinusPower(double beta, Expr t) {
    return t.times(Math.log((float) beta)).expMinusOne().negated();
  }
}

package io.github.fdistill.diffusion;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.expr.Expr;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;

/**
 * A one-step student: G(z, condition) = D(sigma z; sigma, condition), one evaluation of a denoiser
 * from a constant noise level.
 *
 * @param noise [H,W,C], of its images
 */
public record OneStep(Denoiser denoiser, double sigma, Shape noise) implements Generator {

  @Override
  public Expr sample(Expr z, Condition condition) {
    return from(z.times(sigma), condition);
  }

  /** D of noisy images of the level, [N,H,W,C]. */
  Expr from(Expr noisy, Condition condition) {
    Ops tf = noisy.tf();
    Operand<TInt32> rows = tf.shape.size(tf.shape(noisy), tf.constant(0));
    Expr level =
        Expr.of(
            tf, tf.fill(tf.reshape(rows, tf.constant(new int[] {1})), tf.constant((float) sigma)));
    return denoiser.denoised(noisy, level, condition);
  }
}

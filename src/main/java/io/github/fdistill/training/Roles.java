package io.github.fdistill.training;

import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.expr.Expr;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;

/**
 * The four networks of a distillation.
 *
 * @param teacher frozen; differentiated through
 * @param guidedTeacher the teacher with guidance; the teacher itself where there is none
 * @param fakeScore the score of the student's samples
 * @param student one-step: G(z, label) = D(sigma z; sigma, label)
 * @param discriminator logits of teacher against student
 */
record Roles(
    Denoiser teacher,
    Denoiser guidedTeacher,
    Denoiser fakeScore,
    OneStep student,
    Discriminator discriminator) {

  /** A denoiser that makes an image of noise in one evaluation, from a constant noise level. */
  record OneStep(Denoiser denoiser, double sigma) {

    /**
     * @param z [B,H,W,C], N(0, 1)
     */
    Expr sample(Expr z, Operand<TInt32> label) {
      Ops tf = z.tf();
      Operand<TInt32> rows = tf.shape(label);
      Expr level = Expr.of(tf, tf.fill(rows, tf.constant((float) sigma)));
      return denoiser.denoised(z.times(sigma), level, label);
    }
  }

  /** What tells real images from the student's, by features of a denoiser. */
  @FunctionalInterface
  interface Discriminator {

    /**
     * @param xNoisy what the denoiser saw
     * @param pass what it made of it
     * @return logits [N], high for what looks like the teacher's
     */
    Expr logits(Expr xNoisy, Denoiser.Pass pass);
  }
}

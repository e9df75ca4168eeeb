package io.github.fdistill.diffusion;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.expr.Expr;
import org.tensorflow.ndarray.Shape;

/**
 * A one-step student: G(z, condition) = D(sigma z; sigma, condition), one evaluation of a denoiser
 * from a constant noise level.
 *
 * @param image [H,W,C]
 */
public record OneStep(Denoiser denoiser, double sigma, Shape image) implements Generator {

  /** That of its images. */
  @Override
  public Shape noise() {
    return image;
  }

  @Override
  public Expr sample(Expr z, Condition condition) {
    return from(z.times(sigma), condition);
  }

  /** D of noisy images of the level, [N,H,W,C]. */
  Expr from(Expr noisy, Condition condition) {
    return denoiser.denoised(noisy, PerRow.of(noisy, sigma), condition);
  }
}

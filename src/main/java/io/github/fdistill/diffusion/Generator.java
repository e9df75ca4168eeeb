package io.github.fdistill.diffusion;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.expr.Expr;
import org.tensorflow.ndarray.Shape;

/** G(z, condition): images of noise in one evaluation. */
public interface Generator {

  /**
   * @param z N(0, 1), [N] and {@link #noise}
   * @param condition what the images are of, a row for each
   * @return images [N,H,W,C], data units
   */
  Expr sample(Expr z, Condition condition);

  /** The static shape [h,w,c] of its noise for an image. */
  Shape noise();
}

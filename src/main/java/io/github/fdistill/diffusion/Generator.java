package io.github.fdistill.diffusion;

import io.github.fdistill.expr.Expr;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TInt32;

/** G(z, label): images of noise in one evaluation. */
public interface Generator {

  /**
   * @param z N(0, 1), [N] and {@link #noise}
   * @param label [N]; unused when unconditional
   * @return images [N,H,W,C], data units
   */
  Expr sample(Expr z, Operand<TInt32> label);

  /** The static shape [h,w,c] of its noise for an image. */
  Shape noise();
}

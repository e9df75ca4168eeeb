package io.github.fdistill.diffusion;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.expr.Expr;
import java.util.List;
import org.tensorflow.ndarray.Shape;

/** G(z, condition): images of noise, in one evaluation of a network or a few. */
public interface Generator {

  /**
   * G(z, condition).
   *
   * @param z N(0, 1), [N] and {@link #noise}
   * @param condition what the images are of, a row for each
   * @return images [N,H,W,C], data units
   */
  Expr sample(Expr z, Condition condition);

  /** The images after each of its evaluations, of which {@link #sample} gives the last. */
  default List<Expr> samples(Expr z, Condition condition) {
    return List.of(sample(z, condition));
  }

  /** The static shape [h,w,c] of its noise for an image. */
  Shape noise();
}

package io.github.fdistill.diffusion;

import io.github.fdistill.expr.Expr;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** A scalar, once for each row of a batch: [N]. */
final class PerRow {
  private PerRow() {}

  /**
   * A number that the graph has, for each row.
   *
   * @param x [N,...], whose rows are counted
   */
  static Expr of(Expr x, Operand<TFloat32> scalar) {
    return Expr.of(x.tf(), x.tf().fill(count(x), scalar));
  }

  /**
   * A number for each row.
   *
   * @param x [N,...], whose rows are counted
   */
  static Expr of(Expr x, double scalar) {
    Operand<TInt32> count = count(x);
    return Expr.of(x.tf(), x.tf().fill(count, x.tf().constant((float) scalar)));
  }

  private static Operand<TInt32> count(Expr x) {
    Ops tf = x.tf();
    Operand<TInt32> rows = tf.shape.size(tf.shape(x), tf.constant(0));
    return tf.reshape(rows, tf.constant(new int[] {1}));
  }
}

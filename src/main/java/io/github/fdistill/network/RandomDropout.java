package io.github.fdistill.network;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.Noise;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt64;

/** Dropout (Srivastava et al. 2014), each layer and row with its own draws of the step. */
final class RandomDropout implements UNet.Dropout {
  private final double rate;
  private final Noise noise;
  private final Operand<TInt64> firstRow;
  private int layers;

  /**
   * @param firstRow scalar, the number of the first row in its batch
   */
  RandomDropout(double rate, Noise noise, Operand<TInt64> firstRow) {
    this.rate = rate;
    this.noise = noise;
    this.firstRow = firstRow;
  }

  /** x where u >= rate, scaled by 1 / (1 - rate), else 0. */
  @Override
  public Expr apply(Expr x) {
    Ops tf = x.tf();
    long each = x.shape().tail().size();
    Expr u = noise.uniformRows(tf, "dropout_" + layers++, tf.shape(x), each, firstRow);
    Expr kept = Expr.cast(tf, tf.math.greaterEqual(u, tf.constant((float) rate)));
    return x.times(kept.stopGradient()).times(1 / (1 - rate));
  }
}

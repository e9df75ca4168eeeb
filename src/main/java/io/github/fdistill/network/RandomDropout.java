package io.github.fdistill.network;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.Noise;
import org.tensorflow.op.Ops;

/** Dropout (Srivastava et al. 2014), each layer with its own draws of the step. */
final class RandomDropout implements UNet.Dropout {
  private final double rate;
  private final Noise noise;
  private int layers;

  RandomDropout(double rate, Noise noise) {
    this.rate = rate;
    this.noise = noise;
  }

  /** x where u >= rate, scaled by 1 / (1 - rate), else 0. */
  @Override
  public Expr apply(Expr x) {
    Ops tf = x.tf();
    Expr u = noise.uniform(tf, "dropout_" + layers++, tf.shape(x));
    Expr kept = Expr.cast(tf, tf.math.greaterEqual(u, tf.constant((float) rate)));
    return x.times(kept.stopGradient()).times(1 / (1 - rate));
  }
}

package io.github.fdistill.network;

import io.github.fdistill.expr.Expr;
import java.util.List;
import org.tensorflow.op.Ops;

/**
 * Layers that keep the magnitude of what goes through them (Karras et al. 2024, Appendix B): of
 * weights the direction alone counts, and sums are scaled back.
 */
final class MagnitudeLayers {
  private static final double EPSILON = 1e-4;

  /** The deviation of silu of N(0, 1). Equation 81. */
  private static final double SILU = 0.596;

  private final ParameterStore store;

  MagnitudeLayers(ParameterStore store) {
    this.store = store;
  }

  /** A parameter that scales: one number, [1]. */
  Expr gain(Ops tf, String name) {
    return store.constant(tf, name, 0, 1);
  }

  /** Convolution without bias at the same resolution, [N,H,W,C] to [N,H,W,channels]. */
  Expr conv(Expr x, String name, int channels, int size) {
    return conv(x, name, channels, size, null);
  }

  /**
   * The same.
   *
   * @param gain [1], or null
   */
  Expr conv(Expr x, String name, int channels, int size, Expr gain) {
    Ops tf = x.tf().withSubScope(name);
    long in = x.shape().get(3);
    Expr kernel = store.normal(tf, "kernel", 1, size, size, in, channels);
    Expr weights = normalised(kernel, in * size * size, gain, 0, 1, 2);
    return Expr.of(x.tf(), tf.nn.conv2d(x, weights, List.of(1L, 1L, 1L, 1L), "SAME"));
  }

  /** Fully connected without bias, [N,C] to [N,channels]. */
  Expr dense(Expr x, String name, int channels, Expr gain) {
    Ops tf = x.tf().withSubScope(name);
    long in = x.shape().get(1);
    Expr kernel = store.normal(tf, "kernel", 1, in, channels);
    return Expr.of(x.tf(), tf.linalg.matMul(x, normalised(kernel, in, gain, 0)));
  }

  /**
   * gain / sqrt(n) w / (1e-4 + |w| / sqrt(n)) for each output's n weights w. Equations 47 and 66.
   *
   * @param axes of the inputs
   */
  private static Expr normalised(Expr kernel, long n, Expr gain, int... axes) {
    double root = Math.sqrt(n);
    Expr length = kernel.square().sum(axes).sqrt(); // [channels]
    Expr scale = length.over(root).plus(EPSILON).reciprocal().over(root);
    return kernel.times(gain == null ? scale : scale.times(gain));
  }

  /** x / (1e-4 + |x| / sqrt(n)) along the last axis, of n values. Equation 30. */
  static Expr normalised(Expr x) {
    long[] dims = x.shape().asArray().clone();
    int last = dims.length - 1;
    double root = Math.sqrt(dims[last]);
    dims[0] = -1;
    dims[last] = 1;
    Expr length = x.square().sum(last).plus(1e-30).sqrt().reshape(dims);
    return x.times(length.over(root).plus(EPSILON).reciprocal());
  }

  /** silu(x) / 0.596. Equation 81. */
  static Expr silu(Expr x) {
    return x.silu().over(SILU);
  }

  /** ((1 - t) a + t b) / sqrt((1 - t)^2 + t^2). Equation 88. */
  static Expr sum(Expr a, Expr b, double t) {
    double scale = 1 / Math.hypot(1 - t, t);
    return a.times((1 - t) * scale).plus(b.times(t * scale));
  }

  /** Channels side by side, each part with its share t of the magnitude. Equation 103. */
  static Expr concat(Expr a, Expr b, double t) {
    double na = a.shape().get(3);
    double nb = b.shape().get(3);
    double scale = Math.sqrt(na + nb) / Math.hypot(1 - t, t);
    Expr left = a.times(scale / Math.sqrt(na) * (1 - t));
    return Expr.concat(3, left, b.times(scale / Math.sqrt(nb) * t));
  }
}

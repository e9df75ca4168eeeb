package io.github.fdistill.network;

import io.github.fdistill.expr.Expr;
import java.util.List;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The layers of Inception v3 (Szegedy et al. 2016, Figures 5 to 7 and Table 1).
 *
 * @param store of its parameters
 * @param countsZeros whether means of 3x3 pixels count the zeros around a map, and the last block
 *     takes means, where else it takes the largest values
 */
record InceptionBlocks(ParameterStore store, boolean countsZeros) {
  private static final double EPSILON = 1e-3;

  /** [N,299,299,3] to [N,8,8,2048]. */
  Expr map(Expr x) {
    Expr h = conv(x, "Conv2d_1a_3x3", 32, 3, 3, 2, "VALID");
    h = conv(h, "Conv2d_2a_3x3", 32, 3, 3, 1, "VALID");
    h = largest(conv(h, "Conv2d_2b_3x3", 64, 3), 2, "VALID");
    h = conv(h, "Conv2d_3b_1x1", 80, 1);
    h = largest(conv(h, "Conv2d_4a_3x3", 192, 3, 3, 1, "VALID"), 2, "VALID");
    h = a(h, "Mixed_5b", 32);
    h = a(h, "Mixed_5c", 64);
    h = a(h, "Mixed_5d", 64);
    h = b(h, "Mixed_6a");
    h = c(h, "Mixed_6b", 128);
    h = c(h, "Mixed_6c", 160);
    h = c(h, "Mixed_6d", 160);
    h = c(h, "Mixed_6e", 192);
    h = d(h, "Mixed_7a");
    h = e(h, "Mixed_7b", false);
    return e(h, "Mixed_7c", !countsZeros);
  }

  private Expr a(Expr x, String name, int pooled) {
    Expr in = x.in(x.tf().withSubScope(name));
    Expr one = conv(in, "branch1x1", 64, 1);
    Expr five = conv(conv(in, "branch5x5_1", 48, 1), "branch5x5_2", 64, 5);
    Expr three = conv(conv(in, "branch3x3dbl_1", 64, 1), "branch3x3dbl_2", 96, 3);
    three = conv(three, "branch3x3dbl_3", 96, 3);
    Expr pool = conv(mean(in), "branch_pool", pooled, 1);
    return Expr.concat(3, one, five, three, pool).in(x.tf());
  }

  private Expr b(Expr x, String name) {
    Expr in = x.in(x.tf().withSubScope(name));
    Expr three = conv(in, "branch3x3", 384, 3, 3, 2, "VALID");
    Expr twice = conv(conv(in, "branch3x3dbl_1", 64, 1), "branch3x3dbl_2", 96, 3);
    twice = conv(twice, "branch3x3dbl_3", 96, 3, 3, 2, "VALID");
    return Expr.concat(3, three, twice, largest(in, 2, "VALID")).in(x.tf());
  }

  private Expr c(Expr x, String name, int narrow) {
    Expr in = x.in(x.tf().withSubScope(name));
    Expr one = conv(in, "branch1x1", 192, 1);
    Expr seven = conv(in, "branch7x7_1", narrow, 1);
    seven = conv(seven, "branch7x7_2", narrow, 1, 7, 1, "SAME");
    seven = conv(seven, "branch7x7_3", 192, 7, 1, 1, "SAME");
    Expr twice = conv(in, "branch7x7dbl_1", narrow, 1);
    twice = conv(twice, "branch7x7dbl_2", narrow, 7, 1, 1, "SAME");
    twice = conv(twice, "branch7x7dbl_3", narrow, 1, 7, 1, "SAME");
    twice = conv(twice, "branch7x7dbl_4", narrow, 7, 1, 1, "SAME");
    twice = conv(twice, "branch7x7dbl_5", 192, 1, 7, 1, "SAME");
    Expr pool = conv(mean(in), "branch_pool", 192, 1);
    return Expr.concat(3, one, seven, twice, pool).in(x.tf());
  }

  private Expr d(Expr x, String name) {
    Expr in = x.in(x.tf().withSubScope(name));
    Expr three = conv(in, "branch3x3_1", 192, 1);
    three = conv(three, "branch3x3_2", 320, 3, 3, 2, "VALID");
    Expr seven = conv(in, "branch7x7x3_1", 192, 1);
    seven = conv(seven, "branch7x7x3_2", 192, 1, 7, 1, "SAME");
    seven = conv(seven, "branch7x7x3_3", 192, 7, 1, 1, "SAME");
    seven = conv(seven, "branch7x7x3_4", 192, 3, 3, 2, "VALID");
    return Expr.concat(3, three, seven, largest(in, 2, "VALID")).in(x.tf());
  }

  private Expr e(Expr x, String name, boolean ofLargest) {
    Expr in = x.in(x.tf().withSubScope(name));
    Expr one = conv(in, "branch1x1", 320, 1);
    Expr three = fork(conv(in, "branch3x3_1", 384, 1), "branch3x3_2");
    Expr twice = conv(conv(in, "branch3x3dbl_1", 448, 1), "branch3x3dbl_2", 384, 3);
    twice = fork(twice, "branch3x3dbl_3");
    Expr pool = conv(ofLargest ? largest(in, 1, "SAME") : mean(in), "branch_pool", 192, 1);
    return Expr.concat(3, one, three, twice, pool).in(x.tf());
  }

  /** A row's and a column's convolution side by side. */
  private Expr fork(Expr x, String name) {
    return Expr.concat(
        3, conv(x, name + "a", 384, 1, 3, 1, "SAME"), conv(x, name + "b", 384, 3, 1, 1, "SAME"));
  }

  private Expr conv(Expr x, String name, int channels, int size) {
    return conv(x, name, channels, size, size, 1, "SAME");
  }

  /** A convolution without bias, batch normalisation by what it learnt, and ReLU. */
  private Expr conv(
      Expr x, String name, int channels, int high, int wide, int stride, String padding) {
    Ops tf = x.tf().withSubScope(name);
    long in = x.shape().get(3);
    Expr kernel = store.constant(tf.withSubScope("conv"), "kernel", 0, high, wide, in, channels);
    Ops norm = tf.withSubScope("bn");
    List<Expr> n =
        Inception.NORM.stream().map(part -> store.constant(norm, part, 0, channels)).toList();
    Expr scale = n.get(3).plus(EPSILON).rsqrt().times(n.get(0));
    Expr y =
        Expr.of(
            tf, tf.nn.conv2d(x, kernel, List.of(1L, (long) stride, (long) stride, 1L), padding));
    Expr z = y.times(scale).plus(n.get(1).minus(n.get(2).times(scale)));
    return Expr.of(x.tf(), tf.nn.relu(z));
  }

  private static Expr largest(Expr x, int stride, String padding) {
    Ops tf = x.tf();
    int[] strides = {1, stride, stride, 1};
    return Expr.of(
        tf, tf.nn.maxPool(x, tf.constant(new int[] {1, 3, 3, 1}), tf.constant(strides), padding));
  }

  /** Means of 3x3 pixels around each. */
  private Expr mean(Expr x) {
    Ops tf = x.tf();
    Expr in = countsZeros ? Layers.zeroPadded(x, 1, 1) : x;
    List<Long> once = List.of(1L, 1L, 1L, 1L);
    return Expr.of(
        tf,
        tf.nn.<TFloat32>avgPool(in, List.of(1L, 3L, 3L, 1L), once, countsZeros ? "VALID" : "SAME"));
  }
}

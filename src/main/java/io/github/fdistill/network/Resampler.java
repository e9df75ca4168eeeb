package io.github.fdistill.network;

import io.github.fdistill.config.Resampling;
import io.github.fdistill.expr.Expr;
import java.util.List;
import org.tensorflow.op.Ops;

/**
 * Images at half and twice the resolution, by a fixed filter in both directions: [1, 1], or [1, 3,
 * 3, 1] with zeros around the image. It sums to 1 where it halves, to 2 where it doubles.
 */
record Resampler(Resampling filter) {

  /** What is done to an image. */
  enum Way {
    KEEP,
    HALVE,
    DOUBLE
  }

  Expr apply(Expr x, Way way) {
    return switch (way) {
      case KEEP -> x;
      case HALVE -> half(filter == Resampling.SMOOTH ? padded(x) : x);
      case DOUBLE -> filter == Resampling.SMOOTH ? smoothDouble(x) : boxDouble(x);
    };
  }

  /** How many zeros a convolution before {@link #half} adds at each side for it. */
  int padding() {
    return filter == Resampling.SMOOTH ? 1 : 0;
  }

  /** Half the resolution of a map that has its zeros around it: [N,H,W,C]. */
  Expr half(Expr x) {
    return filter == Resampling.SMOOTH ? smoothHalf(x) : boxHalf(x);
  }

  private static Expr boxHalf(Expr x) {
    List<Long> square = List.of(1L, 2L, 2L, 1L);
    return Expr.of(x.tf(), x.tf().nn.avgPool(x, square, square, "VALID"));
  }

  private static Expr boxDouble(Expr x) {
    return Layers.depthToSpace(Expr.concat(3, x, x, x, x), 2);
  }

  /** out[m] = (x[2m] + 3 x[2m+1] + 3 x[2m+2] + x[2m+3]) / 8, over rows and columns. */
  private static Expr smoothHalf(Expr x) {
    Ops tf = x.tf();
    long height = x.shape().get(1) / 2 - 1;
    long width = x.shape().get(2) / 2 - 1;
    // By the parity of row and column: even even, even odd, odd even, odd odd.
    List<Expr> parts =
        tf.split(tf.constant(3), Layers.spaceToDepth(x, 2), 4L).output().stream()
            .map(part -> Expr.of(tf, part))
            .toList();
    Expr even = alongColumns(parts.get(0), parts.get(1), height + 1, width);
    Expr odd = alongColumns(parts.get(2), parts.get(3), height + 1, width);
    Expr once = window(even, 0, 0, height, width).plus(window(odd, 1, 0, height, width));
    Expr thrice = window(odd, 0, 0, height, width).plus(window(even, 1, 0, height, width));
    return thrice.times(3).plus(once).times(1.0 / 64);
  }

  private static Expr alongColumns(Expr even, Expr odd, long rows, long width) {
    Expr once = window(even, 0, 0, rows, width).plus(window(odd, 0, 1, rows, width));
    Expr thrice = window(odd, 0, 0, rows, width).plus(window(even, 0, 1, rows, width));
    return thrice.times(3).plus(once);
  }

  /** out[2m] = (x[m-1] + 3 x[m]) / 4, out[2m+1] = (3 x[m] + x[m+1]) / 4, over rows and columns. */
  private static Expr smoothDouble(Expr x) {
    long height = x.shape().get(1);
    long width = x.shape().get(2);
    Expr p = padded(x);
    Expr middle = window(p, 1, 0, height, width + 2).times(3);
    Expr even = middle.plus(window(p, 0, 0, height, width + 2));
    Expr odd = middle.plus(window(p, 2, 0, height, width + 2));
    Expr all =
        Expr.concat(
            3,
            columns(even, 0, height, width),
            columns(even, 2, height, width),
            columns(odd, 0, height, width),
            columns(odd, 2, height, width));
    return Layers.depthToSpace(all.times(1.0 / 16), 2);
  }

  private static Expr columns(Expr rows, long beside, long height, long width) {
    return window(rows, 0, 1, height, width).times(3).plus(window(rows, 0, beside, height, width));
  }

  private static Expr padded(Expr x) {
    return Layers.zeroPadded(x, 1, 1);
  }

  private static Expr window(Expr x, long row, long column, long height, long width) {
    Ops tf = x.tf();
    int[] from = {0, (int) row, (int) column, 0};
    int[] size = {-1, (int) height, (int) width, -1};
    return Expr.of(tf, tf.slice(x, tf.constant(from), tf.constant(size)));
  }
}

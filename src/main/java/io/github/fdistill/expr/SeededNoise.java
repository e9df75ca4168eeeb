package io.github.fdistill.expr;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt64;

/**
 * Noise of which each row is a function of that row's seed alone: whichever rows stand beside it in
 * a batch, the row stays the same. Pixel i of seed s takes the i-th output of SplitMix64 (Steele et
 * al. 2014) started at mix(s); 24 of its bits make a radius and 24 an angle (Box and Muller 1958).
 * Only integer and elementwise ops: TensorFlow Serving runs it as it stands.
 */
public final class SeededNoise {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;
  private static final double UNIT = 0x1p-24;

  /**
   * Rows are computed at a multiple of this many pixels. Log and cos round differently in a vector
   * register and in what is left over beside full ones (at most 16 floats wide, AVX-512): so no row
   * of a batch ever has a rest.
   */
  private static final int VECTOR = 16;

  private SeededNoise() {}

  /**
   * N(0, 1) for images.
   *
   * @param seeds [N]
   * @return [N,height,width,channels]
   */
  public static Expr normal(Ops tf, Operand<TInt64> seeds, long height, long width, long channels) {
    int pixels = Math.toIntExact(height * width * channels);
    Operand<TInt64> start = mix(tf, tf.reshape(seeds, tf.constant(new int[] {-1, 1})));
    Operand<TInt64> offsets = tf.constant(new long[][] {offsets(pixels)});
    Operand<TInt64> bits = mix(tf, tf.math.add(start, offsets));
    Operand<TInt64> middle =
        tf.bitwise.bitwiseAnd(shift(tf, bits, 16), tf.constant((1L << 24) - 1));
    Expr row = normal(Expr.cast(tf, shift(tf, bits, 40)), Expr.cast(tf, middle), pixels);
    return row.reshape(-1, height, width, channels);
  }

  /** What is added to a mixed seed for each pixel that is computed. */
  static long[] offsets(int pixels) {
    long[] offsets = new long[(pixels + VECTOR - 1) / VECTOR * VECTOR];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = (i + 1) * GOLDEN;
    }
    return offsets;
  }

  /**
   * Box and Muller's normal numbers.
   *
   * @param upper the upper 24 bits of each pixel that is computed, [N,P]
   * @param middle the 24 bits from the 16th on
   * @return [N,pixels]
   */
  static Expr normal(Expr upper, Expr middle, int pixels) {
    Ops tf = upper.tf();
    Expr radius = upper.plus(0.5).times(UNIT).log().times(-2).sqrt();
    Expr row = radius.times(middle.times(2 * Math.PI * UNIT).cos());
    return Expr.of(
        tf, tf.slice(row, tf.constant(new int[] {0, 0}), tf.constant(new int[] {-1, pixels})));
  }

  /** The finaliser of SplitMix64: a bijection of 64 bits in which each bit depends on all. */
  private static Operand<TInt64> mix(Ops tf, Operand<TInt64> z) {
    z = tf.math.mul(xorShift(tf, z, 30), tf.constant(0xbf58476d1ce4e5b9L));
    z = tf.math.mul(xorShift(tf, z, 27), tf.constant(0x94d049bb133111ebL));
    return xorShift(tf, z, 31);
  }

  private static Operand<TInt64> xorShift(Ops tf, Operand<TInt64> z, int count) {
    return tf.bitwise.bitwiseXor(z, shift(tf, z, count));
  }

  /** Java's {@code z >>> count}; TensorFlow's shift carries the sign. */
  private static Operand<TInt64> shift(Ops tf, Operand<TInt64> z, int count) {
    Operand<TInt64> shifted = tf.bitwise.rightShift(z, tf.constant((long) count));
    return tf.bitwise.bitwiseAnd(shifted, tf.constant(-1L >>> count));
  }
}

package io.github.fdistill.expr;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * The noise of {@link SeededNoise}, bit for bit, of ops that other runtimes have too: no shifts, no
 * bitwise ops, no products of integers. A number of 64 bits is 64 numbers that are 0 or 1, the
 * lowest first; all are float32, and no sum of them reaches 2^24, so that sums are exact. It takes
 * far more arithmetic, and 256 bytes for each value.
 */
public final class PortableNoise {
  private static final int BITS = 64;

  /** Numbers are added as words of so many bits. */
  private static final int WORD = 16;

  private PortableNoise() {}

  /**
   * N(0, 1) for images.
   *
   * @param seeds [N]
   * @return [N,height,width,channels]
   */
  public static Expr normal(Ops tf, Operand<TInt64> seeds, long height, long width, long channels) {
    int pixels = Math.toIntExact(height * width * channels);
    long[] offsets = SeededNoise.offsets(pixels);
    Expr start = mix(bits(seedWords(tf, seeds))); // [N,64]
    Expr each = Expr.of(tf, table(tf, offsets, WORD, WORD)).reshape(1, offsets.length, 4);
    Expr sums = words(start).reshape(-1, 1, 4).plus(each); // [N,P,4]
    Expr bits = mix(bits(sums.reshape(-1, 4))); // [N P,64]
    Expr radius = number(bits, 40).reshape(-1, offsets.length);
    Expr angle = number(bits, 16).reshape(-1, offsets.length);
    return SeededNoise.normal(radius, angle, pixels).reshape(-1, height, width, channels);
  }

  /** The four words of each seed, [N,4]; the highest with the seed's sign. */
  private static Expr seedWords(Ops tf, Operand<TInt64> seeds) {
    List<Expr> words = new ArrayList<>();
    Operand<TInt64> below = tf.zerosLike(seeds);
    for (int word = 0; word < BITS / WORD; word++) {
      int next = WORD * (word + 1);
      // The seed modulo 2^16, 2^32, 2^48, and itself: of two neighbours 16 bits differ.
      Operand<TInt64> upTo =
          next == BITS ? seeds : tf.math.floorMod(seeds, tf.constant(1L << next));
      Expr part = Expr.cast(tf, tf.math.sub(upTo, below));
      words.add(part.times(Math.pow(2, -WORD * word)).reshape(-1, 1));
      below = upTo;
    }
    return Expr.concat(1, words);
  }

  /** The finaliser of SplitMix64. */
  private static Expr mix(Expr bits) {
    Expr z = times(xorShift(bits, 30), 0xbf58476d1ce4e5b9L);
    z = times(xorShift(z, 27), 0x94d049bb133111ebL);
    return xorShift(z, 31);
  }

  /** Java's {@code z ^ (z >>> count)}. */
  private static Expr xorShift(Expr bits, int count) {
    Ops tf = bits.tf();
    Operand<TFloat32> high =
        tf.slice(bits, tf.constant(new int[] {0, count}), tf.constant(new int[] {-1, -1}));
    Operand<TFloat32> shifted =
        tf.pad(high, tf.constant(new int[][] {{0, 0}, {0, count}}), tf.constant(0f));
    return bits.minus(shifted).square();
  }

  /**
   * The product with a constant, modulo 2^64: the sum of the constant shifted by each bit that is
   * 1. Its bytes are summed, as what matrices are multiplied in may hold no more than 8 bits.
   */
  private static Expr times(Expr bits, long constant) {
    Ops tf = bits.tf();
    long[] shifted = new long[BITS];
    for (int bit = 0; bit < BITS; bit++) {
      shifted[bit] = constant << bit;
    }
    Expr low = product(bits, table(tf, shifted, WORD, 8));
    for (int bit = 0; bit < BITS; bit++) {
      shifted[bit] >>>= 8;
    }
    return bits(low.plus(product(bits, table(tf, shifted, WORD, 8)).times(256)));
  }

  /** [M,64] to [M,4]. */
  private static Expr words(Expr bits) {
    long[] powers = new long[BITS];
    for (int bit = 0; bit < BITS; bit++) {
      powers[bit] = 1L << bit;
    }
    return product(bits, table(bits.tf(), powers, WORD, WORD));
  }

  /** The bits of sums of words, modulo 2^64: [M,4] to [M,64]. */
  private static Expr bits(Expr words) {
    Ops tf = words.tf();
    List<Expr> carried = new ArrayList<>();
    for (int word = 0; word < BITS / WORD; word++) {
      Expr sum =
          Expr.of(
              tf,
              tf.slice(words, tf.constant(new int[] {0, word}), tf.constant(new int[] {-1, 1})));
      if (word > 0) {
        sum = sum.plus(carried.get(word - 1).times(1.0 / (1 << WORD)).floor());
      }
      carried.add(sum);
    }
    float[] halves = new float[WORD];
    for (int bit = 0; bit < WORD; bit++) {
      halves[bit] = 1f / (1 << bit);
    }
    Expr all = Expr.concat(1, carried).reshape(-1, BITS / WORD, 1);
    Expr shifted = all.times(tf.constant(halves)).floor(); // [M,4,16]
    return shifted.minus(shifted.times(0.5).floor().times(2)).reshape(-1, BITS);
  }

  /** The number that 24 bits are, from one on: [M,64] to [M,1]. */
  private static Expr number(Expr bits, int from) {
    float[] powers = new float[BITS];
    for (int bit = 0; bit < 24; bit++) {
      powers[from + bit] = 1 << bit;
    }
    Ops tf = bits.tf();
    return product(bits, tf.constant(Shape.of(BITS, 1), DataBuffers.of(powers, true, false)));
  }

  private static Expr product(Expr bits, Operand<TFloat32> table) {
    return Expr.of(bits.tf(), bits.tf().linalg.matMul(bits, table));
  }

  /** [K,4], of each number what some bits of it are, each {@code step} bits from the last. */
  private static Operand<TFloat32> table(Ops tf, long[] numbers, int step, int width) {
    int columns = BITS / step;
    float[] values = new float[numbers.length * columns];
    for (int i = 0; i < values.length; i++) {
      long number = numbers[i / columns] >>> (i % columns * step);
      values[i] = number & ((1L << width) - 1);
    }
    return tf.constant(Shape.of(numbers.length, columns), DataBuffers.of(values, true, false));
  }
}

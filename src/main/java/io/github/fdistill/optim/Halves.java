package io.github.fdistill.optim;

import io.github.fdistill.expr.Expr;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Numbers as bfloat16, two in the place of one float32: a vector [n/2] whose bits are those of n of
 * them, so that it is kept, saved and sent as any other vector.
 *
 * <p>A number between two that bfloat16 has becomes one or the other by chance, in expectation
 * itself. The nearest would not do: bfloat16 has 8 bits, and a moment that changes by less than
 * 1/512 of itself in an update would never change.
 */
final class Halves {
  private static final int LOW_HALF = 0xFFFF;

  private Halves() {}

  /**
   * The numbers.
   *
   * @param held [n/2]
   * @return [n]
   */
  static Expr read(Ops tf, Expr held) {
    Operand<TBfloat16> pairs = tf.bitcast(held, TBfloat16.class);
    return Expr.cast(tf, tf.reshape(pairs, tf.constant(new int[] {-1})));
  }

  /**
   * The bits of numbers.
   *
   * @param numbers [n], n even
   * @param chance [n], of which the lower 16 bits are uniform
   * @return [n/2]
   */
  static Expr hold(Ops tf, Expr numbers, Operand<TInt32> chance) {
    Operand<TInt32> bits = tf.bitcast(numbers, TInt32.class);
    // Of sign, exponent and fraction the last two count as one number: what is carried is right.
    Operand<TInt32> raised =
        tf.math.add(bits, tf.bitwise.bitwiseAnd(chance, tf.constant(LOW_HALF)));
    Operand<TInt32> upper = tf.bitwise.bitwiseAnd(raised, tf.constant(~LOW_HALF));
    Operand<TBfloat16> halves = tf.dtypes.cast(tf.bitcast(upper, TFloat32.class), TBfloat16.class);
    Operand<TBfloat16> pairs = tf.reshape(halves, tf.constant(new int[] {-1, 2}));
    return Expr.of(tf, tf.bitcast(pairs, TFloat32.class));
  }

  /** The upper 16 bits of each, as lower ones. */
  static Operand<TInt32> upper(Ops tf, Operand<TInt32> chance) {
    return tf.bitwise.rightShift(chance, tf.constant(16));
  }
}

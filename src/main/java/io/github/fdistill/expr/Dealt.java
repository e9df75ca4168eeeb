package io.github.fdistill.expr;

import java.util.Arrays;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Stack;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;

/**
 * Rows dealt out as cards are: of K hands, hand k has rows k, k + K, k + 2K and so on. Which hand a
 * row is in is the same in a batch and in each of its parts of a multiple of K rows.
 */
public final class Dealt {
  private Dealt() {}

  /**
   * The hands, each in the order of its rows; differentiable where every hand is used.
   *
   * @param rows a multiple of {@code hands} of them, [N] and a shape that is known
   */
  public static <T extends TType> List<Operand<T>> out(Ops tf, Operand<T> rows, int hands) {
    if (hands == 1) {
      return List.of(rows);
    }
    long[] each = rows.shape().tail().asArray();
    Operand<T> rounds = shaped(tf, rows, Shape.of(-1, hands), each);
    return List.copyOf(tf.unstack(rounds, (long) hands, Unstack.axis(1L)).output());
  }

  /** The rows that hands were dealt of: the inverse of {@link #out}. */
  public static Expr back(List<Expr> hands) {
    Expr first = hands.get(0);
    if (hands.size() == 1) {
      return first;
    }
    Ops tf = first.tf();
    long[] each = first.shape().tail().asArray();
    List<Operand<TFloat32>> values = hands.stream().map(Expr::value).toList();
    return Expr.of(tf, shaped(tf, tf.stack(values, Stack.axis(1L)), Shape.of(-1), each));
  }

  private static <T extends TType> Operand<T> shaped(
      Ops tf, Operand<T> rows, Shape first, long[] each) {
    long[] all = first.append(Shape.of(each)).asArray();
    return tf.reshape(rows, tf.constant(Arrays.stream(all).mapToInt(Math::toIntExact).toArray()));
  }
}

package io.github.fdistill.device;

import java.util.Arrays;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/** Sizes as ops take them that make, cut or reshape a tensor, and what is cut. */
public final class Sizes {
  private Sizes() {}

  /**
   * A vector of them: int32, or int64 where one is too large for it, or all together: SplitV adds
   * up in the sizes' type where the next part begins. Those ops read their sizes in the host's
   * memory. There an int32 lies beside a GPU too; an int64 would lie in the GPU's, and be fetched
   * from it in every run.
   */
  public static Operand<? extends TNumber> of(Ops tf, long... sizes) {
    return Arrays.stream(sizes).sum() <= Integer.MAX_VALUE
        ? tf.constant(Arrays.stream(sizes).mapToInt(Math::toIntExact).toArray())
        : tf.constant(sizes);
  }

  /** Some numbers of a vector: in its own memory, where they begin at a multiple of 64 bytes. */
  public static <T extends TType> Operand<T> slice(
      Ops tf, Operand<T> vector, long from, long size) {
    return from + size <= Integer.MAX_VALUE
        ? tf.slice(vector, tf.constant(new int[] {(int) from}), tf.constant(new int[] {(int) size}))
        : tf.slice(vector, tf.constant(new long[] {from}), tf.constant(new long[] {size}));
  }
}

package io.github.fdistill.expr;

import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.family.TType;

/**
 * A bfloat16 tensor that outlives a step and never changes: what a {@link FloatVariable} is, for
 * frozen weights in half the memory.
 *
 * @param shape every dimension known
 * @param loaded fed with the value that {@code load} assigns
 * @param load target: the variable becomes the fed value
 */
public record HalfVariable(
    Shape shape, Operand<? extends TType> handle, Placeholder<TBfloat16> loaded, Op load) {

  /**
   * Adds the variable to the graph.
   *
   * @param tf without control dependencies
   * @param name as of a {@link FloatVariable}
   */
  public static HalfVariable create(Ops tf, String name, Shape shape) {
    Operand<TType> handle = FloatVariable.handle(tf, name, shape, DataType.DT_BFLOAT16);
    Placeholder<TBfloat16> loaded = tf.placeholder(TBfloat16.class, Placeholder.shape(shape));
    return new HalfVariable(shape, handle, loaded, tf.assignVariableOp(handle, loaded));
  }

  /** The value. */
  public Operand<TBfloat16> read(Ops tf) {
    return tf.readVariableOp(handle, TBfloat16.class);
  }

  /** What it holds. */
  public long bytes() {
    return Short.BYTES * shape.size();
  }
}

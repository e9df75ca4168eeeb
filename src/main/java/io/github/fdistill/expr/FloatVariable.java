package io.github.fdistill.expr;

import io.github.fdistill.device.Host;
import io.github.fdistill.device.Sizes;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/**
 * A float32 tensor that outlives a step: weights, optimiser slots, averages, counters (exact up to
 * 2^24). It is a resource variable whose shape is static. It holds nothing until {@link #clear} or
 * {@link #load} has run in the session; reading it before is an error.
 *
 * <p>It lies where the scope is held that it was made in, and what reads or changes it is computed
 * there, whatever scope that is built in.
 *
 * @param name its name everywhere: the node, the resource that sessions keep, the checkpoint key
 * @param shape every dimension known
 * @param handle the resource; gradients can be taken with respect to it
 * @param loaded fed with the value that {@code load} assigns
 * @param load target: the variable becomes the fed value
 */
public record FloatVariable(
    String name,
    Shape shape,
    Operand<? extends TType> handle,
    Placeholder<TFloat32> loaded,
    Op load) {

  /**
   * Adds the variable to the graph.
   *
   * @param tf without control dependencies: {@code load} would run them. Held on the {@link Host}
   *     where the variable is to lie there, whatever computes
   * @param name may hold slashes; the scope of {@code tf} is not put before it
   * @throws IllegalArgumentException when the graph has a node of that name: two resources of one
   *     name would be one variable
   */
  public static FloatVariable create(Ops tf, String name, Shape shape) {
    Operand<TType> handle = handle(tf, name, shape, DataType.DT_FLOAT);
    Placeholder<TFloat32> loaded = tf.placeholder(TFloat32.class, Placeholder.shape(shape));
    return new FloatVariable(name, shape, handle, loaded, tf.assignVariableOp(handle, loaded));
  }

  /** The resource of a new variable. */
  static Operand<TType> handle(Ops tf, String name, Shape shape, DataType type) {
    if (name.isEmpty() || shape.hasUnknownDimension()) {
      throw new IllegalArgumentException(
          "a variable needs a name and a known shape: '" + name + "' " + shape);
    }
    // Built raw: tf.withName refuses slashes, and a sub-scope would make a second variable of the
    // same name quietly share the first one's resource.
    var builder = tf.scope().env().opBuilder("VarHandleOp", name, tf.scope());
    builder.setAttr("dtype", type);
    builder.setAttr("shape", shape);
    builder.setAttr("shared_name", name);
    return builder.build().output(0);
  }

  public static FloatVariable scalar(Ops tf, String name) {
    return create(tf, name, Shape.scalar());
  }

  /** The value at the time that this read runs: after the control dependencies of {@code tf}. */
  public Expr read(Ops tf) {
    return Expr.of(tf, beside(tf).readVariableOp(handle, TFloat32.class));
  }

  /** The variable becomes {@code value}. */
  public Op assign(Ops tf, Operand<TFloat32> value) {
    return beside(tf).assignVariableOp(handle, value);
  }

  /** Some of its rows become others; rows are counted along the first dimension. */
  public Op assignRows(Ops tf, Operand<TInt32> rows, Operand<TFloat32> values) {
    return beside(tf).resourceScatterUpdate(handle, rows, values);
  }

  /** The variable becomes zero, after the control dependencies of {@code tf}. */
  public Op clear(Ops tf) {
    Ops here = beside(tf);
    return assign(here, here.fill(Sizes.of(here, shape.asArray()), here.constant(0f)));
  }

  /** The variable grows by {@code amount}, of its own shape. */
  public Op add(Ops tf, Operand<TFloat32> amount) {
    return beside(tf).assignAddVariableOp(handle, amount);
  }

  /** Whether it is held in the host's memory, whatever computes. */
  public boolean isOnHost() {
    return Host.holds(handle.op());
  }

  /** A scope whose ops are held where the variable lies. */
  public Ops beside(Ops tf) {
    return Host.beside(handle.op(), tf);
  }

  /** Loads a value of the variable's shape. */
  public void load(Session session, TFloat32 value) {
    session.runner().feed(loaded, value).addTarget(load).run().close();
  }
}

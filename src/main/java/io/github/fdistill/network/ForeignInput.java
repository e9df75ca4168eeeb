package io.github.fdistill.network;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.config.Layout;
import io.github.fdistill.expr.Expr;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/** What goes into an input of a network that was made for other programs, in its type and shape. */
sealed interface ForeignInput {

  /**
   * What a call is about.
   *
   * @param images [N,h,w,c], images or noise
   * @param time [N]; null of a generator
   * @param condition of each image
   */
  record Call(Expr images, Expr time, Condition condition) {}

  /** The tensor. */
  Operand<?> of(Call call);

  /** Images in its layout. */
  record Images(Layout layout) implements ForeignInput {
    @Override
    public Operand<?> of(Call call) {
      return layout == Layout.NHWC ? call.images : transposed(call.images, 0, 3, 1, 2);
    }
  }

  /** Images as vectors, [N,size]. */
  record Vectors(long size) implements ForeignInput {
    @Override
    public Operand<?> of(Call call) {
      return call.images.reshape(-1, size);
    }
  }

  /** Times, [N] or [N,1] and so on; fractions are rounded for whole numbers. */
  record Times(DataType type, long[] dims) implements ForeignInput {
    @Override
    public Operand<?> of(Call call) {
      Expr time = call.time.reshape(dims);
      boolean whole = type == DataType.DT_INT32 || type == DataType.DT_INT64;
      return cast(time.tf(), whole ? time.plus(0.5).floor() : time, type);
    }
  }

  /** Labels, [N] or [N,1] and so on. */
  record Labels(DataType type, long[] dims) implements ForeignInput {
    @Override
    public Operand<?> of(Call call) {
      Ops tf = call.images.tf();
      return cast(tf, tf.reshape(call.condition.label(), tf.constant(dims)), type);
    }
  }

  /** Labels as vectors [N,count] with a 1 at the label; of a label beyond them all zeros. */
  record OneHot(int count) implements ForeignInput {
    @Override
    public Operand<?> of(Call call) {
      return Networks.oneHot(call.images.tf(), call.condition.label(), count);
    }
  }

  /** A condition as it is. */
  record Same(String name) implements ForeignInput {
    @Override
    public Operand<?> of(Call call) {
      return call.condition.tensors().get(name);
    }
  }

  /** One value everywhere; a first dimension that is not fixed has as many rows as the images. */
  record Constant(DataType type, long[] dims, double value) implements ForeignInput {
    @Override
    public Operand<?> of(Call call) {
      Ops tf = call.images.tf();
      Operand<?> scalar = cast(tf, tf.constant(value), type);
      if (dims.length == 0) {
        return scalar;
      }
      Operand<TInt32> rows = tf.shape.size(tf.shape(call.images), tf.constant(0));
      int[] rest = new int[dims.length];
      for (int i = 0; i < rest.length; i++) {
        rest[i] = dims[i] < 0 ? 1 : (int) dims[i];
      }
      Operand<TInt32> shape = tf.constant(rest);
      if (dims[0] < 0) {
        Operand<TInt32> first = tf.reshape(rows, tf.constant(new int[] {1}));
        int[] others = java.util.Arrays.copyOfRange(rest, 1, rest.length);
        shape = tf.concat(java.util.List.of(first, tf.constant(others)), tf.constant(0));
      }
      return tf.fill(shape, scalar);
    }
  }

  /** The tensor with its axes in another order; differentiable. */
  static Expr transposed(Expr x, int... order) {
    return Expr.of(x.tf(), x.tf().linalg.transpose(x, x.tf().constant(order)));
  }

  /** Images [N,H,W,C] of a tensor in the layout. */
  static Expr nhwc(Expr x, Layout layout) {
    return layout == Layout.NHWC ? x : transposed(x, 0, 2, 3, 1);
  }

  private static Operand<?> cast(Ops tf, Operand<? extends TType> value, DataType type) {
    return switch (type) {
      case DT_FLOAT -> tf.dtypes.cast(value, TFloat32.class);
      case DT_DOUBLE -> tf.dtypes.cast(value, TFloat64.class);
      case DT_INT32 -> tf.dtypes.cast(value, TInt32.class);
      case DT_INT64 -> tf.dtypes.cast(value, TInt64.class);
      case DT_BOOL -> tf.dtypes.cast(value, TBool.class);
      default -> throw new IllegalArgumentException("no input of type " + type);
    };
  }
}

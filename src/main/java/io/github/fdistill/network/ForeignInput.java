package io.github.fdistill.network;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.config.Layout;
import io.github.fdistill.data.NpyTable;
import io.github.fdistill.expr.Expr;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat16;
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
  record Images(DataType type, Layout layout) implements ForeignInput {
    @Override
    public Operand<?> of(Call call) {
      Expr images = layout == Layout.NHWC ? call.images : transposed(call.images, 0, 3, 1, 2);
      return cast(images.tf(), images, type);
    }
  }

  /** Images as vectors, [N,size]. */
  record Vectors(DataType type, long size) implements ForeignInput {
    @Override
    public Operand<?> of(Call call) {
      return cast(call.images.tf(), call.images.reshape(-1, size), type);
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

  /**
   * Sines and cosines of times, [N,D]: of t w_i, w_i = period^(-i / (D/2 - shift)), i below D/2.
   *
   * @param sinesFirst or all cosines before them
   */
  record Waves(DataType type, int size, double period, double shift, boolean sinesFirst)
      implements ForeignInput {
    @Override
    public Operand<?> of(Call call) {
      float[] frequencies = new float[size / 2];
      for (int i = 0; i < frequencies.length; i++) {
        frequencies[i] = (float) Math.pow(period, -i / (frequencies.length - shift));
      }
      Ops tf = call.time.tf();
      Expr angles = call.time.reshape(-1, 1).times(tf.constant(new float[][] {frequencies}));
      return cast(
          tf,
          sinesFirst
              ? Expr.concat(1, angles.sin(), angles.cos())
              : Expr.concat(1, angles.cos(), angles.sin()),
          type);
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
  record OneHot(DataType type, int count) implements ForeignInput {
    @Override
    public Operand<?> of(Call call) {
      Ops tf = call.images.tf();
      return cast(tf, Networks.oneHot(tf, call.condition.label(), count), type);
    }
  }

  /**
   * A value for each class, [N, ...]; the last of them is that of no class.
   *
   * @param table [classes + 1, ...]
   */
  record ByClass(DataType type, NpyTable table) implements ForeignInput {
    @Override
    public Operand<?> of(Call call) {
      Ops tf = call.images.tf();
      Operand<TFloat32> values =
          tf.constant(Shape.of(table.shape()), DataBuffers.of(table.values(), true, false));
      return cast(tf, tf.gather(values, call.condition.label(), tf.constant(0)), type);
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

  /** Numbers of a network in float32; of float32 the tensor itself. */
  static Expr floats(Ops tf, Output<?> tensor) {
    return tensor.dataType() == DataType.DT_FLOAT
        ? Expr.of(tf, tensor.expect(TFloat32.class))
        : Expr.cast(tf, tensor);
  }

  private static Operand<?> cast(Ops tf, Operand<? extends TType> value, DataType type) {
    if (value.asOutput().dataType() == type) {
      return value;
    }
    return switch (type) {
      case DT_FLOAT -> tf.dtypes.cast(value, TFloat32.class);
      case DT_HALF -> tf.dtypes.cast(value, TFloat16.class);
      case DT_BFLOAT16 -> tf.dtypes.cast(value, TBfloat16.class);
      case DT_DOUBLE -> tf.dtypes.cast(value, TFloat64.class);
      case DT_INT32 -> tf.dtypes.cast(value, TInt32.class);
      case DT_INT64 -> tf.dtypes.cast(value, TInt64.class);
      case DT_BOOL -> tf.dtypes.cast(value, TBool.class);
      default -> throw new IllegalArgumentException("no input of type " + type);
    };
  }
}

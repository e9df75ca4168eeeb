package io.github.fdistill.expr;

import java.util.Arrays;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceMax;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/**
 * A float32 tensor of a graph, on which formulas are written as the paper writes them. Binary
 * operations broadcast as NumPy does: a per-image factor has shape [N,1,1,1] beside images
 * [N,H,W,C].
 *
 * @param tf builds the operations, in the scope that this expression was made in
 * @param value the tensor
 */
public record Expr(Ops tf, Operand<TFloat32> value) implements Operand<TFloat32> {

  public static Expr of(Ops tf, Operand<TFloat32> value) {
    return new Expr(tf, value);
  }

  public static Expr constant(Ops tf, double value) {
    return new Expr(tf, tf.constant((float) value));
  }

  /** A tensor of numbers or booleans, cast to float32. */
  public static Expr cast(Ops tf, Operand<? extends TType> value) {
    return new Expr(tf, tf.dtypes.cast(value, TFloat32.class));
  }

  /** The tensors, one or more, one after another along an axis. */
  public static Expr concat(int axis, List<Expr> parts) {
    if (parts.size() == 1) {
      return parts.get(0); // TensorFlow's op takes two and more.
    }
    Ops tf = parts.get(0).tf;
    return new Expr(tf, tf.concat(List.<Operand<TFloat32>>copyOf(parts), tf.constant(axis)));
  }

  public static Expr concat(int axis, Expr... parts) {
    return concat(axis, Arrays.asList(parts));
  }

  /** Static shape; unknown dimensions are -1. */
  @Override
  public Shape shape() {
    return value.shape();
  }

  @Override
  public Output<TFloat32> asOutput() {
    return value.asOutput();
  }

  @Override
  public Operation op() {
    return value.op();
  }

  /** The same tensor, with operations built in another scope. */
  public Expr in(Ops other) {
    return new Expr(other, value);
  }

  private Expr with(Operand<TFloat32> result) {
    return new Expr(tf, result);
  }

  private Operand<TFloat32> scalar(double c) {
    return tf.constant((float) c);
  }

  public Expr plus(Operand<TFloat32> b) {
    return with(tf.math.add(value, b));
  }

  public Expr plus(double c) {
    return plus(scalar(c));
  }

  public Expr minus(Operand<TFloat32> b) {
    return with(tf.math.sub(value, b));
  }

  public Expr minus(double c) {
    return minus(scalar(c));
  }

  public Expr times(Operand<TFloat32> b) {
    return with(tf.math.mul(value, b));
  }

  public Expr times(double c) {
    return times(scalar(c));
  }

  public Expr over(Operand<TFloat32> b) {
    return with(tf.math.div(value, b));
  }

  public Expr over(double c) {
    return times(1 / c);
  }

  /** 1 / x. */
  public Expr reciprocal() {
    return with(tf.math.reciprocal(value));
  }

  public Expr negated() {
    return with(tf.math.neg(value));
  }

  public Expr square() {
    return with(tf.math.square(value));
  }

  public Expr sqrt() {
    return with(tf.math.sqrt(value));
  }

  /** x^p for a constant p; x must be positive unless p is a whole number. */
  public Expr power(double p) {
    return with(tf.math.pow(value, scalar(p)));
  }

  /** 1 / sqrt(x). */
  public Expr rsqrt() {
    return with(tf.math.rsqrt(value));
  }

  public Expr exp() {
    return with(tf.math.exp(value));
  }

  /** exp(x) - 1, exact for small x. */
  public Expr expMinusOne() {
    return with(tf.math.expm1(value));
  }

  public Expr log() {
    return with(tf.math.log(value));
  }

  /** log(1 + x), exact for small x. */
  public Expr logOnePlus() {
    return with(tf.math.log1p(value));
  }

  public Expr cos() {
    return with(tf.math.cos(value));
  }

  public Expr sin() {
    return with(tf.math.sin(value));
  }

  public Expr abs() {
    return with(tf.math.abs(value));
  }

  /** The largest whole number that is no larger. */
  public Expr floor() {
    return with(tf.math.floor(value));
  }

  /** log(1 + exp(x)), without overflow. */
  public Expr softplus() {
    return with(tf.math.softplus(value));
  }

  public Expr sigmoid() {
    return with(tf.math.sigmoid(value));
  }

  /** x sigmoid(x), also called swish. */
  public Expr silu() {
    return times(sigmoid());
  }

  /** The value, no lower than {@code low} and no higher than {@code high}. */
  public Expr clip(double low, double high) {
    return with(tf.clipByValue(value, scalar(low), scalar(high)));
  }

  public Expr min(double c) {
    return with(tf.math.minimum(value, scalar(c)));
  }

  public Expr max(double c) {
    return with(tf.math.maximum(value, scalar(c)));
  }

  /** The value forwards, no gradient backwards. */
  public Expr stopGradient() {
    return with(tf.stopGradient(value));
  }

  /** Mean over every element: a scalar. */
  public Expr mean() {
    return mean(allAxes());
  }

  /** Mean over the axes, which are dropped. */
  public Expr mean(int... axes) {
    return with(tf.math.mean(value, tf.constant(axes)));
  }

  /** Mean over height, width and channels: [N,H,W,C] to [N,1,1,1]. */
  public Expr meanPerImage() {
    return with(tf.math.mean(value, tf.constant(new int[] {1, 2, 3}), Mean.keepDims(true)));
  }

  /** Sum over every element: a scalar. */
  public Expr sum() {
    return sum(allAxes());
  }

  /** Sum over the axes, which are dropped. */
  public Expr sum(int... axes) {
    return with(tf.reduceSum(value, tf.constant(axes), ReduceSum.keepDims(false)));
  }

  /** log sum exp along the last axis, which is dropped; without overflow. */
  public Expr logSumExp() {
    Operand<TInt32> last = tf.constant(-1);
    Expr highest = with(tf.reduceMax(value, last, ReduceMax.keepDims(true))).stopGradient();
    Expr sum = with(tf.reduceSum(minus(highest).exp(), last, ReduceSum.keepDims(true)));
    return with(tf.squeeze(sum.log().plus(highest), Squeeze.axis(List.of(-1L))));
  }

  private int[] allAxes() {
    int rank = shape().numDimensions();
    if (rank < 0) {
      throw new IllegalStateException(
          "the rank of " + value.op().name() + " is unknown, so its axes are too");
    }
    int[] axes = new int[rank];
    Arrays.setAll(axes, i -> i);
    return axes;
  }

  /** The same values in their order, in this shape; -1 is whatever is left. Of one value: []. */
  public Expr reshape(long... dims) {
    if (dims.length == 0) { // TensorFlow Java reads no empty constant whose memory is a pool's.
      return with(tf.squeeze(value));
    }
    int[] small = new int[dims.length];
    Arrays.setAll(small, i -> Math.toIntExact(dims[i]));
    return with(tf.reshape(value, tf.constant(small)));
  }

  /** The first axis cut into equal parts; differentiable where every part is used. */
  public List<Expr> parts(int count) {
    if (count == 1) {
      return List.of(this); // The gradient of TensorFlow's op joins two and more.
    }
    return tf.split(tf.constant(0), value, (long) count).output().stream().map(this::with).toList();
  }

  /** The first channels of images: [N,H,W,C] to [N,H,W,count]. */
  public Expr channels(long count) {
    int[] size = {-1, -1, -1, Math.toIntExact(count)};
    return with(tf.slice(value, tf.constant(new int[4]), tf.constant(size)));
  }

  /** [N] to [N,1,1,1], so that it broadcasts over images. */
  public Expr perImage() {
    return reshape(-1, 1, 1, 1);
  }

  /** This where the condition holds, {@code other} elsewhere. */
  public Expr when(Operand<TBool> condition, Operand<TFloat32> other) {
    return with(tf.select(condition, value, other));
  }
}

package io.github.fdistill.training;

import io.github.fdistill.config.AugmentConfig;
import io.github.fdistill.expr.Expr;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.image.ImageProjectiveTransformV3;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;

/**
 * Images changed at random, and how (Karras et al. 2022, Appendix F.2 and Table 6). An image is
 * mirrored left to right (a0 is 0 or 1) and, each with a probability, top to bottom (a1), scaled by
 * 2^(0.2 a2), turned by -a3, stretched by 2^(0.2 a5) along the direction a4, and moved by a6 and a7
 * eighths of its width and height; a0 and a1 fair coins, a2, a5, a6 and a7 standard normal, a3 and
 * a4 uniform over the circle. A network that is told all this learns how the images look without
 * it: the labels are zeros for an image that nothing was done to. (As they were published, they say
 * the same of a5 along a4 and of -a5 along a4 + pi.)
 *
 * <p>Mirroring moves values. The others are one affine map of each image, about its middle, with
 * the image repeated mirrored around it: it is doubled by Lanczos's filter, read between the pixels
 * linearly, and halved by the same filter. An image without any of them is left as it is.
 *
 * @param images [B,H,W,C]
 * @param labels [B,9]: a0, a1, a2, cos a3 - 1, sin a3, a5 cos a4, a5 sin a4, a6, a7
 */
record Augmented(Expr images, Expr labels) {
  /** How many numbers tell how an image was changed. */
  static final int LABELS = 9;

  private static final double SCALE = 0.2;
  private static final double MOVE = 0.125;

  /** The batch's images as they are, or changed where the config says how often. */
  static Augmented of(Ops tf, StepInputs in, AugmentConfig config) {
    if (config.getProbability() == 0) {
      return new Augmented(in.real(tf), Expr.of(tf, tf.constant(new float[in.rows()][LABELS])));
    }
    Draws a = Draws.of(tf, in, config);
    Expr mirrored = mirrored(mirrored(in.real(tf), a.mirror, 2), a.topToBottom, 1);
    return new Augmented(moved(mirrored, a), a.labels());
  }

  /**
   * What is done to each image; 0 where it is not. All [B,1].
   *
   * @param any above 0 where the image is scaled, turned, stretched or moved
   */
  private record Draws(
      Expr mirror,
      Expr topToBottom,
      Expr scale,
      Expr turn,
      Expr direction,
      Expr stretch,
      Expr right,
      Expr down,
      Expr any) {

    static Draws of(Ops tf, StepInputs in, AugmentConfig config) {
      List<Expr> u = columns(in.uniform(tf, "augment", 8), 8);
      List<Expr> n = columns(in.normal(tf, "augment_by", Shape.of(1, 1, 4)).reshape(-1, 4), 4);
      double p = config.getProbability();
      Expr scaled = chosen(u.get(2), p);
      Expr turned = chosen(u.get(3), p);
      Expr stretched = chosen(u.get(4), p);
      Expr moved = chosen(u.get(5), p);
      return new Draws(
          chosen(u.get(0), config.getMirror() ? 0.5 : 0),
          chosen(u.get(1), 0.5 * p),
          n.get(0).times(scaled),
          circle(u.get(6)).times(turned),
          circle(u.get(7)),
          n.get(1).times(stretched),
          n.get(2).times(moved),
          n.get(3).times(moved),
          scaled.plus(turned).plus(stretched).plus(moved));
    }

    private static List<Expr> columns(Expr table, int count) {
      Ops tf = table.tf();
      return tf.split(tf.constant(1), table, (long) count).output().stream()
          .map(column -> Expr.of(tf, column))
          .toList();
    }

    /** 1 with this probability, else 0. */
    private static Expr chosen(Expr u, double probability) {
      Ops tf = u.tf();
      return Expr.cast(tf, tf.math.less(u, tf.constant((float) probability)));
    }

    /** From -pi to pi. */
    private static Expr circle(Expr u) {
      return u.times(2 * Math.PI).minus(Math.PI);
    }

    Expr labels() {
      return Expr.concat(
          1,
          mirror,
          topToBottom,
          scale,
          turn.cos().minus(1),
          turn.sin(),
          stretch.times(direction.cos()),
          stretch.times(direction.sin()),
          right,
          down);
    }
  }

  /** Those images turned round along an axis whose draw is 1. */
  private static Expr mirrored(Expr images, Expr draw, int axis) {
    Ops tf = images.tf();
    Expr turned = Expr.of(tf, tf.reverse(images, tf.constant(new int[] {axis})));
    return turned.when(above0(draw), images);
  }

  /** [B,1,1,1] */
  private static Operand<TBool> above0(Expr draw) {
    Ops tf = draw.tf();
    return tf.math.greater(draw.reshape(-1, 1, 1, 1), tf.constant(0f));
  }

  private static Expr moved(Expr images, Draws a) {
    Ops tf = images.tf();
    int height = (int) images.shape().get(1);
    int width = (int) images.shape().get(2);
    Expr doubled = along(along(images, Lanczos.doubling(height), 1), Lanczos.doubling(width), 2);
    Operand<TFloat32> read =
        tf.image.imageProjectiveTransformV3(
            doubled,
            transforms(a, 2 * height, 2 * width),
            tf.constant(new int[] {2 * height, 2 * width}),
            tf.constant(0f),
            "BILINEAR",
            ImageProjectiveTransformV3.fillMode("REFLECT"));
    Expr halved =
        along(along(Expr.of(tf, read), Lanczos.halving(height), 1), Lanczos.halving(width), 2);
    return halved.when(above0(a.any), images);
  }

  /**
   * From where each point p of an image is read: M (p - move) about the middle, M = 2^(-0.2 scale)
   * R(turn) R(-direction) diag(1/q, q) R(direction), q = 2^(0.2 stretch). As the op has it: [B,8],
   * the rows of M with what is added, and two zeros.
   */
  private static Expr transforms(Draws a, int height, int width) {
    Expr q = exp2(a.stretch.times(SCALE));
    Expr u = q.reciprocal();
    Expr c = a.direction.cos();
    Expr s = a.direction.sin();
    Expr xx = u.times(c.square()).plus(q.times(s.square()));
    Expr xy = c.times(s).times(q.minus(u));
    Expr yy = u.times(s.square()).plus(q.times(c.square()));
    Expr shrink = exp2(a.scale.times(-SCALE));
    Expr cos = a.turn.cos().times(shrink);
    Expr sin = a.turn.sin().times(shrink);
    Expr m00 = cos.times(xx).minus(sin.times(xy));
    Expr m01 = cos.times(xy).minus(sin.times(yy));
    Expr m10 = sin.times(xx).plus(cos.times(xy));
    Expr m11 = sin.times(xy).plus(cos.times(yy));

    double middleX = (width - 1) / 2.0;
    double middleY = (height - 1) / 2.0;
    Expr x = a.right.times(MOVE * width).plus(middleX);
    Expr y = a.down.times(MOVE * height).plus(middleY);
    Expr addX = m00.times(x).plus(m01.times(y)).negated().plus(middleX);
    Expr addY = m10.times(x).plus(m11.times(y)).negated().plus(middleY);
    Expr zero = a.right.times(0);
    return Expr.concat(1, m00, m01, addX, m10, m11, addY, zero, zero);
  }

  private static Expr exp2(Expr x) {
    return x.times(Math.log(2)).exp();
  }

  /** A filter over an axis of images, 1 or 2: weights [out,in]. */
  private static Expr along(Expr images, float[][] weights, int axis) {
    Ops tf = images.tf();
    Shape shape = images.shape();
    Operand<TFloat32> filter = tf.constant(weights);
    if (axis == 1) {
      Expr flat = images.reshape(-1, shape.get(1), shape.get(2) * shape.get(3));
      Expr out = Expr.of(tf, tf.train.batchMatMul(filter, flat, TFloat32.class));
      return out.reshape(-1, weights.length, shape.get(2), shape.get(3));
    }
    Expr flat = images.reshape(-1, shape.get(2), shape.get(3));
    Expr out = Expr.of(tf, tf.train.batchMatMul(filter, flat, TFloat32.class));
    return out.reshape(-1, shape.get(1), weights.length, shape.get(3));
  }
}

package io.github.fdistill.network;

import io.github.fdistill.expr.Expr;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.image.ResizeBilinear;
import org.tensorflow.op.image.ScaleAndTranslate;
import org.tensorflow.types.TInt32;

/** How images become of the size that a features network looks at. */
public enum Resizing {
  /** As TensorFlow 1: pixel i of H' is read from i H / H'. */
  TF1 {
    @Override
    public Expr to(Expr x, long height, long width) {
      return bilinear(x, height, width, false);
    }
  },
  /** Between the middles of pixels, as PyTorch without antialiasing. */
  BILINEAR {
    @Override
    public Expr to(Expr x, long height, long width) {
      return bilinear(x, height, width, true);
    }
  },
  /** The same with a filter as wide as an image is made smaller. */
  ANTIALIASED {
    @Override
    public Expr to(Expr x, long height, long width) {
      return filtered(x, height, width, "triangle");
    }
  },
  /** So too, by Keys' cubic filter (a = -0.5), as Pillow's bicubic; may pass the range of x. */
  BICUBIC {
    @Override
    public Expr to(Expr x, long height, long width) {
      return filtered(x, height, width, "keyscubic");
    }
  };

  /** [N,H,W,C] to [N,height,width,C]. */
  public abstract Expr to(Expr x, long height, long width);

  private static Expr bilinear(Expr x, long height, long width, boolean halfPixels) {
    Ops tf = x.tf();
    return Expr.of(
        tf,
        tf.image.resizeBilinear(
            x, size(tf, height, width), ResizeBilinear.halfPixelCenters(halfPixels)));
  }

  private static Expr filtered(Expr x, long height, long width, String kernel) {
    Ops tf = x.tf();
    float[] scale = {(float) height / x.shape().get(1), (float) width / x.shape().get(2)};
    return Expr.of(
        tf,
        tf.image.scaleAndTranslate(
            x,
            size(tf, height, width),
            tf.constant(scale),
            tf.constant(new float[2]),
            ScaleAndTranslate.kernelType(kernel),
            ScaleAndTranslate.antialias(true)));
  }

  private static Operand<TInt32> size(Ops tf, long height, long width) {
    return tf.constant(new int[] {Math.toIntExact(height), Math.toIntExact(width)});
  }
}

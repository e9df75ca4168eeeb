package io.github.fdistill.training;

import io.github.fdistill.expr.Expr;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gather;
import org.tensorflow.types.TInt32;

/**
 * Images as they might have been taken too: each moved by whole pixels and mirrored by a draw of
 * its own, a function of the seed and the number of the batch.
 *
 * <p>Row i of an image is its row clip(i + dy, 0, H-1) before, and column j its column clip(j' +
 * dx, 0, W-1), where j' is j or, mirrored, W-1-j: values are moved and never computed.
 *
 * @param shift dy and dx are uniform over -shift..shift
 * @param flip whether half of the images, by chance, are mirrored left to right
 */
record Augmentation(int shift, boolean flip) {

  /** The batch's images so changed, [B,H,W,C]. */
  Expr of(Ops tf, StepInputs in) {
    Expr images = in.real(tf);
    int height = (int) images.shape().get(1);
    int width = (int) images.shape().get(2);
    Expr dy = shifts(tf, in, "shift_down");
    Expr dx = shifts(tf, in, "shift_right");
    Expr rows = count(tf, height).plus(dy);
    Expr columns = mirrored(tf, in, width).plus(dx);
    return gathered(gathered(images, rows, 1, height), columns, 2, width);
  }

  /** [B,1] */
  private Expr shifts(Ops tf, StepInputs in, String stream) {
    Expr u = in.uniform(tf, stream, 1);
    return u.times(2 * shift + 1).floor().min(2 * shift).minus(shift);
  }

  /** 0, 1, ..., size - 1, or in a mirrored image the other way round: [B,size] */
  private Expr mirrored(Ops tf, StepInputs in, int size) {
    Expr u = in.uniform(tf, "flip", 1);
    Expr turned = u.times(2).floor().times(flip ? 1 : 0);
    Expr j = count(tf, size);
    return j.plus(turned.times(j.times(-2).plus(size - 1)));
  }

  /** 0, 1, ..., size - 1: [1,size] */
  private static Expr count(Ops tf, int size) {
    float[] numbers = new float[size];
    for (int i = 0; i < size; i++) {
      numbers[i] = i;
    }
    return Expr.of(tf, tf.constant(new float[][] {numbers}));
  }

  /** Slices along an axis, each image's own: index [B,size], clipped to what there is. */
  private static Expr gathered(Expr images, Expr index, int axis, int size) {
    Ops tf = images.tf();
    Operand<TInt32> whole = tf.dtypes.cast(index.clip(0, size - 1), TInt32.class);
    return Expr.of(tf, tf.gather(images, whole, tf.constant(axis), Gather.batchDims(1L)));
  }
}

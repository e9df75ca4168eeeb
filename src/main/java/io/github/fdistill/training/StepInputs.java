package io.github.fdistill.training;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.Noise;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/**
 * What is fed to a training graph, and all that is: a batch and the number of the batch. Noise is a
 * function of the seed and that number.
 *
 * @param images [B,H,W,C], data units
 * @param labels [B]
 * @param step scalar, the number of the batch
 * @param noise drawn in the graph
 */
public record StepInputs(
    Placeholder<TFloat32> images,
    Placeholder<TInt32> labels,
    Placeholder<TInt64> step,
    Noise noise) {

  /**
   * @param image [H,W,C]
   */
  public static StepInputs create(Ops tf, int batchSize, Shape image, long seed) {
    Ops scope = tf.withSubScope("batch");
    Placeholder<TInt64> step = scope.placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
    return new StepInputs(
        scope.placeholder(TFloat32.class, Placeholder.shape(image.prepend(batchSize))),
        scope.placeholder(TInt32.class, Placeholder.shape(Shape.of(batchSize))),
        step,
        new Noise(seed, 0, step));
  }

  int batchSize() {
    return (int) labels.shape().get(0);
  }

  /** The shape [B]. */
  Operand<TInt32> rows(Ops tf) {
    return tf.constant(new int[] {batchSize()});
  }

  /** The images as an expression. */
  Expr real(Ops tf) {
    return Expr.of(tf, images);
  }

  /** Fresh N(0, 1) of the images' shape. */
  Expr normalImages(Ops tf, String stream) {
    long[] dims = images.shape().asArray();
    int[] shape = new int[dims.length];
    java.util.Arrays.setAll(shape, i -> (int) dims[i]);
    return noise.normal(tf, stream, shape);
  }

  /** The run's step, where each has so many batches, as a number to compute with. */
  Expr runStep(Ops tf, int batchesPerStep) {
    return Expr.cast(tf, tf.math.floorDiv(step, tf.constant((long) batchesPerStep)));
  }
}

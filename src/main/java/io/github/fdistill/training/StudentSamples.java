package io.github.fdistill.training;

import io.github.fdistill.diffusion.OneStep;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.SeededNoise;
import io.github.fdistill.savedmodel.TensorBundle;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/** Draws from a student inside a training graph, as its export will: in float32, by seeds. */
final class StudentSamples {
  private final Placeholder<TInt64> seed;
  private final Placeholder<TInt32> label;
  private final Expr sample;

  /**
   * @param image [H,W,C]
   */
  StudentSamples(Ops tf, OneStep student, Shape image) {
    seed = tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(-1)));
    label = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
    Expr z = SeededNoise.normal(tf, seed, image.get(0), image.get(1), image.get(2));
    sample = student.sample(z, label);
  }

  /** Images [N,H,W,C], one after another. */
  float[] draw(Session session, long[] seeds, int[] labels) {
    Shape rows = Shape.of(seeds.length);
    try (TInt64 s = TInt64.tensorOf(rows, DataBuffers.of(seeds, true, false));
        TInt32 l = TInt32.tensorOf(rows, DataBuffers.of(labels, true, false));
        Result result = session.runner().feed(seed, s).feed(label, l).fetch(sample).run()) {
      return TensorBundle.floats((TFloat32) result.get(0));
    }
  }
}

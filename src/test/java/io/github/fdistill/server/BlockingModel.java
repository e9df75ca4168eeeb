package io.github.fdistill.server;

import io.github.fdistill.savedmodel.SavedModelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.io.FifoQueue;
import org.tensorflow.op.io.QueueDequeue;
import org.tensorflow.types.TFloat32;

/**
 * A model that answers when it is let: its session waits for what another request gives.
 *
 * <pre>
 *   serving_default  x [N] float32  -> y [N] = x + what was given; waits until something is
 *   give             x [N] float32  -> y [N] = x, and the sum of x is given to one who waits
 * </pre>
 */
public final class BlockingModel {
  private BlockingModel() {}

  /** Writes it as a version of a model. */
  public static void write(Path version) throws IOException {
    Files.createDirectories(version);
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      FifoQueue queue = tf.io.fifoQueue(List.of(TFloat32.class));
      Placeholder<TFloat32> x =
          tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
      QueueDequeue taken = tf.io.queueDequeue(queue, List.of(TFloat32.class));

      Operand<TFloat32> given = taken.op().output(0);
      builder.signature("serving_default", Map.of("x", x), Map.of("y", tf.math.add(x, given)));
      Op put = tf.io.queueEnqueue(queue, List.of(tf.sum(x, tf.constant(0))));
      Operand<TFloat32> after = tf.withControlDependencies(put).identity(x);
      builder.signature("give", Map.of("x", x), Map.of("y", after));
      builder.write(version);
    }
    Files.writeString(
        version.resolveSibling("batching_parameters.pbtxt"),
        "max_batch_size { value: 1 } batch_timeout_micros { value: 0 }"
            + " num_batch_threads { value: 1 }");
  }
}

package io.github.fdistill.server;

import io.github.fdistill.savedmodel.SavedModelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Operand;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.While;
import org.tensorflow.types.TFloat32;

/**
 * A model that answers some requests at once and others never: its session computes until it is
 * ended.
 *
 * <pre>
 *   serving_default  x [N] float32  -> y [N] = x + 40; never while an x is over 1000
 *   give             x [N] float32  -> y [N] = x
 * </pre>
 */
public final class BlockingModel {
  /** What is never answered. */
  public static final float ENDLESS = 2_000;

  private BlockingModel() {}

  /** Writes it as a version of a model. */
  public static void write(Path version) throws IOException {
    Files.createDirectories(version);
    try (SavedModelBuilder builder = new SavedModelBuilder();
        ConcreteFunction over = ConcreteFunction.create(BlockingModel::over);
        ConcreteFunction same = ConcreteFunction.create(BlockingModel::same)) {
      Ops tf = builder.tf();
      Placeholder<TFloat32> x =
          tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
      While loop = tf.whileOp(List.of(x), over, same);
      Operand<TFloat32> ended = loop.output().get(0).expect(TFloat32.class);
      builder.signature(
          "serving_default", Map.of("x", x), Map.of("y", tf.math.add(ended, tf.constant(40f))));
      builder.signature("give", Map.of("x", x), Map.of("y", tf.identity(x)));
      builder.write(version);
    }
    Files.writeString(
        version.resolveSibling("batching_parameters.pbtxt"),
        "max_batch_size { value: 1 } batch_timeout_micros { value: 0 }"
            + " num_batch_threads { value: 1 }");
  }

  private static Signature over(Ops tf) {
    Placeholder<TFloat32> x = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
    return Signature.builder()
        .key("over")
        .input("x", x)
        .output("y", tf.math.greater(tf.max(x, tf.constant(0)), tf.constant(1000f)))
        .build();
  }

  private static Signature same(Ops tf) {
    Placeholder<TFloat32> x = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
    return Signature.builder().key("same").input("x", x).output("y", tf.identity(x)).build();
  }
}

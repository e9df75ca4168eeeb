package io.github.fdistill.network;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.savedmodel.Weights;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/**
 * Features by a formula: the coordinates of an image along axes through a mean image,
 *
 * <pre>
 * features = (x - mean) axes,   x = pixels / 255, as a row of H W C numbers
 * </pre>
 *
 * @param image [H,W,C]
 * @param mean [H W C], in C order
 * @param axes [H W C, d], in C order
 * @param dimension d
 */
public record PixelComponents(Shape image, float[] mean, float[] axes, int dimension) {
  private static final String X = "x";
  private static final double LARGEST_BYTE = 255;

  public PixelComponents {
    if (mean.length != image.size() || axes.length != mean.length * dimension) {
      throw new IllegalArgumentException(mean.length + " and " + axes.length + " for " + image);
    }
  }

  /** Adds it to a SavedModel in the making, with the signature {@code features}. */
  public void addTo(SavedModelBuilder builder) {
    Ops tf = builder.tf();
    Operand<TUint8> bytes =
        tf.withSubScope(Classifier.FEATURES)
            .withName(Classifier.IMAGES)
            .placeholder(TUint8.class, Placeholder.shape(image.prepend(-1)));
    ParameterStore store = new ParameterStore(0);
    NetworkFunction function = function(store);
    builder.signature(
        Classifier.FEATURES,
        Map.of(Classifier.IMAGES, bytes),
        function.call(
            tf,
            Classifier.FEATURES + "/network",
            Map.of(X, Expr.cast(tf, bytes)),
            builder.variables(new Numbers(store.parameters(), List.of(mean, axes)))));
  }

  private NetworkFunction function(ParameterStore store) {
    try (Graph graph = Sessions.graph()) {
      Ops tf = NodeNames.ops(graph);
      Operand<TFloat32> x =
          tf.withName(X).placeholder(TFloat32.class, Placeholder.shape(image.prepend(-1)));
      Expr centre = store.constant(tf, "mean", 0, mean.length);
      Expr directions = store.constant(tf, "axes", 0, mean.length, dimension);
      Expr rows = Expr.of(tf, x).over(LARGEST_BYTE).reshape(-1, mean.length).minus(centre);
      Expr features = Expr.of(tf, tf.linalg.matMul(rows, directions));
      return Networks.function(graph, Map.of(X, x), Map.of(Classifier.FEATURES, features), store);
    }
  }

  private record Numbers(Parameters parameters, List<float[]> values) implements Weights {
    @Override
    public void copy(int parameter, FloatDataBuffer into) {
      into.write(values.get(parameter));
    }
  }
}

package io.github.fdistill.network;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.savedmodel.Weights;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/**
 * Inception v3 (Szegedy et al. 2016) up to the means of its last map: the 2048 features by which
 * images are compared in publications. Names of the parameters are torchvision's.
 *
 * @param function images {@code x} [N,H,W,3], values of bytes, to {@code features} [N,2048]
 * @param weights of its parameters
 * @param image static shape of an image, [H,W,3]
 */
public record Inception(NetworkFunction function, Weights weights, Shape image) {
  private static final String FEATURES = "features";
  private static final String X = "x";
  private static final int SIDE = 299;

  /** Which of the two trained networks it is. */
  public enum Kind {
    /** TensorFlow's of 2015, of which FID is published: means leave zeros around a map out. */
    OF_2015,
    /** torchvision's: they count them. */
    TORCHVISION
  }

  /**
   * Values of bytes as it was trained on them: with TensorFlow 1's resizing (x - 128) / 128, with
   * PyTorch's x / 127.5 - 1.
   */
  private static Expr scaled(Expr x, Resizing resizing) {
    return resizing == Resizing.TF1 ? x.minus(128).over(128) : x.over(127.5).minus(1);
  }

  /**
   * The network; its weights are zeros.
   *
   * @param image [H,W,3]
   */
  public static Inception build(Kind kind, Resizing resizing, Shape image) {
    try (Graph graph = Sessions.graph()) {
      Ops tf = NodeNames.ops(graph);
      ParameterStore store = new ParameterStore(0);
      Operand<TFloat32> bytes =
          tf.withName(X).placeholder(TFloat32.class, Placeholder.shape(image.prepend(-1)));
      Expr x = scaled(resizing.to(Expr.of(tf, bytes), SIDE, SIDE), resizing);
      Expr features = new InceptionBlocks(store, kind == Kind.TORCHVISION).map(x).mean(1, 2);
      NetworkFunction function =
          Networks.function(graph, Map.of(X, bytes), Map.of(FEATURES, features), store);
      return new Inception(function, store.first(), image);
    }
  }

  /** The same network with other weights. */
  public Inception with(Weights other) {
    return new Inception(function, other, image);
  }

  /** Adds it to a SavedModel in the making, with the signature {@code features}. */
  public void addTo(SavedModelBuilder builder) {
    Ops tf = builder.tf();
    Operand<TUint8> bytes =
        tf.withSubScope(FEATURES)
            .withName(Classifier.IMAGES)
            .placeholder(TUint8.class, Placeholder.shape(image.prepend(-1)));
    builder.signature(
        FEATURES,
        Map.of(Classifier.IMAGES, bytes),
        of(tf, Expr.cast(tf, bytes), builder.variables(weights)));
  }

  /**
   * Its features in a graph, by their name.
   *
   * @param x [N,H,W,3], values of bytes
   */
  Map<String, Output<?>> of(Ops tf, Expr x, Map<String, Operand<TFloat32>> variables) {
    return function.call(tf, FEATURES + "/network", Map.of(X, x), variables);
  }

  /** The names of a layer's batch normalisation, in the order gamma, beta, mean, variance. */
  static final List<String> NORM = List.of("scale", "offset", "mean", "variance");
}

package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.config.ClassifierConfig;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.savedmodel.Weights;
import java.util.LinkedHashMap;
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
 * A classifier of images, outside any graph. What its last layer sees are the features that images
 * are compared by.
 *
 * @param function images {@code x} [N,H,W,C] in data units to {@code features} [N,d] and {@code
 *     logits} [N,K]
 * @param weights of its parameters
 * @param image static shape of an image, [H,W,C]
 */
public record Classifier(NetworkFunction function, Weights weights, Shape image) {

  /** The signature that it is exported with, and the name of its output [N,d]. */
  public static final String FEATURES = "features";

  /** The output [N,K]. */
  public static final String LOGITS = "logits";

  /** The input of the signature, [N,H,W,C] uint8. */
  public static final String IMAGES = "images";

  private static final String X = "x";

  /**
   * SiLU and the mean over pixels leave little of a signal: without gains, training begins late.
   */
  private static final double FEATURE_GAIN = 2;

  private static final double LOGIT_GAIN = 4;

  /** Of a layer before ReLU, which halves the mean square (He et al. 2015). */
  private static final double RELU_GAIN = Math.sqrt(2);

  /**
   * @param image [H,W,C]
   * @param classes K
   * @param seed of the first values
   * @throws InputException when the description does not make a network
   */
  public static Classifier build(ClassifierConfig config, Shape image, int classes, long seed) {
    requireBuildable(config, image, "classifier config");
    try (Graph graph = Sessions.graph()) {
      Ops tf = NodeNames.ops(graph);
      ParameterStore store = new ParameterStore(seed);
      Layers layers = new Layers(store);
      Operand<TFloat32> x =
          tf.withName(X).placeholder(TFloat32.class, Placeholder.shape(image.prepend(-1)));
      Expr features =
          switch (config.getDesign()) {
            case NORMALISED -> normalised(config, layers, Expr.of(tf, x));
            case POOLED -> pooled(config, layers, Expr.of(tf, x));
          };
      Map<String, Operand<?>> outputs = new LinkedHashMap<>();
      outputs.put(FEATURES, features);
      outputs.put(LOGITS, layers.dense(features, LOGITS, classes, LOGIT_GAIN));
      NetworkFunction function = Networks.function(graph, Map.of(X, x), outputs, store);
      return new Classifier(function, store.first(), image);
    }
  }

  /** Convolutions with group normalisation and SiLU, and means over pixels: [N,H,W,C] to [N,d]. */
  private static Expr normalised(ClassifierConfig config, Layers layers, Expr x) {
    Expr last = convolutions(config, layers, x); // [N,h,w,C]
    return layers.conv(last, FEATURES, config.getFeatures(), 1, 1, FEATURE_GAIN).silu().mean(1, 2);
  }

  /** Convolutions with ReLU, the largest of 2x2 pixels, and a full layer: [N,H,W,C] to [N,d]. */
  private static Expr pooled(ClassifierConfig config, Layers layers, Expr h) {
    for (int i = 0; i < config.getLevelCount(); i++) {
      for (int j = 0; j < config.getLevel(i).getBlocks(); j++) {
        String name = "level_" + i + "_block_" + j;
        h = layers.conv(h, name, config.getLevel(i).getChannels(), 3, 1, RELU_GAIN).max(0);
      }
      h = Layers.halfByMaximum(h);
    }
    long values = h.shape().get(1) * h.shape().get(2) * h.shape().get(3);
    return layers.dense(h.reshape(-1, values), FEATURES, config.getFeatures(), RELU_GAIN).max(0);
  }

  private static Expr convolutions(ClassifierConfig config, Layers layers, Expr h) {
    for (int i = 0; i < config.getLevelCount(); i++) {
      ClassifierConfig.Level level = config.getLevel(i);
      if (i > 0) {
        h = layers.down(h, "down_" + i, level.getChannels());
      }
      for (int j = 0; j < level.getBlocks(); j++) {
        String name = "level_" + i + "_block_" + j;
        h = layers.conv3(h, name, level.getChannels());
        h = layers.groupNorm(h, name + "_norm", config.getGroupChannels()).silu();
      }
    }
    return h;
  }

  /**
   * Refuses a description that does not make a network; building one does so too.
   *
   * @param image [H,W,C]
   * @param where the file it stands in, for the message
   * @throws InputException naming the field
   */
  public static void requireBuildable(ClassifierConfig config, Shape image, String where) {
    ClassifierChecks.require(config, image, where);
  }

  /** The same network with other weights. */
  public Classifier with(Weights other) {
    return new Classifier(function, other, image);
  }

  /**
   * Adds the network to a SavedModel in the making: its variables, and the signature {@code
   * features}, which takes bytes: x = byte / 127.5 - 1.
   */
  public void addTo(SavedModelBuilder builder) {
    Ops tf = builder.tf();
    Map<String, Operand<TFloat32>> variables = builder.variables(weights);
    Operand<TUint8> bytes =
        tf.withSubScope(FEATURES)
            .withName(IMAGES)
            .placeholder(TUint8.class, Placeholder.shape(image.prepend(-1)));
    Expr x = Expr.cast(tf, bytes).over(tf.constant(127.5f)).minus(1);
    Map<String, Output<?>> outputs =
        function.call(tf, FEATURES + "/network", Map.of(X, x), variables);
    builder.signature(FEATURES, Map.of(IMAGES, bytes), outputs);
  }

  /**
   * The logits [N,K] of images.
   *
   * @param prefix of the nodes, not yet used in the graph
   * @param function of a classifier, or what was made of it
   * @param x [N,H,W,C], data units
   * @param vector all weights, one after another
   */
  public static Expr logits(NetworkFunction function, String prefix, Expr x, Expr vector) {
    Ops tf = x.tf();
    Map<String, Operand<TFloat32>> weights =
        function.parameters().split(tf.withSubScope(prefix), vector);
    Map<String, Output<?>> outputs = function.call(tf, prefix + "/network", Map.of(X, x), weights);
    return Expr.of(tf, outputs.get(LOGITS).expect(TFloat32.class));
  }
}

package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.UNetConfig;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.savedmodel.NetworkFunction;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Builds networks from their descriptions, as functions with first values. */
public final class Networks {

  /**
   * @param function (parameters, inputs) to outputs
   * @param initialValues of its parameters, one after another
   */
  public record Built(NetworkFunction function, float[] initialValues) {}

  private Networks() {}

  /**
   * A denoiser, as the contract has it: x [N,H,W,C], sigma [N], label [N] (when conditional) to
   * denoised [N,H,W,C] and features.
   *
   * @param seed of the first values
   */
  public static Built denoiser(NetworkConfig config, long seed) {
    check(config);
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      var image = config.getImage();
      Shape shape = Shape.of(-1, image.getHeight(), image.getWidth(), image.getChannels());
      Map<String, Operand<?>> inputs = new LinkedHashMap<>();
      Expr x = Expr.of(tf, tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(shape)));
      Expr sigma =
          Expr.of(
              tf,
              tf.withName("sigma").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1))));
      inputs.put("x", x);
      inputs.put("sigma", sigma);
      Expr oneHot = null;
      if (config.getClasses() > 0) {
        Operand<TInt32> label =
            tf.withName("label").placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
        inputs.put("label", label);
        oneHot = oneHot(tf, label, config.getClasses() + 1);
      }
      ParameterStore store = new ParameterStore(seed);
      UNet network = new UNet(config.getUnet(), store, h -> h);
      Map<String, Operand<?>> outputs = new LinkedHashMap<>();
      outputs.put("denoised", precondition(network, x, sigma, oneHot, config.getSigmaData()));
      outputs.putAll(network.features());
      return new Built(function(graph, inputs, outputs, store), store.initialValues());
    }
  }

  private static Expr precondition(
      UNet network, Expr x, Expr sigma, Expr oneHot, double sigmaData) {
    Expr s = sigma.perImage();
    Expr total = s.square().plus(sigmaData * sigmaData);
    Expr cSkip = total.reciprocal().times(sigmaData * sigmaData);
    Expr cOut = s.times(sigmaData).times(total.rsqrt());
    Expr cIn = total.rsqrt();
    Expr cNoise = sigma.log().times(0.25);
    Expr f = network.build(x.times(cIn), cNoise, oneHot);
    return x.times(cSkip).plus(f.times(cOut));
  }

  static Expr oneHot(Ops tf, Operand<TInt32> label, int count) {
    return Expr.of(tf, tf.oneHot(label, tf.constant(count), tf.constant(1f), tf.constant(0f)));
  }

  static NetworkFunction function(
      Graph graph,
      Map<String, ? extends Operand<?>> inputs,
      Map<String, ? extends Operand<?>> outputs,
      ParameterStore store) {
    Map<String, String> in = new LinkedHashMap<>();
    inputs.forEach((name, tensor) -> in.put(name, tensor.asOutput().op().name()));
    Map<String, String> out = new LinkedHashMap<>();
    outputs.forEach(
        (name, tensor) -> {
          Output<?> output = tensor.asOutput();
          out.put(name, output.op().name() + ":" + output.index());
        });
    return new NetworkFunction(graph.toGraphDef(), in, out, store.parameters());
  }

  private static void check(NetworkConfig config) {
    UNetConfig unet = config.getUnet();
    int levels = unet.getMultiplierCount();
    require(levels > 0, "unet.multiplier", "nothing", "one entry a level, such as 1, 2, 4");
    require(
        config.getImage().getHeight() > 0
            && config.getImage().getWidth() > 0
            && config.getImage().getChannels() > 0,
        "image",
        config.getImage().toString().strip().replace('\n', ' '),
        "positive height, width and channels");
    int factor = unet.getPatch() << (levels - 1);
    require(
        config.getImage().getHeight() % factor == 0 && config.getImage().getWidth() % factor == 0,
        "unet.multiplier",
        levels + " levels and patch " + unet.getPatch(),
        "a height and width that divide by " + factor + " (patch * 2^(levels - 1))");
  }

  private static void require(boolean ok, String field, String found, String needed) {
    if (!ok) {
      throw new InputException("network config: " + field, found, needed, "change " + field);
    }
  }
}

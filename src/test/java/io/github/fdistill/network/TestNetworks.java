package io.github.fdistill.network;

import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.UNetConfig;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.savedmodel.WeightArrays;
import io.github.fdistill.savedmodel.Weights;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** Tiny networks, and their numbers as Java arrays. */
final class TestNetworks {
  private TestNetworks() {}

  /** 8x8 images of 2 channels, 3 classes, two levels, attention at 4x4. */
  static NetworkConfig.Builder config() {
    NetworkConfig.Builder config = NetworkConfig.newBuilder().setClasses(3);
    config.getImageBuilder().setHeight(8).setWidth(8).setChannels(2);
    UNetConfig.Builder unet = config.getUnetBuilder();
    unet.setChannels(8).addMultiplier(1).addMultiplier(2).addAttentionResolution(4);
    unet.setGroupChannels(4);
    return config;
  }

  static float[] random(long seed, int size, double std) {
    Random random = new Random(seed);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (std * random.nextGaussian());
    }
    return values;
  }

  /** The parameters in a graph. */
  static Map<String, Operand<TFloat32>> split(
      TestGraph g, NetworkFunction function, float[] numbers) {
    Parameters parameters = function.parameters();
    return parameters.split(g.tf, WeightArrays.constant(g.tf, parameters, numbers));
  }

  /** The numbers of each parameter in a vector as it is in memory. */
  static Map<String, float[]> parts(NetworkFunction function, float[] vector) {
    Parameters parameters = function.parameters();
    return WeightArrays.split(parameters, WeightArrays.withoutZeros(parameters, vector));
  }

  /** The numbers of each parameter of a model. */
  static Map<String, float[]> parts(DenoiserModel model) {
    return WeightArrays.split(model.function().parameters(), WeightArrays.of(model.weights()));
  }

  /** Random weights for a model. */
  static Weights random(DenoiserModel model, long seed, double std) {
    Parameters parameters = model.function().parameters();
    return WeightArrays.weights(parameters, random(seed, (int) parameters.size(), std));
  }

  /** The model with these numbers of its parameters. */
  static DenoiserModel with(DenoiserModel model, Map<String, float[]> parts) {
    Parameters parameters = model.function().parameters();
    return model.with(WeightArrays.weights(parameters, WeightArrays.join(parameters, parts)));
  }

  /** Every output of a denoiser's function in a graph, for images of two channels. */
  static Map<String, Expr> outputs(
      TestGraph g,
      NetworkFunction function,
      Operand<TFloat32> vector,
      float[] x,
      double[] sigma,
      int[] label,
      Map<String, Operand<?>> more) {
    Map<String, Operand<?>> inputs = new HashMap<>(more);
    inputs.put("x", Expr.of(g.tf, g.tf.constant(x)).reshape(sigma.length, 8, 8, 2));
    inputs.put("sigma", g.constant(sigma));
    inputs.put("label", g.tf.constant(label));
    Map<String, Operand<TFloat32>> weights = function.parameters().split(g.tf, vector);
    Map<String, Expr> outputs = new LinkedHashMap<>();
    String prefix = g.tf.scope().makeOpName("net");
    Map<String, Output<?>> called = function.call(g.tf, prefix, inputs, weights);
    called.forEach((name, out) -> outputs.put(name, Expr.of(g.tf, out.expect(TFloat32.class))));
    return outputs;
  }

  static float[] denoised(
      NetworkFunction function, float[] vector, float[] x, double[] sigma, int... label) {
    try (TestGraph g = new TestGraph()) {
      Operand<TFloat32> weights = WeightArrays.constant(g.tf, function.parameters(), vector);
      return g.value(
          outputs(g, function, weights, x, sigma, label, Map.of()).get(DenoiserModel.DENOISED));
    }
  }

  /** What is built of one input. */
  interface Net {
    Expr build(Expr x, Layers layers);
  }

  /** A net of one input of this shape, {@code x} to {@code y}, as a function. */
  static NetworkFunction function(Shape shape, Net net) {
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      ParameterStore store = new ParameterStore(1);
      Expr x = Expr.of(tf, tf.placeholder(TFloat32.class, Placeholder.shape(shape)));
      Expr y = net.build(x, new Layers(store));
      return Networks.function(graph, Map.of("x", x), Map.of("y", y), store);
    }
  }

  /** Its value; the input's other dimensions are those of the function. */
  static float[] value(NetworkFunction function, float[] vector, float[] x, long... dims) {
    try (TestGraph g = new TestGraph()) {
      Expr input = Expr.of(g.tf, g.tf.constant(x)).reshape(dims);
      Map<String, Operand<TFloat32>> weights = split(g, function, vector);
      Map<String, Output<?>> y = function.call(g.tf, "net", Map.of("x", input), weights);
      return g.value(y.get("y").expect(TFloat32.class));
    }
  }
}

package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.UNetConfig;
import io.github.fdistill.diffusion.Preconditioning;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.Noise;
import io.github.fdistill.savedmodel.NetworkFunction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/** Builds networks from their descriptions. */
public final class Networks {

  private Networks() {}

  /**
   * A denoiser, as the contract has it: x [N,H,W,C], sigma [N], label [N] (when conditional) to
   * denoised [N,H,W,C] and features.
   *
   * @param seed of the first values
   * @throws InputException when the description does not make a network
   */
  public static DenoiserModel denoiser(NetworkConfig config, long seed) {
    ParameterStore store = new ParameterStore(seed);
    NetworkFunction function = build(config, store, 0);
    DenoiserInfo info =
        DenoiserInfo.newBuilder()
            .setClasses(config.getClasses())
            .setSigmaData(config.getSigmaData())
            .build();
    var image = config.getImage();
    Shape shape = Shape.of(image.getHeight(), image.getWidth(), image.getChannels());
    return new DenoiserModel("network config", function, store.initialValues(), info, shape);
  }

  /**
   * The same function as it is trained: with the config's dropout, and one more input {@code step}
   * (a scalar int64), of which and of the seed the dropped features are a function.
   */
  public static NetworkFunction withDropout(NetworkConfig config, long seed) {
    return build(config, new ParameterStore(seed), config.getUnet().getDropout());
  }

  private static NetworkFunction build(NetworkConfig config, ParameterStore store, double rate) {
    requireBuildable(config, "network config");
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      var image = config.getImage();
      Shape shape = Shape.of(-1, image.getHeight(), image.getWidth(), image.getChannels());
      Map<String, Operand<?>> inputs = new LinkedHashMap<>();
      Expr x = Expr.of(tf, input(tf, inputs, "x", TFloat32.class, shape));
      Expr sigma = Expr.of(tf, input(tf, inputs, "sigma", TFloat32.class, Shape.of(-1)));
      Expr oneHot = null;
      if (config.getClasses() > 0) {
        Operand<TInt32> label = input(tf, inputs, "label", TInt32.class, Shape.of(-1));
        oneHot = oneHot(tf, label, config.getClasses() + 1);
      }
      UNet.Dropout dropout = h -> h;
      if (rate > 0) {
        Operand<TInt64> step = input(tf, inputs, "step", TInt64.class, Shape.scalar());
        dropout = new RandomDropout(rate, new Noise(store.seed(), 0, step));
      }
      UNet network = new UNet(config.getUnet(), store, dropout);
      Map<String, Operand<?>> outputs = new LinkedHashMap<>();
      outputs.put(
          DenoiserModel.DENOISED, precondition(network, x, sigma, oneHot, config.getSigmaData()));
      outputs.putAll(network.features());
      return function(graph, inputs, outputs, store);
    }
  }

  private static <T extends TType> Operand<T> input(
      Ops tf, Map<String, Operand<?>> inputs, String name, Class<T> type, Shape shape) {
    Operand<T> placeholder = tf.withName(name).placeholder(type, Placeholder.shape(shape));
    inputs.put(name, placeholder);
    return placeholder;
  }

  /** D(x; sigma) = cSkip x + cOut F(cIn x; cNoise). Karras et al. 2022, Equation 7. */
  private static Expr precondition(
      UNet network, Expr x, Expr sigma, Expr oneHot, double sigmaData) {
    Preconditioning edm = new Preconditioning(sigmaData);
    Expr s = sigma.perImage();
    Expr f = network.build(x.times(edm.cIn(s)), edm.cNoise(sigma), oneHot);
    return x.times(edm.cSkip(s)).plus(f.times(edm.cOut(s)));
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

  /**
   * Refuses a description that does not make a network; building one does so too.
   *
   * @param where the file it stands in, for the message
   * @throws InputException naming the field
   */
  public static void requireBuildable(NetworkConfig config, String where) {
    UNetConfig unet = config.getUnet();
    int levels = unet.getMultiplierCount();
    require(where, levels > 0, "unet.multiplier", "nothing", "one entry a level, such as 1, 2, 4");
    require(
        where,
        config.getImage().getHeight() > 0
            && config.getImage().getWidth() > 0
            && config.getImage().getChannels() > 0,
        "image",
        config.getImage().toString().strip().replace('\n', ' '),
        "positive height, width and channels");
    require(
        where,
        config.getClasses() >= 0,
        "classes",
        "" + config.getClasses(),
        "0 (unconditional) or more");
    require(
        where, unet.getPatch() >= 1, "unet.patch", "" + unet.getPatch(), "1 (no patches) or more");
    require(where, unet.getChannels() >= 2, "unet.channels", "" + unet.getChannels(), "2 or more");
    require(where, unet.getBlocks() >= 1, "unet.blocks", "" + unet.getBlocks(), "1 or more");
    require(
        where,
        unet.getMultiplierList().stream().allMatch(m -> m >= 1),
        "unet.multiplier",
        unet.getMultiplierList().toString(),
        "each 1 or more");
    require(
        where,
        unet.getDropout() >= 0 && unet.getDropout() < 1,
        "unet.dropout",
        "" + unet.getDropout(),
        "from 0 up to, not including, 1");
    requireWholeGroups(where, unet);
    double factor = unet.getPatch() * Math.pow(2, levels - 1);
    require(
        where,
        config.getImage().getHeight() % factor == 0 && config.getImage().getWidth() % factor == 0,
        "unet.multiplier",
        levels + " levels and patch " + unet.getPatch(),
        "a height and width that divide by " + (long) factor + " (patch * 2^(levels - 1))");
    requireLevels(where, config);
  }

  /** Attention at a height that no level has would be none. */
  private static void requireLevels(String where, NetworkConfig config) {
    UNetConfig unet = config.getUnet();
    List<Integer> heights = new ArrayList<>();
    for (int level = 0; level < unet.getMultiplierCount(); level++) {
      heights.add(config.getImage().getHeight() / unet.getPatch() >> level);
    }
    require(
        where,
        heights.containsAll(unet.getAttentionResolutionList()),
        "unet.attention_resolution",
        unet.getAttentionResolutionList().toString(),
        "heights of the levels: " + heights);
  }

  /** A block normalises its input, which on the way up is its level's and a skip, side by side. */
  private static void requireWholeGroups(String where, UNetConfig unet) {
    int group = unet.getGroupChannels();
    for (int multiplier : unet.getMultiplierList()) {
      int width = unet.getChannels() * multiplier;
      require(
          where,
          group >= 1 && (width % group == 0 || 2 * width <= group),
          "unet.group_channels",
          group + " with a level of " + width + " channels",
          "a number that divides the channels of each level");
    }
  }

  private static void require(String where, boolean ok, String field, String found, String needed) {
    if (!ok) {
      throw new InputException(where + ": " + field, found, needed, "change " + field);
    }
  }
}

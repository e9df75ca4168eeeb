package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.NoneCondition;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.diffusion.Convention;
import io.github.fdistill.diffusion.GaussianMixture;
import io.github.fdistill.diffusion.Preconditioning;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.Noise;
import io.github.fdistill.graph.NetworkFunction;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
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
   * A denoiser, as the contract has it: x [N,H,W,C], sigma [N], label [N] (when it knows classes),
   * tokens [N,T] (when it takes texts) to denoised [N,H,W,C] and features.
   *
   * @param seed of the first values
   * @throws InputException when the description does not make a network
   */
  public static DenoiserModel denoiser(NetworkConfig config, long seed) {
    if (config.hasMixture()) {
      requireBuildable(config, "network config");
      return MixtureModel.denoiser(mixture(config));
    }
    ParameterStore store = new ParameterStore(seed);
    NetworkFunction function = build(config, store, false);
    var image = config.getImage();
    Shape shape = Shape.of(image.getHeight(), image.getWidth(), image.getChannels());
    return new DenoiserModel("network config", function, store.first(), info(config), shape);
  }

  /**
   * How a network speaks of noise that is told so in another way than EDM's.
   *
   * @param where the description stands, for messages
   * @throws InputException for what is missing in it or does not go together
   */
  public static Optional<Convention> convention(NetworkConfig config, String where) {
    return config.hasConvention()
        ? Optional.of(Conventions.of(config.getConvention(), where + ": convention"))
        : Optional.empty();
  }

  private static DenoiserInfo info(NetworkConfig config) {
    DenoiserInfo.Builder info =
        DenoiserInfo.newBuilder()
            .setClasses(config.getClasses())
            .setSigmaData(config.getSigmaData());
    if (config.hasText()) {
      info.addNone(
          NoneCondition.newBuilder()
              .setInput(TextEncoder.TOKENS)
              .addAllValue(TextEncoder.empty(config.getText())));
    }
    return convention(config, "network config")
        .map(told -> Conventions.known(info.build(), told))
        .orElseGet(info::build);
  }

  /** The mixture that a description holds; its weights are divided by their sum. */
  public static GaussianMixture mixture(NetworkConfig config) {
    return MixtureModel.of(config.getMixture());
  }

  /** An input of what is trained: the number of the batch, a scalar int64. */
  public static final String STEP = "step";

  /** An input of what is trained: the number of its first image in the batch, a scalar int64. */
  public static final String FIRST_ROW = "first_row";

  /** An input of what is trained: how each image was augmented, [N,L] float32. */
  public static final String AUGMENTATION = "augmentation";

  /**
   * The same function as it is trained. With dropout it has two more inputs, {@link #STEP} and
   * {@link #FIRST_ROW}: which features of an image are dropped is a function of the seed, of the
   * batch and of the image's row in it. Where the network takes labels of augmentation, it has
   * {@link #AUGMENTATION}, which are zeros elsewhere.
   */
  public static NetworkFunction trained(NetworkConfig config, long seed) {
    return build(config, new ParameterStore(seed), true);
  }

  /** Whether a network is trained as another function than the one that it is. */
  public static boolean differsInTraining(NetworkConfig config) {
    return dropout(config) > 0 || augmentationLabels(config) > 0;
  }

  /**
   * Whether the label has a row of weights for "no class". Another network sees a vector of zeros,
   * which it may have been trained with or not.
   */
  public static boolean hasRowOfNoClass(NetworkConfig config) {
    return Bodies.labels(config) > config.getClasses();
  }

  /** How many numbers tell the network how an image was augmented; 0: it takes none. */
  public static int augmentationLabels(NetworkConfig config) {
    return Bodies.augmentationLabels(config);
  }

  /** The probability with which a feature is dropped when it is trained. */
  public static double dropout(NetworkConfig config) {
    return Bodies.dropout(config);
  }

  /**
   * Refuses a description that does not make a network; building one does so too.
   *
   * @param where the file it stands in, for the message
   * @throws InputException naming the field
   */
  public static void requireBuildable(NetworkConfig config, String where) {
    NetworkChecks.require(config, where);
  }

  /** What a network is made of, built once for one input. */
  interface Body {

    /**
     * F(x; noise, label).
     *
     * @param x [N,H,W,C]
     * @param cNoise [N], the noise level as the network sees it
     * @param oneHotLabel [N,K], or null when unconditional
     * @return [N,H,W,C]
     */
    Expr build(Expr x, Expr cNoise, Expr oneHotLabel);

    /** Interior maps [N,h,w,c] by name; there once it is built. */
    Map<String, Expr> features();
  }

  private static NetworkFunction build(
      NetworkConfig config, ParameterStore store, boolean trained) {
    requireBuildable(config, "network config");
    try (Graph graph = Sessions.graph()) {
      Ops tf = NodeNames.ops(graph);
      var image = config.getImage();
      Shape shape = Shape.of(-1, image.getHeight(), image.getWidth(), image.getChannels());
      Map<String, Operand<?>> inputs = new LinkedHashMap<>();
      Expr x = Expr.of(tf, input(tf, inputs, "x", TFloat32.class, shape));
      Expr sigma = Expr.of(tf, input(tf, inputs, "sigma", TFloat32.class, Shape.of(-1)));
      Expr oneHot = null;
      if (config.getClasses() > 0) {
        Operand<TInt32> label = input(tf, inputs, Conditioning.LABEL, TInt32.class, Shape.of(-1));
        oneHot = oneHot(tf, label, Bodies.labels(config));
      }
      Optional<Words> words = words(config, tf, inputs, store);
      Optional<Context> context = context(config, tf, inputs);
      UNet.Dropout dropout = h -> h;
      if (trained && dropout(config) > 0) {
        Operand<TInt64> step = input(tf, inputs, STEP, TInt64.class, Shape.scalar());
        Operand<TInt64> first = input(tf, inputs, FIRST_ROW, TInt64.class, Shape.scalar());
        dropout = new RandomDropout(dropout(config), new Noise(store.seed(), step), first);
      }
      Expr augmentation = null;
      int labels = augmentationLabels(config);
      if (labels > 0) {
        augmentation =
            trained
                ? Expr.of(tf, input(tf, inputs, AUGMENTATION, TFloat32.class, Shape.of(-1, labels)))
                : zeros(sigma, labels);
      }
      Body network = Bodies.of(config, store, dropout, words, context, augmentation);
      Map<String, Operand<?>> outputs = new LinkedHashMap<>();
      outputs.put(
          DenoiserModel.DENOISED,
          config.hasConvention()
              ? converted(network, x, sigma, oneHot, config)
              : precondition(network, x, sigma, oneHot, config.getSigmaData()));
      outputs.putAll(network.features());
      return function(graph, inputs, outputs, store);
    }
  }

  private static Optional<Words> words(
      NetworkConfig config, Ops tf, Map<String, Operand<?>> inputs, ParameterStore store) {
    if (!config.hasText()) {
      return Optional.empty();
    }
    TextEncoder encoder = new TextEncoder(config.getText(), store);
    Operand<TInt32> tokens = input(tf, inputs, TextEncoder.TOKENS, TInt32.class, encoder.shape());
    return Optional.of(encoder.build(tf, tokens));
  }

  private static Optional<Context> context(
      NetworkConfig config, Ops tf, Map<String, Operand<?>> inputs) {
    if (!config.hasContext()) {
      return Optional.empty();
    }
    Map<String, Expr> given = new LinkedHashMap<>();
    Context.rows(config.getContext())
        .forEach(
            (name, row) ->
                given.put(
                    name, Expr.of(tf, input(tf, inputs, name, TFloat32.class, row.prepend(-1)))));
    return Optional.of(Context.of(config.getContext(), given));
  }

  private static <T extends TType> Operand<T> input(
      Ops tf, Map<String, Operand<?>> inputs, String name, Class<T> type, Shape shape) {
    Operand<T> placeholder = tf.withName(name).placeholder(type, Placeholder.shape(shape));
    inputs.put(name, placeholder);
    return placeholder;
  }

  /** D(x; sigma) = cSkip x + cOut F(cIn x; cNoise). Karras et al. 2022, Equation 7. */
  private static Expr precondition(
      Body network, Expr x, Expr sigma, Expr oneHot, double sigmaData) {
    Preconditioning edm = new Preconditioning(sigmaData);
    Expr s = sigma.perImage();
    Expr f = network.build(x.times(edm.cIn(s)), edm.cNoise(sigma), oneHot);
    return x.times(edm.cSkip(s)).plus(f.times(edm.cOut(s)));
  }

  /** D of a network that speaks of noise in another way. */
  private static Expr converted(
      Body network, Expr x, Expr sigma, Expr oneHot, NetworkConfig config) {
    Convention convention = Conventions.of(config.getConvention(), "convention");
    Expr said = network.build(convention.shown(x, sigma), convention.time(sigma), oneHot);
    boolean more = config.getConvention().getLearnedVariance();
    Expr f = more ? said.channels(config.getImage().getChannels()) : said;
    return convention.denoised(x, f, sigma);
  }

  /** A row for each noise level: [N,count]. */
  private static Expr zeros(Expr sigma, int count) {
    Ops tf = sigma.tf();
    return Expr.of(
        tf, tf.tile(tf.zerosLike(sigma.reshape(-1, 1)), tf.constant(new int[] {1, count})));
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
    outputs.forEach((name, tensor) -> out.put(name, NetworkFunction.nameOf(tensor.asOutput())));
    return new NetworkFunction(graph.toGraphDef(), in, out, store.parameters());
  }
}

package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import io.github.fdistill.condition.Condition;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.DenoiserMapping;
import io.github.fdistill.config.FeatureMap;
import io.github.fdistill.config.Layout;
import io.github.fdistill.diffusion.Convention;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.FeatureTensors;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.savedmodel.SavedModel;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.logging.log4j.Logger;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;

/**
 * A SavedModel of another convention as a denoiser of ours. The conversions become a part of its
 * graph: whatever is made of it, such as a student, is called as every denoiser is.
 */
final class MappedDenoiser {
  private static final Logger LOG = Logs.of(MappedDenoiser.class);

  /** More images of a batch would be calls without end. */
  private static final int MOST_ROWS = 1024;

  private final ForeignSignature signature;
  private final DenoiserMapping mapping;
  private final DenoiserInfo info;
  private final String where;
  private final String output;
  private final Shape image;
  private final Convention convention;
  private final Map<String, Layout> features = new LinkedHashMap<>();
  private final List<Conditioning.Input> byRow = new ArrayList<>();

  private MappedDenoiser(SavedModel model, ModelInfo said) {
    this.mapping = said.info().getMapping();
    this.info = said.checked(conditional(), model.folder());
    this.where = said.place("mapping");
    this.signature =
        ForeignSignature.of(model, mapping.getFunction(), mapping.getSignature(), where);
    this.image =
        signature.images(
            "x", mapping.getX(), mapping.getLayout(), mapping.getHeight(), mapping.getWidth());
    boolean wholeTimes = false;
    if (mapping.hasTimeEmbedding()) {
      signature.waves("time", mapping.getTime(), mapping.getTimeEmbedding());
    } else {
      wholeTimes = signature.times("time", mapping.getTime());
    }
    if (!mapping.getLabel().isEmpty()) {
      signature.labels("label", mapping.getLabel(), info.getClasses());
    }
    mapping.getByClassList().forEach(input -> signature.byClass(input, info.getClasses()));
    mapping.getByRowList().forEach(input -> byRow.add(signature.condition("by_row", input)));
    mapping.getConstantList().forEach(signature::constant);
    requireRows();
    this.output = signature.output("output", mapping.getOutput());
    this.convention = Conventions.of(mapping, where, wholeTimes);
  }

  /**
   * @param said with a mapping
   * @throws InputException for whatever of the mapping the model does not fit
   */
  static DenoiserModel read(SavedModel model, ModelInfo said) {
    return new MappedDenoiser(model, said).read();
  }

  private DenoiserModel read() {
    SavedModel model = signature.model();
    NetworkFunction network = sized(List.of(output), chosenFeatures());
    signature.requireGiven(network.only(network.outputs().keySet()).inputs().keySet());
    NetworkFunction function =
        FunctionGraph.build(network.parameters(), graph -> outputs(graph, network));
    int each = signature.batch();
    if (each > 0) {
      int calls = new FixedRows(mapping.getRows(), each).calls();
      LOG.info(
          "{}: each batch of up to {} images costs {} calls of {}.",
          where,
          mapping.getRows(),
          calls,
          each);
    }
    return new DenoiserModel(
        model.folder().toString(), function, model.weights(function.parameters()), known(), image);
  }

  /** What is known of it once it is a denoiser of ours. */
  private DenoiserInfo known() {
    DenoiserInfo levels = Conventions.known(info, convention);
    if (!(levels.getSigmaMin() < levels.getSigmaMax())) {
      throw new InputException(
          where,
          "noise levels from "
              + convention.sigmaMin()
              + " to "
              + convention.sigmaMax()
              + ", in our data units",
          "levels between sigma_min " + info.getSigmaMin() + " and sigma_max " + info.getSigmaMax(),
          "correct sigma_min and sigma_max there, or the schedule and the range of the data");
    }
    DenoiserInfo.Builder known = levels.toBuilder().clearInterface();
    if (signature.batch() > 0) {
      known.setRows(mapping.getRows());
    }
    return known.build();
  }

  private boolean conditional() {
    return !mapping.getLabel().isEmpty() || mapping.getByClassCount() > 0;
  }

  /** What a network that takes a fixed number of images costs is for the user to say. */
  private void requireRows() {
    int each = signature.batch();
    int rows = mapping.getRows();
    if (each == 0 ? rows != 0 : rows < 1 || rows > MOST_ROWS) {
      String images = each == 1 ? "one image, or one time" : each + " images";
      throw new InputException(
          where + ".rows",
          mapping.hasRows() ? "" + rows : "nothing",
          each == 0
              ? "no rows: the network takes any number of images"
              : "the most images of a batch, 1 to "
                  + MOST_ROWS
                  + ": the network takes "
                  + images
                  + " at once, and each batch costs as many calls as the most images need",
          each == 0 ? "leave it out" : "say rows: and batch_size, or fewer");
    }
  }

  private Map<String, Expr> outputs(FunctionGraph graph, NetworkFunction network) {
    Ops tf = graph.tf();
    Expr x = graph.images("x", image);
    Expr sigma = graph.rows("sigma");
    Condition condition = graph.condition(conditioning());
    Expr time = convention.time(sigma).times(mapping.getTimeScale());
    ForeignInput.Call call = new ForeignInput.Call(convention.shown(x, sigma), time, condition);
    int[] calls = {0};
    FixedRows.Network foreign =
        some ->
            network.call(
                tf,
                calls[0]++ == 0 ? "foreign" : "foreign_" + calls[0],
                signature.arguments(some),
                graph.weights());
    Map<String, Output<?>> out =
        signature.batch() == 0
            ? foreign.of(call)
            : new FixedRows(mapping.getRows(), signature.batch()).call(tf, call, foreign);

    Map<String, Expr> outputs = new LinkedHashMap<>();
    Expr said = prediction(ForeignInput.floats(tf, out.get(output)));
    outputs.put(DenoiserModel.DENOISED, convention.denoised(x, said, sigma));
    features.forEach(
        (name, layout) -> {
          Expr map = ForeignInput.floats(tf, out.get(name));
          outputs.put(name, ForeignInput.nhwc(map, layout));
        });
    return outputs;
  }

  private Conditioning conditioning() {
    List<Conditioning.Input> inputs = new ArrayList<>(byRow);
    if (conditional()) {
      inputs.add(0, Conditioning.label(info.getClasses()));
    }
    return new Conditioning(inputs);
  }

  /** What the network says, as images of ours [N,H,W,C]. */
  private Expr prediction(Expr out) {
    Shape shape = out.shape();
    Expr images = shape.numDimensions() == 4 ? ForeignInput.nhwc(out, mapping.getLayout()) : out;
    long channels = image.get(2) * (mapping.getLearnedVariance() ? 2 : 1);
    Shape expected = Shape.of(-1, image.get(0), image.get(1), channels);
    if (!expected.isCompatibleWith(images.shape())) {
      boolean twice =
          Shape.of(-1, image.get(0), image.get(1), 2 * image.get(2))
              .isCompatibleWith(images.shape());
      throw new InputException(
          where + ".output",
          "'" + output + "' has shape " + shape,
          "" + Shape.of(foreign(channels)),
          twice
              ? "if half of its channels are a variance, say learned_variance: true"
              : "name another output, or correct layout or learned_variance");
    }
    if (shape.numDimensions() != 4) { // Not known before it runs.
      images = ForeignInput.nhwc(images.reshape(foreign(channels)), mapping.getLayout());
    }
    return mapping.getLearnedVariance() ? images.channels(image.get(2)) : images;
  }

  private long[] foreign(long channels) {
    return mapping.getLayout() == Layout.NHWC
        ? new long[] {-1, image.get(0), image.get(1), channels}
        : new long[] {-1, channels, image.get(0), image.get(1)};
  }

  /** The network for images of a known size. */
  private NetworkFunction sized(List<String> outputs, Map<String, String> inside) {
    NetworkFunction network =
        signature
            .model()
            .function(signature.name(), outputs, inside, mapping.getTrainableConstants());
    Shape shape = Shape.of(foreign(image.get(2)));
    boolean fixed = signature.batch() > 0;
    return network.withShape(
        mapping.getX(), fixed ? shape.tail().prepend(signature.batch()) : shape);
  }

  /** The tensors of the features, by the names that they go by. */
  private Map<String, String> chosenFeatures() {
    Map<String, String> chosen = new LinkedHashMap<>();
    if (mapping.getFeatureCount() == 0) {
      return chosen;
    }
    Map<Layout, FeatureTensors> inside = inside();
    for (int i = 0; i < mapping.getFeatureCount(); i++) {
      FeatureMap feature = mapping.getFeature(i);
      String place = where + ".feature[" + i + "]";
      FeatureTensors maps = inside.get(feature.getLayout());
      Map<Long, String> candidates = maps.lastOfEachHeight();
      boolean named = feature.getWhichCase() != FeatureMap.WhichCase.HEIGHT;
      String tensor =
          named ? tensor(feature.getTensor()) : candidates.get((long) feature.getHeight());
      Optional<Shape> shape = Optional.ofNullable(tensor).flatMap(maps::shape);
      String found = named ? "'" + feature.getTensor() + "'" : "height " + feature.getHeight();
      require(shape.isPresent(), place, found, candidates);
      Shape map = shape.orElseThrow();
      String name = named ? feature.getTensor() : "features_" + map.get(0) + "x" + map.get(1);
      chosen.put(name, tensor);
      features.put(name, feature.getLayout());
    }
    return chosen;
  }

  /** The maps inside the network, those among them that its output does not depend on. */
  private Map<Layout, FeatureTensors> inside() {
    Map<String, String> named = new LinkedHashMap<>();
    for (FeatureMap feature : mapping.getFeatureList()) {
      String tensor = tensor(feature.getTensor());
      if (signature.model().hasTensor(tensor)) {
        named.put(feature.getTensor(), tensor);
      }
    }
    NetworkFunction network = sized(List.of(output), named);
    Map<Layout, FeatureTensors> inside = new EnumMap<>(Layout.class);
    for (FeatureMap feature : mapping.getFeatureList()) {
      boolean channelsFirst = feature.getLayout() == Layout.NCHW;
      inside.computeIfAbsent(
          feature.getLayout(),
          l ->
              new FeatureTensors(
                  network, mapping.getX(), channelsFirst, image.get(0), image.get(1)));
    }
    return inside;
  }

  /** What an output of the signature is in the graph; other names are tensors of it already. */
  private String tensor(String name) {
    return signature.outputTensor(name).orElse(name);
  }

  private static void require(
      boolean holds, String place, String found, Map<Long, String> candidates) {
    if (!holds) {
      List<String> each = new ArrayList<>();
      candidates.forEach((height, tensor) -> each.add("height " + height + ": " + tensor));
      throw new InputException(
          place,
          found,
          "a map of floating-point numbers inside the network, of fixed height, width and channels, that depends"
              + " on the images; the last of each height on the way down: "
              + String.join(", ", each),
          "name one of those, or another tensor, or correct the feature's layout");
    }
  }
}

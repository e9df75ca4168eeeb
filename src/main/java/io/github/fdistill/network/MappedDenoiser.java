package io.github.fdistill.network;

import io.github.fdistill.InputException;
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
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * A SavedModel of another convention as a denoiser of ours. The conversions become a part of its
 * graph: whatever is made of it, such as a student, is called as every denoiser is.
 */
final class MappedDenoiser {
  private final ForeignSignature signature;
  private final DenoiserMapping mapping;
  private final DenoiserInfo info;
  private final String where;
  private final String output;
  private final Shape image;
  private final Convention convention;
  private final Map<String, Layout> features = new LinkedHashMap<>();

  private MappedDenoiser(SavedModel model, ModelInfo said) {
    this.mapping = said.info().getMapping();
    this.info = said.checked(!mapping.getLabel().isEmpty());
    this.where = said.place("mapping");
    this.signature =
        ForeignSignature.of(model, mapping.getFunction(), mapping.getSignature(), where);
    this.image = signature.images("x", mapping.getX(), mapping.getLayout());
    boolean wholeTimes = signature.times("time", mapping.getTime());
    if (!mapping.getLabel().isEmpty()) {
      signature.labels("label", mapping.getLabel(), info.getClasses());
    }
    mapping.getConstantList().forEach(signature::constant);
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
    NetworkFunction network = model.function(signature.name(), List.of(output), chosenFeatures());
    signature.requireGiven(network.only(network.outputs().keySet()).inputs().keySet());
    NetworkFunction function =
        FunctionGraph.build(network.parameters(), graph -> outputs(graph, network));
    return new DenoiserModel(
        model.folder().toString(), function, model.weights(function.parameters()), known(), image);
  }

  /** What is known of it once it is a denoiser of ours. */
  private DenoiserInfo known() {
    double low = Math.max(info.getSigmaMin(), convention.sigmaMin());
    double high = Math.min(info.getSigmaMax(), convention.sigmaMax());
    if (!(low < high)) {
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
    return info.toBuilder().clearInterface().setSigmaMin(low).setSigmaMax(high).build();
  }

  private Map<String, Expr> outputs(FunctionGraph graph, NetworkFunction network) {
    Ops tf = graph.tf();
    Expr x = graph.images("x", image);
    Expr sigma = graph.rows("sigma");
    Condition condition = graph.condition(conditioning());
    Expr time = convention.time(sigma).times(mapping.getTimeScale());
    ForeignInput.Call call = new ForeignInput.Call(convention.shown(x, sigma), time, condition);
    Map<String, Output<?>> out =
        network.call(tf, "foreign", signature.arguments(call), graph.weights());

    Map<String, Expr> outputs = new LinkedHashMap<>();
    Expr said = prediction(Expr.of(tf, out.get(output).expect(TFloat32.class)));
    outputs.put(DenoiserModel.DENOISED, convention.denoised(x, said, sigma));
    features.forEach(
        (name, layout) -> {
          Expr map = Expr.of(tf, out.get(name).expect(TFloat32.class));
          outputs.put(name, ForeignInput.nhwc(map, layout));
        });
    return outputs;
  }

  private Conditioning conditioning() {
    return mapping.getLabel().isEmpty()
        ? Conditioning.NONE
        : Conditioning.ofClasses(info.getClasses());
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
    NetworkFunction network = signature.model().function(signature.name(), List.of(output), named);
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
          "a map of float32 inside the network, of fixed height, width and channels, that depends"
              + " on the images; the last of each height on the way down: "
              + String.join(", ", each),
          "name one of those, or another tensor, or correct the feature's layout");
    }
  }
}

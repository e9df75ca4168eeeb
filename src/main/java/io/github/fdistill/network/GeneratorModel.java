package io.github.fdistill.network;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.GeneratorMapping;
import io.github.fdistill.config.Precision;
import io.github.fdistill.diffusion.Generator;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.savedmodel.Weights;
import io.github.fdistill.text.Tokenizer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * A one-step generator of any architecture, which is no denoiser: noise and what it is conditioned
 * on to images.
 *
 * @param function {@code noise} [N] and the shape of the noise, {@code label} [N] to {@code sample}
 * @param image [H,W,C]
 * @param noise [h,w,c]
 */
public record GeneratorModel(
    String origin,
    NetworkFunction function,
    Weights weights,
    DenoiserInfo info,
    Shape image,
    Shape noise)
    implements StudentModel {

  /** The signature that makes samples of noise. */
  public static final String SIGNATURE = "generate";

  private static final String NOISE = "noise";
  private static final String SAMPLE = "sample";
  private static final GeneratorMapping OURS =
      GeneratorMapping.newBuilder()
          .setSignature(SIGNATURE)
          .setNoise(NOISE)
          .setSample(SAMPLE)
          .build();

  /** Reads the signature that is said to, or else {@link #SIGNATURE}. */
  static GeneratorModel of(SavedModel model, ModelInfo said) {
    if (said.info().hasGenerator()) {
      return MappedGenerator.read(model, said, Set.of());
    }
    Set<String> conditions = new TreeSet<>(model.signature(SIGNATURE).getInputsMap().keySet());
    conditions.remove(NOISE);
    boolean labelled = conditions.remove(Conditioning.LABEL);
    GeneratorMapping ours = OURS.toBuilder().setLabel(labelled ? Conditioning.LABEL : "").build();
    DenoiserInfo info = said.info().toBuilder().setGenerator(ours).build();
    return MappedGenerator.read(model, new ModelInfo(info, said.where()), conditions);
  }

  /** None is known of it. */
  @Override
  public Optional<Tokenizer> tokenizer() {
    return Optional.empty();
  }

  @Override
  public Conditioning conditioning() {
    return Conditions.of(function, Set.of(NOISE), info);
  }

  @Override
  public GeneratorModel with(Weights other) {
    return new GeneratorModel(origin, function, other, info, image, noise);
  }

  @Override
  public GeneratorModel from(String place) {
    return new GeneratorModel(place, function, weights, info, image, noise);
  }

  @Override
  public GeneratorModel withClasses(int classes) {
    if (info.getClasses() != DenoiserModel.UNKNOWN_CLASSES) {
      return this;
    }
    return with(info.toBuilder().setClasses(classes).build());
  }

  @Override
  public GeneratorModel with(DenoiserInfo said) {
    return new GeneratorModel(origin, function, weights, said, image, noise);
  }

  @Override
  public GeneratorModel asStudent(double sigma) {
    return this;
  }

  @Override
  public GeneratorModel by(NetworkFunction rewritten) {
    return new GeneratorModel(origin, rewritten, weights, info, image, noise);
  }

  @Override
  public Generator generator(
      Ops tf,
      String name,
      Map<String, Operand<TFloat32>> weights,
      UnaryOperator<NetworkFunction> form) {
    NetworkFunction precise = form.apply(function);
    return new Calls(tf, name, precise, weights, noise, new int[1]);
  }

  @Override
  public Generator addTo(
      SavedModelBuilder builder, Map<String, Operand<TFloat32>> weights, Precision precision) {
    NetworkFunction images = StudentModel.inPrecision(function, precision);
    return new Calls(builder.tf(), "network", images, weights, noise, new int[1]);
  }

  /**
   * The generator in a graph; each evaluation is an import of its own.
   *
   * @param calls how many there are
   */
  private record Calls(
      Ops tf,
      String name,
      NetworkFunction function,
      Map<String, Operand<TFloat32>> weights,
      Shape noise,
      int[] calls)
      implements Generator {

    @Override
    public Expr sample(Expr z, Condition condition) {
      Map<String, Operand<?>> inputs = new HashMap<>();
      inputs.put(NOISE, z);
      inputs.putAll(condition.among(function.inputs().keySet()));
      var outputs = function.call(tf, name + "/" + calls[0]++, inputs, weights);
      return Expr.of(tf, outputs.get(SAMPLE).expect(TFloat32.class));
    }
  }
}

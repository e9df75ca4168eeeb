package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.Precision;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.diffusion.FewSteps;
import io.github.fdistill.diffusion.Generator;
import io.github.fdistill.diffusion.OneStep;
import io.github.fdistill.diffusion.StudentSteps;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.savedmodel.Weights;
import io.github.fdistill.text.Tokenizer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * A denoiser outside any graph: the function of its signature {@code denoise}, the values of its
 * parameters, and what else is known of it.
 *
 * @param origin where it came from, for messages
 * @param function x, sigma and what it is conditioned on to denoised and features
 * @param weights of the parameters
 * @param info classes, sigma_data, noise range
 * @param image static shape of an image, [H,W,C]
 * @param tokenizer by which texts become its input {@code tokens}, where it takes texts
 * @param pipeline by which texts become what it takes, and latents images, where it is of latents
 */
public record DenoiserModel(
    String origin,
    NetworkFunction function,
    Weights weights,
    DenoiserInfo info,
    Shape image,
    Optional<Tokenizer> tokenizer,
    Optional<Pipeline> pipeline)
    implements StudentModel {

  /** Of a model that takes no texts, or whose tokenizer is not known. */
  public DenoiserModel(
      String origin, NetworkFunction function, Weights weights, DenoiserInfo info, Shape image) {
    this(origin, function, weights, info, image, Optional.empty(), Optional.empty());
  }

  /** The signature every denoiser has. */
  public static final String SIGNATURE = "denoise";

  /** The output with the denoised images. */
  public static final String DENOISED = "denoised";

  /** An output that some have: log p_sigma(x), [N,1,1,1], of the noisy data. */
  public static final String LOG_DENSITY = "log_density";

  /** Reads a SavedModel, by what it says of itself. */
  public static DenoiserModel read(Path path) {
    return read(path, Optional.empty());
  }

  /**
   * Reads a SavedModel and checks it against the contract, or against what is said of it.
   *
   * @param said in the place of what it says of itself; may be empty
   * @throws InputException when it is none, lacks the signature, or a tensor does not fit
   */
  public static DenoiserModel read(Path path, Optional<ModelInfo> said) {
    ModelInfo info = ModelInfo.of(path, said);
    return of(info.model(path), info);
  }

  /** The same of a SavedModel that was read, by what it says of itself. */
  public static DenoiserModel of(SavedModel model) {
    return of(model, ModelInfo.in(model.folder()));
  }

  static DenoiserModel of(SavedModel model, ModelInfo said) {
    if (said.info().hasGenerator()) {
      throw new InputException(
          said.place("generator"),
          "a one-step generator",
          "a denoiser, whose scores are asked for",
          "name a denoiser here; a generator can be a student");
    }
    DenoiserModel read =
        said.info().hasMapping()
            ? MappedDenoiser.read(model, said)
            : DenoiserContract.read(model, said);
    DenoiserModel around = read.with(Pipeline.in(model.folder()));
    return ModelTokenizer.in(model.folder(), read.conditioning()).map(around::with).orElse(around);
  }

  /** The number of classes of a conditional model that does not say it. */
  public static final int UNKNOWN_CLASSES = -1;

  /** Its noise as a student: as large as the images, or of several steps so often. */
  @Override
  public Shape noise() {
    return info.getStudentLevelCount() == 0 ? image : FewSteps.noise(StudentSteps.of(info), image);
  }

  @Override
  public Conditioning conditioning() {
    return Conditions.of(function, Set.of("x", "sigma"), info);
  }

  /** The noise level from which Heun's method draws its images. */
  public double sampledFrom() {
    double from = info.getSampledFrom();
    return from == 0 ? info.getSigmaMax() : Math.min(from, info.getSigmaMax());
  }

  /** Static shapes [h,w,c] of the feature maps that it gives beside the denoised images. */
  public Map<String, Shape> featureShapes() {
    try (Graph graph = Sessions.graph()) {
      Ops tf = NodeNames.ops(graph);
      Map<String, Operand<TFloat32>> weights = function.parameters().placeholders(tf);
      Map<String, Shape> shapes = new LinkedHashMap<>();
      function
          .call(tf, "shapes", inputs(tf), weights)
          .forEach(
              (name, tensor) -> {
                if (!name.equals(DENOISED) && isMap(tensor.shape())) {
                  Shape map = tensor.shape();
                  shapes.put(name, Shape.of(map.get(1), map.get(2), map.get(3)));
                }
              });
      return shapes;
    }
  }

  private static boolean isMap(Shape shape) {
    return shape.numDimensions() == 4 && shape.get(1) > 0 && shape.get(2) > 0 && shape.get(3) > 0;
  }

  /** The same model with other weights. */
  @Override
  public DenoiserModel with(Weights other) {
    return new DenoiserModel(origin, function, other, info, image, tokenizer, pipeline);
  }

  @Override
  public DenoiserModel from(String place) {
    return new DenoiserModel(place, function, weights, info, image, tokenizer, pipeline);
  }

  /** The same model with its number of classes, where it is conditional and does not say it. */
  @Override
  public DenoiserModel withClasses(int classes) {
    if (info.getClasses() != UNKNOWN_CLASSES) {
      return this;
    }
    return with(info.toBuilder().setClasses(classes).build());
  }

  @Override
  public DenoiserModel named(List<String> classNames) {
    return (DenoiserModel) StudentModel.super.named(classNames);
  }

  @Override
  public DenoiserModel with(DenoiserInfo said) {
    return new DenoiserModel(origin, function, weights, said, image, tokenizer, pipeline);
  }

  /** The same model, whose tokens are this tokenizer's. */
  public DenoiserModel with(Tokenizer texts) {
    return new DenoiserModel(origin, function, weights, info, image, Optional.of(texts), pipeline);
  }

  /** The same model with what stands around it. */
  public DenoiserModel with(Pipeline around) {
    return with(Optional.of(around));
  }

  private DenoiserModel with(Optional<Pipeline> around) {
    return new DenoiserModel(origin, function, weights, info, image, tokenizer, around);
  }

  /** The same model, said to be a one-step student from a noise level. */
  @Override
  public DenoiserModel asStudent(double sigma) {
    return with(
        info.toBuilder().setStudentSigma(sigma).clearStudentLevel().clearStudentSampler().build());
  }

  @Override
  public DenoiserModel asStudent(StudentSteps steps) {
    return with(steps.in(info));
  }

  /**
   * Adds the signature {@code denoise}, in float32, to a SavedModel in the making.
   *
   * @param precision of what is returned
   * @return the student on the same weights, to build further signatures with
   */
  @Override
  public Generator addTo(
      SavedModelBuilder builder, Map<String, Operand<TFloat32>> weights, Precision precision) {
    Ops tf = builder.tf();
    Ops scope = tf.withSubScope(SIGNATURE);
    Map<String, Operand<?>> inputs = inputs(scope);
    ExportFrame frame = new ExportFrame(scope, conditioning(), learntNoClass(), inputs);
    Map<String, Operand<?>> outputs = new LinkedHashMap<>();
    function
        .call(tf, SIGNATURE + "/network", frame.inputs(), weights)
        .forEach((name, output) -> outputs.put(name, frame.output(output)));
    builder.signature(SIGNATURE, inputs, outputs);
    NetworkFunction images = StudentModel.inPrecision(function, precision);
    Denoiser denoiser = new ImportedDenoiser(tf, "network", images, weights);
    return student(denoiser);
  }

  @Override
  public DenoiserModel by(NetworkFunction rewritten) {
    return new DenoiserModel(origin, rewritten, weights, info, image, tokenizer, pipeline);
  }

  /** In as many steps as it says; of one that is no student, from no noise. */
  private Generator student(Denoiser denoiser) {
    return info.getStudentLevelCount() == 0
        ? new OneStep(denoiser, info.getStudentSigma(), image)
        : new FewSteps(denoiser, StudentSteps.of(info), image);
  }

  @Override
  public Generator generator(
      Ops tf,
      String name,
      Map<String, Operand<TFloat32>> weights,
      UnaryOperator<NetworkFunction> form) {
    NetworkFunction images = form.apply(function.only(List.of(DENOISED)));
    Denoiser denoiser = new ImportedDenoiser(tf, name, images, weights);
    return student(denoiser);
  }

  private Map<String, Operand<?>> inputs(Ops tf) {
    Map<String, Operand<?>> inputs = new LinkedHashMap<>();
    inputs.put(
        "x", tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(image.prepend(-1))));
    inputs.put(
        "sigma", tf.withName("sigma").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1))));
    inputs.putAll(conditioning().placeholders(tf, -1).tensors());
    return inputs;
  }
}

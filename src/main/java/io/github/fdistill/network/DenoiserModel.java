package io.github.fdistill.network;

import com.google.protobuf.TextFormat;
import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.savedmodel.ModelFolder;
import io.github.fdistill.savedmodel.NetworkFunction;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * A denoiser outside any graph: the function of its signature {@code denoise}, the values of its
 * parameters, and what else is known of it.
 *
 * @param origin where it came from, for messages
 * @param function x, sigma and (when conditional) label to denoised and features
 * @param values of the parameters, one after another
 * @param info classes, sigma_data, noise range
 * @param image static shape of an image, [H,W,C]
 */
public record DenoiserModel(
    String origin, NetworkFunction function, float[] values, DenoiserInfo info, Shape image) {

  /** The signature every denoiser has. */
  public static final String SIGNATURE = "denoise";

  /** The output with the denoised images. */
  public static final String DENOISED = "denoised";

  /** An output that some have: log p_sigma(x), [N,1,1,1], of the noisy data. */
  public static final String LOG_DENSITY = "log_density";

  private static final String INFO_FILE = "denoiser.pbtxt";

  /**
   * Reads a SavedModel and checks it against the contract.
   *
   * @throws InputException when it is none, lacks the signature, or a tensor does not fit
   */
  public static DenoiserModel read(Path path) {
    SavedModel model = SavedModel.read(path);
    SignatureDef signature = model.signature(SIGNATURE);
    String where = model.folder() + ", signature " + SIGNATURE;
    TensorInfo x = input(where, signature, "x", DataType.DT_FLOAT);
    input(where, signature, "sigma", DataType.DT_FLOAT);
    if (signature.containsInputs("label")) {
      input(where, signature, "label", DataType.DT_INT32);
    }
    TensorInfo denoised = signature.getOutputsMap().get(DENOISED);
    if (denoised == null || denoised.getDtype() != DataType.DT_FLOAT) {
      throw new InputException(
          where,
          denoised == null
              ? "no output '" + DENOISED + "'; it has " + signature.getOutputsMap().keySet()
              : "the output '" + DENOISED + "' is " + denoised.getDtype(),
          "an output '" + DENOISED + "' of x's shape, DT_FLOAT",
          "name the network's estimate of the clean image '" + DENOISED + "'");
    }
    NetworkFunction function = model.function(SIGNATURE);
    return new DenoiserModel(
        model.folder().toString(),
        function,
        model.values(function.parameters()),
        info(model.folder(), signature.containsInputs("label")),
        image(where, x));
  }

  private static TensorInfo input(
      String where, SignatureDef signature, String name, DataType type) {
    TensorInfo info = signature.getInputsMap().get(name);
    if (info == null || info.getDtype() != type) {
      throw new InputException(
          where,
          info == null
              ? "no input '" + name + "'; it has " + signature.getInputsMap().keySet()
              : "the input '" + name + "' is " + info.getDtype(),
          "inputs x [N,H,W,C] DT_FLOAT, sigma [N] DT_FLOAT, and label [N] DT_INT32 when"
              + " conditional",
          "export the model with that signature (README, \"Your own teacher\")");
    }
    return info;
  }

  private static Shape image(String where, TensorInfo x) {
    long[] dims = x.getTensorShape().getDimList().stream().mapToLong(d -> d.getSize()).toArray();
    boolean known = dims.length == 4 && dims[1] > 0 && dims[2] > 0 && dims[3] > 0;
    if (!known || dims[0] > 0) {
      throw new InputException(
          where,
          "x has shape " + java.util.Arrays.toString(dims),
          "[-1, height, width, channels]: any batch size, the rest fixed",
          "export the model with a free batch size and a fixed image size");
    }
    return Shape.of(dims[1], dims[2], dims[3]);
  }

  private static DenoiserInfo info(Path folder, boolean conditional) {
    Path file = ModelFolder.file(folder, "assets.extra", INFO_FILE);
    DenoiserInfo info = DenoiserInfo.getDefaultInstance();
    if (Files.isRegularFile(file)) {
      info = Configs.read(file, info, List.of());
      requirePossible(file, info, conditional);
    }
    boolean silent = conditional && info.getClasses() == 0;
    return silent ? info.toBuilder().setClasses(UNKNOWN_CLASSES).build() : info;
  }

  private static void requirePossible(Path file, DenoiserInfo info, boolean conditional) {
    int classes = info.getClasses();
    require(
        classes >= UNKNOWN_CLASSES && (conditional || classes == 0),
        file + ": classes",
        classes + (conditional ? "" : ", of a signature without the input label"),
        conditional ? "the number of classes" : "0, or a signature with label");
    double data = info.getSigmaData();
    require(data > 0 && Double.isFinite(data), file + ": sigma_data", "" + data, "above 0");
    double low = info.getSigmaMin();
    double high = info.getSigmaMax();
    require(
        0 < low && low < high && Double.isFinite(high),
        file + ": sigma_min, sigma_max",
        low + ", " + high,
        "0 < sigma_min < sigma_max");
    double student = info.getStudentSigma();
    require(
        student >= 0 && Double.isFinite(student),
        file + ": student_sigma",
        "" + student,
        "0 (not a student) or more");
  }

  private static void require(boolean holds, String where, String found, String needed) {
    if (!holds) {
      throw new InputException(where, found, needed, "correct the file");
    }
  }

  /** The number of classes of a conditional model that does not say it. */
  public static final int UNKNOWN_CLASSES = -1;

  /** Whether it takes a label. */
  public boolean conditional() {
    return function.inputs().containsKey("label");
  }

  /** Static shapes [h,w,c] of the feature maps that it gives beside the denoised images. */
  public Map<String, Shape> featureShapes() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Map<String, Operand<TFloat32>> weights = new LinkedHashMap<>();
      function
          .parameters()
          .list()
          .forEach(
              p ->
                  weights.put(
                      p.name(), tf.placeholder(TFloat32.class, Placeholder.shape(p.shape()))));
      Map<String, Shape> shapes = new LinkedHashMap<>();
      function
          .call(tf, "shapes", inputs(tf), weights)
          .forEach(
              (name, tensor) -> {
                if (!name.equals(DENOISED)) {
                  shapes.put(name, featureShape(name, tensor.shape()));
                }
              });
      return shapes;
    }
  }

  private Shape featureShape(String name, Shape shape) {
    boolean known =
        shape.numDimensions() == 4 && shape.get(1) > 0 && shape.get(2) > 0 && shape.get(3) > 0;
    if (!known) {
      throw new InputException(
          origin + ", output " + name,
          "its shape is " + shape,
          "[N,h,w,c] with h, w and c fixed",
          "export the model with feature maps of fixed size, or without that output");
    }
    return Shape.of(shape.get(1), shape.get(2), shape.get(3));
  }

  /** The same model with other values. */
  public DenoiserModel with(float[] newValues) {
    return new DenoiserModel(origin, function, newValues, info, image);
  }

  /** The same model, said to come from elsewhere. */
  public DenoiserModel from(String place) {
    return new DenoiserModel(place, function, values, info, image);
  }

  /** The same model with its number of classes, where it is conditional and does not say it. */
  public DenoiserModel withClasses(int classes) {
    if (info.getClasses() != UNKNOWN_CLASSES) {
      return this;
    }
    DenoiserInfo known = info.toBuilder().setClasses(classes).build();
    return new DenoiserModel(origin, function, values, known, image);
  }

  /** The same model, said to be a one-step student from a noise level. */
  public DenoiserModel asStudent(double sigma) {
    DenoiserInfo studentInfo = info.toBuilder().setStudentSigma(sigma).build();
    return new DenoiserModel(origin, function, values, studentInfo, image);
  }

  /**
   * Adds the model to a SavedModel in the making: its variables, the signature {@code denoise}.
   *
   * @return a denoiser on the same variables, to build further signatures with
   */
  public ImportedDenoiser addTo(SavedModelBuilder builder) {
    Ops tf = builder.tf();
    Map<String, Operand<TFloat32>> weights = builder.variables(function.parameters(), values);
    Ops scope = tf.withSubScope(SIGNATURE);
    Map<String, Operand<?>> inputs = inputs(scope);
    Map<String, Output<?>> outputs = function.call(tf, SIGNATURE + "/network", inputs, weights);
    builder.signature(SIGNATURE, inputs, outputs);
    return new ImportedDenoiser(tf, "network", function, weights);
  }

  private Map<String, Operand<?>> inputs(Ops tf) {
    Map<String, Operand<?>> inputs = new LinkedHashMap<>();
    inputs.put(
        "x", tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(image.prepend(-1))));
    inputs.put(
        "sigma", tf.withName("sigma").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1))));
    if (conditional()) {
      inputs.put(
          "label", tf.withName("label").placeholder(TInt32.class, Placeholder.shape(Shape.of(-1))));
    }
    return inputs;
  }

  /** Writes what the signature cannot say beside a SavedModel's graph. */
  public void writeInfo(Path folder) throws IOException {
    Path file = folder.resolve("assets.extra").resolve(INFO_FILE);
    Files.createDirectories(file.getParent());
    Files.writeString(file, TextFormat.printer().printToString(info));
  }
}

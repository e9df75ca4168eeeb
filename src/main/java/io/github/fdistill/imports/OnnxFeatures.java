package io.github.fdistill.imports;

import io.github.fdistill.InputException;
import io.github.fdistill.data.Images;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.network.Classifier;
import io.github.fdistill.network.Resizing;
import io.github.fdistill.onnx.OnnxNetwork;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/**
 * A network in ONNX that turns images into vectors, as a SavedModel with the signature {@code
 * features}: images [N,H,W,C] uint8 to features [N,D] float32. What the network wants done to
 * pixels is part of it: resizing, their range, the order of its axes.
 *
 * @param network what was read: one input of images, of whose outputs one is taken
 * @param image [H,W,C] that the features are to be of
 * @param options how the network is called
 * @param output that is taken for the features
 */
public record OnnxFeatures(OnnxNetwork network, Shape image, Options options, String output) {
  private static final int[] CHANNELS_FIRST = {0, 3, 1, 2};

  /**
   * How such a network is called.
   *
   * @param height of the images
   * @param width of the images
   * @param pixels what it takes a byte for
   * @param resizing of images that are of another size than it takes
   * @param output the name of its features; may be empty where it has one output of vectors
   */
  public record Options(
      long height, long width, PixelRange pixels, Resizing resizing, Optional<String> output) {}

  /**
   * Reads a network.
   *
   * @param shapes of inputs whose sizes the file leaves open
   * @throws InputException when it is refused, or does not turn images into vectors
   */
  public static OnnxFeatures read(Path source, Map<String, long[]> shapes, Options options) {
    OnnxNetwork network = OnnxNetwork.read(source, shapes);
    Taken taken = Taken.by(source, network.function());
    if (options.pixels() == PixelRange.IMAGENET && taken.channels() != 3) {
      throw new InputException(
          source.toString(),
          "takes images of " + taken.channels() + " channels",
          "3, red, green and blue, where --pixels is imagenet",
          "say another range: -1..1, 0..1 or 0..255");
    }
    return new OnnxFeatures(
        network,
        Shape.of(options.height(), options.width(), taken.channels()),
        options,
        output(source, network, options.output()));
  }

  /** The images that a network takes. */
  private record Taken(
      String input, boolean channelsFirst, long height, long width, long channels) {
    /** Of a network's one input [N,C,H,W] or [N,H,W,C], where C is 1 or 3. */
    static Taken by(Path source, NetworkFunction function) {
      Map<String, NetworkFunction.Input> inputs = function.placeholders();
      String only = String.join("", inputs.keySet()); // Its name, where it is one.
      NetworkFunction.Input input = inputs.get(only);
      Shape shape = input == null ? Shape.unknown() : input.shape();
      boolean images =
          input != null && input.dataType() == DataType.DT_FLOAT && shape.numDimensions() == 4;
      if (images && shape.get(0) != Shape.UNKNOWN_SIZE) {
        throw new InputException(
            source.toString(),
            "takes " + shape.get(0) + " images at once",
            "any number of them",
            "--shape " + only + "=N" + sizes(shape.tail()));
      } else if (images && Images.areOf(shape.get(1))) {
        return new Taken(only, true, shape.get(2), shape.get(3), shape.get(1));
      } else if (images && Images.areOf(shape.get(3))) {
        return new Taken(only, false, shape.get(1), shape.get(2), shape.get(3));
      }
      List<String> found = new ArrayList<>();
      inputs.forEach((name, of) -> found.add(name + " " + of.shape() + " " + of.dataType()));
      throw new InputException(
          source.toString(),
          "takes " + (found.isEmpty() ? "nothing" : String.join(", ", found)),
          "one input of images, [N,C,H,W] or [N,H,W,C] float with 1 or 3 channels",
          "export the part of the network that turns images into features");
    }

    private static String sizes(Shape row) {
      return Arrays.stream(row.asArray())
          .mapToObj(size -> "," + size)
          .collect(Collectors.joining());
    }
  }

  private static String output(Path source, OnnxNetwork network, Optional<String> said) {
    List<String> all = new ArrayList<>();
    List<String> vectors = new ArrayList<>();
    network
        .shapes()
        .forEach(
            (name, shape) -> {
              all.add(name + " " + shape);
              if (isVector(shape)) {
                vectors.add(name);
              }
            });
    List<String> taken = said.isPresent() ? List.of(said.get()) : vectors;
    if (taken.size() != 1 || !vectors.contains(taken.get(0))) {
      throw new InputException(
          source + said.map(name -> ", output " + name).orElse(""),
          "gives " + String.join(", ", all),
          "one output of vectors, [N,D] or [N,D,1,1]",
          vectors.isEmpty()
              ? "export the network up to its vectors"
              : "say which: --output " + String.join(" or ", vectors));
    }
    return taken.get(0);
  }

  /** [N,D], with axes of 1 or without. */
  private static boolean isVector(Shape shape) {
    if (shape.isUnknown() || shape.numDimensions() < 2) {
      return false;
    }
    long[] row = shape.tail().asArray();
    return Arrays.stream(row).allMatch(size -> size > 0)
        && Arrays.stream(row).filter(size -> size > 1).count() <= 1;
  }

  /** D, the length of a vector. */
  public long dimension() {
    return network.shapes().get(output).tail().size();
  }

  /** Writes the SavedModel into an existing folder. */
  public void write(Path folder) throws IOException {
    NetworkFunction function = network.function().only(List.of(output));
    Taken taken = Taken.by(folder, function);
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf().withSubScope("inputs");
      Operand<TUint8> bytes =
          tf.withName(Classifier.IMAGES)
              .placeholder(TUint8.class, Placeholder.shape(image.prepend(Shape.UNKNOWN_SIZE)));
      Expr x = pixels(Expr.cast(tf, bytes), taken);
      Map<String, Output<?>> given =
          function.call(
              builder.tf(),
              "network",
              Map.of(taken.input(), x),
              builder.variables(OnnxModel.weights(network)));
      Expr vectors = Expr.of(builder.tf(), given.get(output).expect(TFloat32.class));
      builder.signature(
          Classifier.FEATURES,
          Map.of(Classifier.IMAGES, bytes),
          Map.of(Classifier.FEATURES, vectors.reshape(-1, dimension())));
      builder.write(folder);
    }
  }

  private Expr pixels(Expr bytes, Taken taken) {
    boolean fits = image.get(0) == taken.height() && image.get(1) == taken.width();
    Expr sized = fits ? bytes : options.resizing().to(bytes, taken.height(), taken.width());
    Expr x = options.pixels().of(sized);
    Ops tf = x.tf();
    return taken.channelsFirst()
        ? Expr.of(tf, tf.linalg.transpose(x, tf.constant(CHANNELS_FIRST)))
        : x;
  }
}

package io.github.fdistill.onnx;

import io.github.fdistill.InputException;
import io.github.fdistill.Untrusted;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.tensors.NamedTensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;

/**
 * A network of ONNX as a function: its inputs and outputs have ONNX's names, types and order of
 * axes, with a batch that is free.
 *
 * @param files it was read from
 * @param opset version of ONNX's ops
 * @param producer what wrote it; may be empty
 * @param function the network; its parameters are the initializers that are trained
 * @param shapes of its outputs, by their names, as far as they follow from the inputs'
 * @param tensors the numbers of each parameter, in the files
 * @param constants how many initializers are no parameters
 */
public record OnnxNetwork(
    List<Path> files,
    long opset,
    String producer,
    NetworkFunction function,
    Map<String, Shape> shapes,
    List<NamedTensor> tensors,
    int constants) {
  /** In a shape that is given: the number of images. */
  public static final long FREE = OnnxInput.FREE;

  /**
   * Reads a file.
   *
   * @param shapes of inputs whose sizes the file leaves open, by their names; the first may be
   *     {@link #FREE}
   * @throws InputException for what is damaged, and for what cannot be said in TensorFlow's ops
   */
  public static OnnxNetwork read(Path path, Map<String, long[]> shapes) {
    return Untrusted.read(
        path.toString(),
        "an ONNX model",
        "download or export it again",
        () -> translated(path, OnnxFile.read(path), shapes));
  }

  private static OnnxNetwork translated(Path path, OnnxGraph onnx, Map<String, long[]> shapes) {
    Map<String, long[]> known = shapes(path, onnx, shapes);
    try (Graph graph = Sessions.graph()) {
      Translation translation = new Translation(path.toString(), onnx, graph);
      Map<String, Output<?>> outputs = translation.build(known);
      Map<String, String> in = new LinkedHashMap<>();
      translation.inputs().forEach((name, tensor) -> in.put(name, tensor.op().name()));
      Map<String, String> out = new LinkedHashMap<>();
      Map<String, Shape> sizes = new LinkedHashMap<>();
      outputs.forEach(
          (name, tensor) -> {
            out.put(name, NetworkFunction.nameOf(tensor));
            sizes.put(name, tensor.shape());
          });
      Weights weights = translation.weights();
      NetworkFunction function =
          new NetworkFunction(graph.toGraphDef(), in, out, new Parameters(weights.parameters()));
      return new OnnxNetwork(
          onnx.files(),
          onnx.opset(),
          onnx.producer(),
          function,
          sizes,
          weights.tensors(),
          onnx.initializers().size() - weights.tensors().size());
    }
  }

  /** The shape of each input: as it is given, else as the file has it, if it says all of it. */
  private static Map<String, long[]> shapes(Path path, OnnxGraph onnx, Map<String, long[]> given) {
    Map<String, long[]> shapes = new HashMap<>();
    for (OnnxInput input : onnx.inputs()) {
      String where = path + ", input " + input.name();
      if (input.type() == null) {
        throw new InputException(
            where, "no tensor of numbers", "one", "export the network without this input");
      }
      long[] shape = given.getOrDefault(input.name(), input.dims());
      boolean fits =
          shape != null
              && (input.dims() == null || fits(shape, input))
              && Arrays.stream(shape).skip(1).allMatch(size -> size > 0)
              && (shape.length == 0 || shape[0] != 0);
      if (!fits) {
        throw new InputException(
            where,
            input.described() + (given.containsKey(input.name()) ? ", given " + text(shape) : ""),
            "a size for each axis but the first, the number of images, which is free",
            "say the shape: --shape " + example(input));
      }
      shapes.put(input.name(), shape);
    }
    given.forEach(
        (name, shape) -> {
          if (!shapes.containsKey(name)) {
            throw new InputException(
                "--shape", name + "=" + text(shape), "an input: " + shapes.keySet(), "correct it");
          }
        });
    return shapes;
  }

  /** Sizes that the file leaves open may be any; one image may be any number of them. */
  private static boolean fits(long[] shape, OnnxInput input) {
    long[] dims = input.dims();
    boolean fits = shape.length == dims.length;
    for (int i = 0; fits && i < dims.length; i++) {
      boolean any = dims[i] == FREE || i == 0 && input.isForOne() && shape[0] == FREE;
      fits = any || shape[i] == dims[i];
    }
    return fits;
  }

  private static String example(OnnxInput input) {
    return input.name()
        + "="
        + (input.dims() == null || input.dims().length == 0 ? "N" : text(input.dims()));
  }

  private static String text(long[] shape) {
    return String.join(
        ",", Arrays.stream(shape).mapToObj(size -> size == FREE ? "N" : "" + size).toList());
  }
}

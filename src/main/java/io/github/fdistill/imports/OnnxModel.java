package io.github.fdistill.imports;

import io.github.fdistill.InputException;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.onnx.OnnxNetwork;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;

/**
 * A network in ONNX as a SavedModel with its own inputs and outputs, under the signature that
 * others call a model by; and, where it is said how it is called as a denoiser, with that beside
 * it.
 *
 * @param network what was read
 * @param said how it is called as a denoiser, or as a one-step generator; may be empty
 */
public record OnnxModel(OnnxNetwork network, Optional<ModelInfo> said) {
  /** The signature that it gets. */
  public static final String SIGNATURE = "serving_default";

  private static final String ENDING = ".onnx";

  /** Whether a source is such a model, by its name. */
  public static boolean is(Path source) {
    return source.toString().endsWith(ENDING) && !Files.isDirectory(source);
  }

  /**
   * Reads a model.
   *
   * @param shapes of inputs whose sizes the file leaves open
   * @param mapping a file that says how it is called; may be empty
   * @throws InputException when it is refused
   */
  public static OnnxModel read(Path source, Map<String, long[]> shapes, Optional<Path> mapping) {
    Optional<ModelInfo> said = mapping.map(ModelInfo::read);
    said.ifPresent(OnnxModel::requireMapping);
    return new OnnxModel(OnnxNetwork.read(source, shapes), said);
  }

  private static void requireMapping(ModelInfo said) {
    if (!said.info().hasMapping() && !said.info().hasGenerator()) {
      throw new InputException(
          said.where(),
          "nothing that says how the network is called",
          "mapping { ... }, or generator { ... } of a one-step generator",
          "say it there, as docs/import.md does");
    }
  }

  /** From a variable to the initializer that it is. */
  public Map<String, String> variables() {
    Map<String, String> initializers = new LinkedHashMap<>();
    List<String> names = network.function().parameters().names();
    for (int i = 0; i < names.size(); i++) {
      initializers.put(names.get(i), network.tensors().get(i).name());
    }
    return initializers;
  }

  /** Its inputs and outputs with types and shapes, as lines. */
  public List<String> signature() {
    List<String> lines = new ArrayList<>();
    network
        .function()
        .placeholders()
        .forEach((name, input) -> lines.add(name + " " + input.shape() + " " + input.dataType()));
    lines.add("to " + String.join(", ", network.function().outputs().keySet()));
    return lines;
  }

  /** Writes the SavedModel into an existing folder, and what is said of it, which is not tried. */
  public void write(Path folder) throws IOException {
    NetworkFunction function = network.function();
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf().withSubScope("inputs");
      Map<String, Operand<?>> inputs = new LinkedHashMap<>();
      function.placeholders().forEach((name, input) -> inputs.put(name, placeholder(tf, input)));
      Map<String, Operand<TFloat32>> weights = builder.variables(weights(network));
      Map<String, Output<?>> outputs = function.call(builder.tf(), "network", inputs, weights);
      builder.signature(SIGNATURE, inputs, outputs);
      builder.write(folder);
    }
    if (said.isPresent()) {
      said.get().write(folder);
    }
  }

  /** The numbers of a network's initializers, which stay in its files. */
  static ImportedWeights weights(OnnxNetwork network) {
    return new ImportedWeights(
        network.function().parameters(), network.tensors().stream().map(List::of).toList());
  }

  private static <T extends TType> Operand<T> placeholder(Ops tf, NetworkFunction.Input input) {
    @SuppressWarnings("unchecked") // The type of the tensors that the input takes.
    Class<T> type = (Class<T>) input.type();
    return tf.placeholder(type, Placeholder.shape(input.shape()));
  }
}

package io.github.fdistill.savedmodel;

import io.github.fdistill.InputException;
import io.github.fdistill.savedmodel.Parameters.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;

/**
 * A SavedModel on disk: its graph and signatures, read but not loaded into a session.
 *
 * @param folder the version folder, which holds {@code saved_model.pb}
 * @param metaGraph the one with the tag {@code serve}, as it stands in the file
 * @param flat the same with every function call inlined, in ops that have gradients where that can
 *     be written, and with signatures that name the tensors there
 */
public record SavedModel(Path folder, MetaGraphDef metaGraph, MetaGraphDef flat) {
  private static final String FILE = "saved_model.pb";

  /**
   * Reads a version folder, or the newest version of a model's folder ({@code NAME/1/, NAME/2/}).
   *
   * @throws InputException when there is none, or it is damaged
   */
  public static SavedModel read(Path path) {
    Path folder = newestVersion(path).orElse(path);
    Path file = folder.resolve(FILE);
    if (!Files.isDirectory(path)) {
      throw new InputException(
          path.toString(),
          Files.exists(path) ? "a file" : "no such folder",
          "a SavedModel folder",
          "check the path; " + modelsBeside(path));
    }
    if (!Files.isRegularFile(file)) {
      throw new InputException(
          path.toString(),
          "not a SavedModel: there is no " + FILE + " in it",
          "a folder with " + FILE + ", or one with such folders named 1, 2, ...",
          "check the path; " + modelsBeside(path));
    }
    MetaGraphDef metaGraph = serveGraph(file);
    return new SavedModel(folder, metaGraph, withoutCalls(metaGraph, file));
  }

  private static MetaGraphDef serveGraph(Path file) {
    org.tensorflow.proto.SavedModel model;
    try {
      model = org.tensorflow.proto.SavedModel.parseFrom(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new InputException(
          file.toString(),
          "cannot be read as a SavedModel (" + e.getMessage() + ")",
          "a SavedModel protobuf",
          "export or copy the model again",
          e);
    }
    List<String> tags = new ArrayList<>();
    for (MetaGraphDef metaGraph : model.getMetaGraphsList()) {
      if (metaGraph.getMetaInfoDef().getTagsList().contains("serve")) {
        return metaGraph;
      }
      tags.addAll(metaGraph.getMetaInfoDef().getTagsList());
    }
    throw new InputException(
        file.toString(),
        "no graph with the tag 'serve'; tags found: " + tags,
        "a graph exported for serving",
        "export the model with the tag 'serve'");
  }

  /**
   * The graph with every function in the place of its calls, and signatures that name its tensors.
   */
  private static MetaGraphDef withoutCalls(MetaGraphDef metaGraph, Path file) {
    FunctionInliner.Inlined inlined =
        FunctionInliner.inline(metaGraph.getGraphDef(), file.toString());
    GradientRewrites rewritten = GradientRewrites.of(inlined.graph());
    MetaGraphDef.Builder result = metaGraph.toBuilder().setGraphDef(rewritten.graph());
    metaGraph
        .getSignatureDefMap()
        .forEach(
            (name, signature) -> {
              SignatureDef.Builder renamed = signature.toBuilder();
              signature
                  .getOutputsMap()
                  .forEach(
                      (key, info) -> renamed.putOutputs(key, renamed(info, inlined, rewritten)));
              result.putSignatureDef(name, renamed.build());
            });
    return result.build();
  }

  /** What a signature says of a tensor, with the name that the tensor has now. */
  private static TensorInfo renamed(
      TensorInfo info, FunctionInliner.Inlined inlined, GradientRewrites rewritten) {
    return inlined.has(info.getName())
        ? info.toBuilder().setName(rewritten.tensor(inlined.tensor(info.getName()))).build()
        : info;
  }

  /** The folder with the highest number under a model's folder, if there is one. */
  public static Optional<Path> newestVersion(Path modelFolder) {
    return versions(modelFolder).stream()
        .max(Comparator.comparingLong(v -> Long.parseLong(v.getFileName().toString())));
  }

  /** The folders named by a number under a model's folder. */
  private static List<Path> versions(Path modelFolder) {
    if (!Files.isDirectory(modelFolder)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(modelFolder)) {
      return children
          .filter(c -> c.getFileName().toString().matches("[0-9]{1,18}"))
          .filter(Files::isDirectory)
          .toList();
    } catch (IOException e) {
      throw new InputException(
          modelFolder.toString(), "cannot be listed", "a readable folder", "check its rights", e);
    }
  }

  private static String modelsBeside(Path path) {
    Path parent = path.toAbsolutePath().normalize().getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      return "there is no folder " + parent;
    }
    try (Stream<Path> children = Files.list(parent)) {
      List<String> names =
          children
              .filter(Files::isDirectory)
              .map(c -> c.getFileName().toString())
              .filter(n -> !n.startsWith("."))
              .sorted()
              .toList();
      return "in " + parent.getFileName() + " there are " + names;
    } catch (IOException e) {
      return "the folder " + parent + " cannot be listed";
    }
  }

  /** The signature's definition: names, types and shapes of what goes in and comes out. */
  public SignatureDef signature(String name) {
    SignatureDef signature = metaGraph.getSignatureDefMap().get(name);
    if (signature == null) {
      throw new InputException(
          folder.toString(),
          "no signature '" + name + "'; it has " + metaGraph.getSignatureDefMap().keySet(),
          "a SavedModel with the signature '" + name + "'",
          "export the model with that signature (README, section \"Your own teacher\")");
    }
    return signature;
  }

  /** The signature as a function of its inputs and of the float32 variables it reads. */
  public NetworkFunction function(String signatureName) {
    signature(signatureName);
    SignatureDef signature = flat.getSignatureDefOrThrow(signatureName);
    requireTensors(signatureName, signature);
    Map<String, String> outputs = new LinkedHashMap<>();
    signature.getOutputsMap().forEach((name, info) -> outputs.put(name, info.getName()));
    GraphDef needed = NetworkFunction.needed(flat.getGraphDef(), outputs.values());
    GraphDef pure = VariableReads.asPlaceholders(needed, folder);
    Map<String, String> inputs = new LinkedHashMap<>();
    signature
        .getInputsMap()
        .forEach((name, info) -> inputs.put(name, NetworkFunction.nodeOf(info.getName())));
    return new NetworkFunction(pure, inputs, outputs, VariableReads.parameters(needed, folder));
  }

  private void requireTensors(String signatureName, SignatureDef signature) {
    Set<String> nodes = new HashSet<>();
    flat.getGraphDef().getNodeList().forEach(node -> nodes.add(node.getName()));
    Stream.concat(
            signature.getInputsMap().entrySet().stream(),
            signature.getOutputsMap().entrySet().stream())
        .filter(named -> !nodes.contains(NetworkFunction.nodeOf(named.getValue().getName())))
        .forEach(
            named -> {
              throw new InputException(
                  folder + ", signature " + signatureName,
                  "'" + named.getKey() + "' is the tensor '" + named.getValue().getName() + "'",
                  "tensors of the graph, which has no such node",
                  "export the model again");
            });
  }

  /**
   * The values of a function's parameters as they were saved, one after another.
   *
   * @throws InputException when the checkpoint is missing or damaged, or a shape differs
   */
  public float[] values(Parameters parameters) {
    if (parameters.list().isEmpty()) {
      return new float[0];
    }
    Map<String, String> keys = VariableReads.checkpointKeys(flat.getGraphDef());
    List<String> wanted = parameters.names().stream().map(n -> keys.getOrDefault(n, n)).toList();
    Map<String, float[]> values = new LinkedHashMap<>();
    Map<String, TensorBundle.Entry> entries = readBundle(wanted);
    for (int i = 0; i < wanted.size(); i++) {
      Parameter parameter = parameters.list().get(i);
      TensorBundle.Entry entry = entries.get(wanted.get(i));
      requireShape(parameter, entry.shape());
      values.put(parameter.name(), entry.values());
    }
    return parameters.join(values);
  }

  private Map<String, TensorBundle.Entry> readBundle(List<String> keys) {
    Path prefix = folder.resolve("variables").resolve("variables");
    if (!Files.isRegularFile(Path.of(prefix + ".index"))) {
      throw new InputException(
          prefix + ".index",
          "no such file",
          "the checkpoint of the model's variables",
          "copy the whole folder " + folder + ", variables/ included");
    }
    try {
      return TensorBundle.read(prefix, keys);
    } catch (RuntimeException e) {
      throw new InputException(
          prefix.toString(),
          "the variables cannot be read: " + e.getMessage(),
          "a whole checkpoint with every variable of the graph",
          "export or copy the model again",
          e);
    }
  }

  private void requireShape(Parameter parameter, Shape found) {
    if (!parameter.shape().equals(found)) {
      throw new InputException(
          folder + ", variable " + parameter.name(),
          "its saved value has shape " + found,
          "shape " + parameter.shape() + ", which the graph declares",
          "export the model again");
    }
  }
}

package io.github.fdistill.savedmodel;

import io.github.fdistill.InputException;
import io.github.fdistill.Untrusted;
import io.github.fdistill.device.RunFailure;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.files.Folders;
import io.github.fdistill.graph.CheckBranches;
import io.github.fdistill.graph.ControlFlow;
import io.github.fdistill.graph.ConvolutionRules;
import io.github.fdistill.graph.FlatGraph;
import io.github.fdistill.graph.GradientPaths;
import io.github.fdistill.graph.GradientRewrites;
import io.github.fdistill.graph.IdleDropout;
import io.github.fdistill.graph.ImportedShapes;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.NodeChecks;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.graph.PureOps;
import io.github.fdistill.graph.SavedKey;
import io.github.fdistill.graph.SignatureInputs;
import io.github.fdistill.graph.TrainableConstants;
import io.github.fdistill.graph.Untrained;
import io.github.fdistill.graph.VariableReads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.tensorflow.Graph;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;

/**
 * A SavedModel on disk: its graph and signatures, read but not loaded into a session. It may come
 * from anywhere: files are parsed within bounds and may not lie outside its folder, and of its
 * graph only what a signature needs is ever run, and only where that is a pure function of numbers.
 *
 * @param folder the version folder, which holds {@code saved_model.pb}; or a frozen graph's file
 * @param metaGraph the one with the tag {@code serve}, or with others, as it stands in the file
 * @param flat the same without function calls
 */
public record SavedModel(Path folder, MetaGraphDef metaGraph, FlatGraph flat) {
  private static final String WHOLE = "a whole graph of ops that networks are made of";
  private static final String AGAIN = "export or copy the model again";

  /** The signature of a network that images are compared by, and that draws none. */
  private static final String FEATURES = "features";

  /**
   * Reads a version folder, or the newest version of a model's folder ({@code NAME/1/, NAME/2/}).
   *
   * @throws InputException when there is none, or it is damaged
   */
  public static SavedModel read(Path path) {
    return read(path, Optional.empty());
  }

  /**
   * The same, or a frozen graph: a file {@code .pb} of a GraphDef, as a model with the signature
   * {@link FrozenGraph#SIGNATURE}.
   *
   * @param tags of the graph that is read, all of them; without them it is the one for serving
   * @throws InputException when there is none, or it is damaged
   */
  public static SavedModel read(Path path, Optional<Set<String>> tags) {
    if (FrozenGraph.is(path)) {
      return of(path, path.toString(), FrozenGraph.read(path));
    }
    Optional<Path> newest = newestVersion(path);
    Path folder = newest.orElse(path);
    Path file = folder.resolve(SavedModelFile.NAME);
    if (!Files.isRegularFile(file)) {
      throw OtherFormats.refusal(path, newest);
    }
    return of(
        folder,
        file.toString(),
        tags.isEmpty()
            ? SavedModelFile.serveGraph(folder)
            : SavedModelFile.graph(folder, tags.get()));
  }

  private static SavedModel of(Path folder, String file, MetaGraphDef metaGraph) {
    return Untrusted.read(
        file, WHOLE, AGAIN, () -> new SavedModel(folder, metaGraph, FlatGraph.of(metaGraph, file)));
  }

  /** The file of its graph. */
  private String file() {
    return flat.origins().file();
  }

  /** The folder with the highest number under a model's folder, if there is one. */
  public static Optional<Path> newestVersion(Path modelFolder) {
    return versions(modelFolder).stream().max(Comparator.comparingLong(SavedModel::number));
  }

  /** The newest version of a model's folder; a folder without versions is one itself. */
  public static Path versionIn(Path folder) {
    return newestVersion(folder).orElse(folder);
  }

  /** The folder of the version after the newest one; of number 1 where there is none yet. */
  public static Path nextVersion(Path modelFolder) {
    long newest = newestVersion(modelFolder).map(SavedModel::number).orElse(0L);
    return modelFolder.resolve(Long.toString(newest + 1));
  }

  /** Whether a folder's name is a version's: a number. */
  public static boolean isVersion(Path folder) {
    return folder.getFileName().toString().matches("[0-9]{1,18}");
  }

  /** The number of a version's folder. */
  public static long number(Path version) {
    return Long.parseLong(version.getFileName().toString());
  }

  /**
   * Whether something in a model's folder is a version: a folder of such a name, or a link to
   * nothing. Who opens one of these is told so, and not given the version before it.
   */
  public static boolean isVersionIn(Path child) {
    return isVersion(child) && (Files.isDirectory(child) || Folders.isDeadLink(child));
  }

  /** The versions in a model's folder. */
  public static List<Path> versions(Path modelFolder) {
    if (!Files.isDirectory(modelFolder)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(modelFolder)) {
      return children.filter(SavedModel::isVersionIn).toList();
    } catch (IOException e) {
      throw new InputException(
          modelFolder.toString(), "cannot be listed", "a readable folder", "check its rights", e);
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
          metaGraph.containsSignatureDef(FEATURES)
              ? "name another: this one gives features, for ./fdistill evaluate --features"
              : "export the model with that signature, or say how it is called (docs/models.md)");
    }
    return signature;
  }

  /**
   * The same with one more signature, which calls a function of the model's objects.
   *
   * @param path the function's, such as {@code denoise} or {@code unet/call}
   * @throws InputException when there is no such function, or it is none of variables alone
   */
  public SavedModel withFunction(String path) {
    return Untrusted.read(
        file() + ", function '" + path + "'",
        WHOLE,
        AGAIN,
        () -> {
          Map<String, SavedKey> keys = VariableReads.checkpointKeys(flat.graph());
          MetaGraphDef with = new ObjectFunctions(metaGraph, keys, folder).withSignature(path);
          return new SavedModel(folder, with, FlatGraph.of(with, file()));
        });
  }

  /** The signature that {@link #withFunction} adds. */
  public static String signatureOf(String path) {
    return ObjectFunctions.signatureOf(path);
  }

  /** Whether a tensor {@code node:index} is of a node of the flat graph. */
  public boolean hasTensor(String tensor) {
    String node = NetworkFunction.nodeOf(tensor);
    return flat.graph().getNodeList().stream().anyMatch(n -> n.getName().equals(node));
  }

  /** What an output of a signature is in the flat graph; nothing where there is no such output. */
  public Optional<String> outputTensor(String signatureName, String output) {
    return Optional.ofNullable(flat.signatures().get(signatureName).getOutputsMap().get(output))
        .map(TensorInfo::getName);
  }

  /** Whether an input of a signature is a switch of training mode: the flat graph has it off. */
  public boolean isSwitchedOff(String signatureName, String input) {
    return !flat.signatures().get(signatureName).containsInputs(input);
  }

  /** The names of its signatures, in order. */
  public List<String> signatures() {
    return metaGraph.getSignatureDefMap().keySet().stream().sorted().toList();
  }

  /**
   * The signature as a function of its inputs and of the variables it reads, as float32, in ops
   * that have gradients where that can be written.
   *
   * @throws InputException when it is none: with loops, state, files or code of its own, with ops
   *     that TensorFlow does not know, or with shapes that do not fit each other
   */
  public NetworkFunction function(String signatureName) {
    return function(signatureName, signature(signatureName).getOutputsMap().keySet(), Map.of());
  }

  /**
   * A signature as a function with some of its outputs, and with tensors of its inside.
   *
   * @param outputs of the signature
   * @param inside from an output of the function to a tensor {@code node:index} of the flat graph
   */
  public NetworkFunction function(
      String signatureName, Collection<String> outputs, Map<String, String> inside) {
    return function(signatureName, outputs, inside, 0);
  }

  /**
   * The same, with the constants of a frozen network as parameters.
   *
   * @param trained how many numbers such a constant has, at the least; 0: none is
   */
  public NetworkFunction function(
      String signatureName, Collection<String> outputs, Map<String, String> inside, int trained) {
    signature(signatureName);
    return Untrusted.read(
        file() + ", signature " + signatureName,
        WHOLE,
        AGAIN,
        () -> cut(signatureName, outputs, inside, trained));
  }

  private NetworkFunction cut(
      String signatureName, Collection<String> outputs, Map<String, String> inside, int trained) {
    SignatureDef signature = flat.signatures().get(signatureName);
    requireTensors(signatureName, signature);
    SignatureInputs inputs = SignatureInputs.cut(flat.graph(), signature);
    Map<String, String> tensors = new LinkedHashMap<>();
    outputs.forEach(
        name -> tensors.put(name, inputs.tensor(signature.getOutputsOrThrow(name).getName())));
    inside.forEach((name, tensor) -> tensors.put(name, inputs.tensor(tensor)));
    GraphDef needed = NetworkFunction.needed(inputs.graph(), tensors.values());
    needed = CheckBranches.without(needed, tensors.values(), flat.origins());
    needed = IdleDropout.without(needed, tensors.values());
    ControlFlow.refuse(needed, flat.origins());
    GradientRewrites rewritten = GradientRewrites.of(NodeChecks.completed(needed, flat.origins()));
    tensors.replaceAll((name, tensor) -> rewritten.tensor(tensor));
    GraphDef direct = VariableReads.withoutAliases(rewritten.graph());
    GraphDef kept = NetworkFunction.needed(direct, tensors.values());
    Parameters parameters = VariableReads.parameters(kept, flat.origins());
    GraphDef said = VariableReads.asPlaceholders(kept, Untrained.of(metaGraph), flat.origins());
    PureOps.require(said, signatureName, flat.origins()); // TensorFlow gets no node before that.
    String what = file() + ", signature " + signatureName;
    GraphDef pure = ConvolutionRules.rewritten(said, what, flat.origins());
    requireFitting(what, signatureName, pure, tensors);
    NetworkFunction function = new NetworkFunction(pure, inputs.nodes(), tensors, parameters);
    return trained > 0 ? withTrained(function, trained) : function;
  }

  private static NetworkFunction withTrained(NetworkFunction function, int trained) {
    TrainableConstants made = TrainableConstants.of(function.graph(), trained);
    List<Parameter> all = new ArrayList<>(function.parameters().list());
    all.addAll(made.parameters());
    return new NetworkFunction(
        made.graph(), function.inputs(), function.outputs(), new Parameters(all));
  }

  private void requireTensors(String signatureName, SignatureDef signature) {
    Set<String> nodes = new HashSet<>();
    flat.graph().getNodeList().forEach(node -> nodes.add(node.getName()));
    Stream.concat(
            signature.getInputsMap().entrySet().stream(),
            signature.getOutputsMap().entrySet().stream())
        .filter(named -> !nodes.contains(NetworkFunction.nodeOf(named.getValue().getName())))
        .forEach(
            named -> {
              String key = "'" + named.getKey() + "'";
              boolean dense = named.getValue().getEncodingCase() == TensorInfo.EncodingCase.NAME;
              throw new InputException(
                  folder + ", signature " + signatureName,
                  dense
                      ? key + " is the tensor '" + named.getValue().getName() + "'"
                      : key + " is no dense tensor: it is sparse, ragged or made of several",
                  dense ? "tensors of the graph, which has no such node" : "dense tensors",
                  dense ? "export the model again" : "export the network with dense tensors");
            });
  }

  /** TensorFlow itself says whether types and shapes fit, before anything runs. */
  private void requireFitting(
      String what, String signatureName, GraphDef pure, Map<String, String> tensors) {
    try (Graph graph = Sessions.graph()) {
      ImportedShapes.add(pure, graph, what, flat.origins());
      tensors.forEach((name, tensor) -> requireOutput(signatureName, name, tensor, graph));
      ImportedShapes.requireKnown(pure, graph, false, what, flat.origins());
    } catch (TensorFlowException | IllegalArgumentException e) {
      throw new InputException(
          what,
          "TensorFlow refuses its graph: " + RunFailure.reason(e),
          "ops whose inputs have the types and shapes that they take",
          "export the model again, graph and variables together",
          e);
    }
  }

  private void requireOutput(String signatureName, String name, String tensor, Graph graph) {
    int outputs = graph.operationOrThrow(NetworkFunction.nodeOf(tensor)).numOutputs();
    int index = NetworkFunction.indexOf(tensor);
    if (index < 0 || index >= outputs) {
      throw new InputException(
          folder + ", signature " + signatureName,
          "'" + name + "' is the tensor '" + tensor + "'",
          "tensors of the graph, whose node has " + outputs,
          "export the model again");
    }
  }

  /** Whether gradients pass through a function of this model. */
  public GradientPaths gradients(NetworkFunction function) {
    return new GradientPaths(function, flat.origins());
  }

  /**
   * The values of a function's parameters as they were saved. They are read when they are asked
   * for; that they can be is made sure now.
   *
   * @throws InputException when the checkpoint is missing or damaged, or a shape differs
   */
  public Weights weights(Parameters parameters) {
    return variables(
        () -> {
          StoredWeights weights = StoredWeights.of(this, parameters);
          weights.requireWhole();
          return weights;
        });
  }

  /**
   * Makes sure that the checkpoint has a value for each of a function's parameters, of its type and
   * shape; the values themselves are not read.
   *
   * @throws InputException when it has not
   */
  public void requireStored(Parameters parameters) {
    variables(() -> StoredWeights.of(this, parameters));
  }

  private <T> T variables(Supplier<T> reading) {
    return Untrusted.read(folder + ", its variables", "values for all of them", AGAIN, reading);
  }
}

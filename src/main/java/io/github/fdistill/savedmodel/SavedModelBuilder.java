package io.github.fdistill.savedmodel;

import io.github.fdistill.device.Natives;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.graph.DefaultAttributes;
import io.github.fdistill.graph.ListedStrings;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.graph.VariableReads;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.proto.TrackableObjectGraphOuterClass.TrackableObjectGraph;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;

/**
 * A SavedModel in the making: a graph of its own with resource variables, to which signatures are
 * added and which is then written whole, with the variables' values and the ops that restore them.
 * (TensorFlow Java's own exporter writes no resource variable.)
 */
public final class SavedModelBuilder implements AutoCloseable {
  private final Graph graph = Sessions.graph();
  private final Ops tf = NodeNames.ops(graph);
  private final Map<String, Operand<TType>> handles = new LinkedHashMap<>();
  private final List<Weights> values = new ArrayList<>();
  private final Set<String> kept = new HashSet<>();
  private final Map<String, SignatureDef> signatures = new LinkedHashMap<>();

  /** Builds operations of the model. */
  public Ops tf() {
    return tf;
  }

  /**
   * Adds the variables of a network.
   *
   * @param weights their values, which {@link #write} asks for
   * @return the reads, to call the network with
   */
  public Map<String, Operand<TFloat32>> variables(Weights weights) {
    values.add(weights);
    Map<String, Operand<TFloat32>> reads = new LinkedHashMap<>();
    for (Parameter p : weights.parameters().list()) {
      Operand<TType> handle = handle(p.name(), p.shape());
      handles.put(p.name(), handle);
      reads.put(p.name(), tf.readVariableOp(handle, TFloat32.class));
    }
    return reads;
  }

  /** The same of a network that who trains the model on leaves as it is. */
  public Map<String, Operand<TFloat32>> keptVariables(Weights weights) {
    kept.addAll(weights.parameters().names());
    return variables(weights);
  }

  /**
   * Adds the weights of a network as constants: TensorFlow computes with them once, when it loads
   * the model, what it would compute with variables at every run.
   *
   * @return the constants, to call the network with
   */
  public Map<String, Operand<TFloat32>> constants(Weights weights) {
    Map<String, Operand<TFloat32>> constants = new LinkedHashMap<>();
    List<String> names = weights.parameters().names();
    for (int i = 0; i < names.size(); i++) {
      try (TFloat32 value = weights.tensor(i)) {
        var builder = graph.opBuilder("Const", names.get(i), tf.scope());
        builder.setAttr("dtype", DataType.DT_FLOAT);
        builder.setAttr("value", value);
        constants.put(names.get(i), builder.build().output(0));
      }
    }
    return constants;
  }

  private Operand<TType> handle(String name, Shape shape) {
    // Built raw: each sub-scope of one name gets a number, and the node would lose the
    // parameter's name.
    var builder = graph.opBuilder("VarHandleOp", name, tf.scope());
    builder.setAttr("dtype", DataType.DT_FLOAT);
    builder.setAttr("shape", shape);
    builder.setAttr("shared_name", name);
    return builder.build().output(0);
  }

  /** Adds a signature: what a server's clients call it by, what goes in, what comes out. */
  public void signature(
      String name, Map<String, ? extends Operand<?>> in, Map<String, ? extends Operand<?>> out) {
    SignatureDef.Builder signature =
        SignatureDef.newBuilder().setMethodName("tensorflow/serving/predict");
    in.forEach((key, tensor) -> signature.putInputs(key, info(tensor.asOutput())));
    out.forEach((key, tensor) -> signature.putOutputs(key, info(tensor.asOutput())));
    signatures.put(name, signature.build());
  }

  /**
   * Writes {@code saved_model.pb} and, where there are variables, {@code variables/} into an
   * existing folder.
   */
  public void write(Path folder) throws IOException {
    boolean hasVariables = !handles.isEmpty();
    Saver saver = hasVariables ? Saver.add(tf, handles) : Saver.NONE;
    GraphDef whole =
        ListedStrings.of(
            DefaultAttributes.without(VariableReads.withoutCopies(graph.toGraphDef(), results())));
    MetaGraphDef.Builder metaGraph =
        MetaGraphDef.newBuilder()
            .setMetaInfoDef(
                MetaGraphDef.MetaInfoDef.newBuilder()
                    .addTags("serve")
                    .setStrippedDefaultAttrs(true)
                    .setTensorflowVersion(Natives.version()))
            .setGraphDef(whole)
            .putAllSignatureDef(signatures);
    if (hasVariables) {
      List<Parameter> parameters = new ArrayList<>();
      values.forEach(weights -> parameters.addAll(weights.parameters().list()));
      Set<String> untrained = untrained(whole, parameters);
      PythonObjects objects = new PythonObjects(whole, signatures, parameters, untrained);
      metaGraph.getGraphDefBuilder().setLibrary(objects.library());
      metaGraph
          .setSaverDef(saver.definition())
          .setObjectGraphDef(objects.saved())
          .putAllCollectionDef(saver.collections(untrained));
      Files.createDirectories(folder.resolve("variables"));
      writeValues(folder.resolve("variables").resolve("variables"), objects.tracked());
    }
    try (OutputStream out = Files.newOutputStream(folder.resolve("saved_model.pb"))) {
      org.tensorflow.proto.SavedModel.newBuilder()
          .setSavedModelSchemaVersion(1)
          .addMetaGraphs(metaGraph)
          .build()
          .writeTo(out);
    }
  }

  /** Names of the variables that are kept, or that no signature lets a gradient reach. */
  private Set<String> untrained(GraphDef whole, List<Parameter> parameters) {
    Map<String, String> tensors = new LinkedHashMap<>();
    results().forEach(tensor -> tensors.put(tensor, tensor));
    GraphDef needed = NetworkFunction.needed(whole, tensors.values());
    NetworkFunction function =
        new NetworkFunction(needed, Map.of(), tensors, new Parameters(parameters));
    Set<String> untrained = new HashSet<>(function.untrained());
    untrained.addAll(kept);
    return untrained;
  }

  private void writeValues(Path prefix, TrackableObjectGraph objects) throws IOException {
    try (BundleWriter out = new BundleWriter(prefix);
        TFloat32 room = TFloat32.tensorOf(Shape.of(largest()))) {
      for (Weights weights : values) {
        List<Parameter> list = weights.parameters().list();
        for (int i = 0; i < list.size(); i++) {
          FloatDataBuffer value = Weights.numbers(room).slice(0, list.get(i).size());
          weights.copy(i, value);
          out.add(
              PythonObjects.key(list.get(i).name()),
              list.get(i).shape(),
              pieces -> pieces.write(value));
        }
      }
      out.addBytes(PythonObjects.KEY, objects.toByteArray());
      out.finish();
    }
  }

  /** Numbers of the largest parameter: memory for one serves all. */
  private long largest() {
    return values.stream()
        .flatMap(weights -> weights.parameters().list().stream())
        .mapToLong(Parameter::size)
        .max()
        .orElse(0);
  }

  /** The tensors that the signatures give. */
  private List<String> results() {
    List<String> results = new ArrayList<>();
    for (SignatureDef signature : signatures.values()) {
      signature.getOutputsMap().values().forEach(tensor -> results.add(tensor.getName()));
    }
    return results;
  }

  private static TensorInfo info(Output<? extends TType> tensor) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    if (tensor.shape().isUnknown()) {
      shape.setUnknownRank(true);
    } else {
      for (long size : tensor.shape().asArray()) {
        shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
      }
    }
    return TensorInfo.newBuilder()
        .setName(NetworkFunction.nameOf(tensor))
        .setDtype(tensor.dataType())
        .setTensorShape(shape)
        .build();
  }

  @Override
  public void close() {
    graph.close();
  }
}

package io.github.fdistill.savedmodel;

import io.github.fdistill.device.Natives;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.VariableReads;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SaverDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/**
 * A SavedModel in the making: a graph of its own with resource variables, to which signatures are
 * added and which is then written whole, with the variables' values and the ops that restore them.
 * (TensorFlow Java's own exporter writes no resource variable.)
 */
public final class SavedModelBuilder implements AutoCloseable {
  private final Graph graph = Sessions.graph();
  private final Ops tf = Ops.create(graph);
  private final Map<String, Operand<TType>> handles = new LinkedHashMap<>();
  private final List<Weights> values = new ArrayList<>();
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
    for (Parameters.Parameter p : weights.parameters().list()) {
      Operand<TType> handle = handle(p.name(), p.shape());
      handles.put(p.name(), handle);
      reads.put(p.name(), tf.readVariableOp(handle, TFloat32.class));
    }
    return reads;
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
    SaverDef saver = hasVariables ? saver() : SaverDef.getDefaultInstance();
    MetaGraphDef.Builder metaGraph =
        MetaGraphDef.newBuilder()
            .setMetaInfoDef(
                MetaGraphDef.MetaInfoDef.newBuilder()
                    .addTags("serve")
                    .setTensorflowVersion(Natives.version()))
            .setGraphDef(VariableReads.withoutCopies(graph.toGraphDef(), results()))
            .putAllSignatureDef(signatures);
    if (hasVariables) {
      metaGraph.setSaverDef(saver);
      Files.createDirectories(folder.resolve("variables"));
      writeValues(folder.resolve("variables").resolve("variables"));
    }
    try (OutputStream out = Files.newOutputStream(folder.resolve("saved_model.pb"))) {
      org.tensorflow.proto.SavedModel.newBuilder()
          .setSavedModelSchemaVersion(1)
          .addMetaGraphs(metaGraph)
          .build()
          .writeTo(out);
    }
  }

  private void writeValues(Path prefix) throws IOException {
    try (BundleWriter out = new BundleWriter(prefix)) {
      for (Weights weights : values) {
        List<Parameters.Parameter> list = weights.parameters().list();
        for (int i = 0; i < list.size(); i++) {
          try (TFloat32 value = weights.tensor(i)) {
            out.add(
                list.get(i).name(),
                list.get(i).shape(),
                pieces -> pieces.write(Weights.numbers(value)));
          }
        }
      }
      out.finish();
    }
  }

  /** The tensors that the signatures give. */
  private List<String> results() {
    List<String> results = new ArrayList<>();
    for (SignatureDef signature : signatures.values()) {
      signature.getOutputsMap().values().forEach(tensor -> results.add(tensor.getName()));
    }
    return results;
  }

  private SaverDef saver() {
    Ops scope = tf.withSubScope("saver");
    Placeholder<TString> file = scope.placeholder(TString.class, Placeholder.shape(Shape.scalar()));
    List<Operand<TFloat32>> reads = new ArrayList<>();
    handles.values().forEach(h -> reads.add(scope.readVariableOp(h, TFloat32.class)));
    Operation save = TensorBundle.save(scope, file, handles.keySet(), reads);
    Output<TString> saved =
        scope.withControlDependencies(List.<Op>of(new Target(save))).identity(file).asOutput();
    List<Output<TFloat32>> restored = TensorBundle.restore(scope, file, handles.keySet());
    List<Op> assigned = new ArrayList<>();
    handles
        .values()
        .forEach(h -> assigned.add(scope.assignVariableOp(h, restored.get(assigned.size()))));
    Op restore = scope.withControlDependencies(assigned).noOp();
    return SaverDef.newBuilder()
        .setFilenameTensorName(file.op().name() + ":0")
        .setSaveTensorName(saved.op().name() + ":0")
        .setRestoreOpName(restore.op().name())
        .setVersion(SaverDef.CheckpointFormatVersion.V2)
        .build();
  }

  private record Target(Operation op) implements Op {}

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
        .setName(tensor.op().name() + ":" + tensor.index())
        .setDtype(tensor.dataType())
        .setTensorShape(shape)
        .build();
  }

  @Override
  public void close() {
    graph.close();
  }
}

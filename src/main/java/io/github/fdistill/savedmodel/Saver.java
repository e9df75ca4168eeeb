package io.github.fdistill.savedmodel;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.CollectionDef;
import org.tensorflow.proto.SaverDef;
import org.tensorflow.proto.VariableDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/**
 * The ops of a graph that save and restore its variables, and what the graph says of these to
 * TensorFlow 1.
 *
 * @param definition which ops they are
 * @param variables by name
 */
record Saver(SaverDef definition, Map<String, VariableDef> variables) {
  /** Of a graph without variables. */
  static final Saver NONE = new Saver(SaverDef.getDefaultInstance(), Map.of());

  /** Adds the ops to the graph. */
  static Saver add(Ops tf, Map<String, Operand<TType>> handles) {
    Ops scope = tf.withSubScope("saver");
    Placeholder<TString> file = scope.placeholder(TString.class, Placeholder.shape(Shape.scalar()));
    List<Operand<TFloat32>> reads = new ArrayList<>();
    handles.values().forEach(h -> reads.add(scope.readVariableOp(h, TFloat32.class)));
    List<String> keys = handles.keySet().stream().map(PythonObjects::key).toList();
    Operation save = TensorBundle.save(scope, file, keys, reads);
    Output<TString> saved =
        scope.withControlDependencies(List.<Op>of(new Target(save))).identity(file).asOutput();
    List<Output<TFloat32>> restored = TensorBundle.restore(scope, file, keys);
    List<Op> assigned = new ArrayList<>();
    Map<String, VariableDef> variables = new LinkedHashMap<>();
    handles.forEach(
        (name, handle) -> {
          int i = assigned.size();
          Op assign = scope.assignVariableOp(handle, restored.get(i));
          assigned.add(assign);
          variables.put(name, variable(handle, reads.get(i), assign));
        });
    Op restore = scope.withControlDependencies(assigned).noOp();
    SaverDef definition =
        SaverDef.newBuilder()
            .setFilenameTensorName(file.op().name() + ":0")
            .setSaveTensorName(saved.op().name() + ":0")
            .setRestoreOpName(restore.op().name())
            .setVersion(SaverDef.CheckpointFormatVersion.V2)
            .build();
    return new Saver(definition, variables);
  }

  private record Target(Operation op) implements Op {}

  /** What gives the variable its first value is the checkpoint, and nothing else. */
  private static VariableDef variable(Operand<?> handle, Operand<?> read, Op assign) {
    return VariableDef.newBuilder()
        .setVariableName(handle.op().name() + ":0")
        .setSnapshotName(read.op().name() + ":0")
        .setInitializerName(assign.op().name())
        .setIsResource(true)
        .build();
  }

  /** The graph's collections of variables, of all and of those that are trained. */
  Map<String, CollectionDef> collections(Set<String> untrained) {
    CollectionDef.BytesList.Builder all = CollectionDef.BytesList.newBuilder();
    CollectionDef.BytesList.Builder trained = CollectionDef.BytesList.newBuilder();
    variables.forEach(
        (name, variable) -> {
          boolean isTrained = !untrained.contains(name);
          ByteString entry = variable.toBuilder().setTrainable(isTrained).build().toByteString();
          all.addValue(entry);
          if (isTrained) {
            trained.addValue(entry);
          }
        });
    return Map.of(
        "variables", CollectionDef.newBuilder().setBytesList(all).build(),
        "trainable_variables", CollectionDef.newBuilder().setBytesList(trained).build());
  }
}

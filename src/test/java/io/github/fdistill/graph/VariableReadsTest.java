package io.github.fdistill.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.github.fdistill.InputException;
import io.github.fdistill.savedmodel.Bundles;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Graphs as other programs write them: checkpoint keys that are not the variables' names. */
class VariableReadsTest {
  private static final Untrained NONE = new Untrained(Set.of());

  /** Of 13 and 300 bytes, so that the second one's packed length takes two bytes. */
  private static final List<String> KEYS = List.of("model/größe", "k".repeat(300));

  private static AttrValue type(DataType type) {
    return AttrValue.newBuilder().setType(type).build();
  }

  private static TensorShapeProto shape(long... dims) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long dim : dims) {
      shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(dim));
    }
    return shape.build();
  }

  private static NodeDef.Builder node(String name, String op, String... inputs) {
    return NodeDef.newBuilder().setName(name).setOp(op).addAllInput(List.of(inputs));
  }

  private static NodeDef variable(String name, DataType type, long... dims) {
    return node(name, "VarHandleOp")
        .putAttr("dtype", type(type))
        .putAttr("shape", AttrValue.newBuilder().setShape(shape(dims)).build())
        .build();
  }

  private static NodeDef names(boolean packed) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setDtype(DataType.DT_STRING).setTensorShape(shape(KEYS.size()));
    if (packed) {
      ByteString bytes = ByteString.copyFrom(new byte[] {13, (byte) (300 % 128 + 128), 300 / 128});
      tensor.setTensorContent(bytes.concat(ByteString.copyFromUtf8(String.join("", KEYS))));
    } else {
      KEYS.forEach(key -> tensor.addStringVal(ByteString.copyFromUtf8(key)));
    }
    return node("save/names", "Const")
        .putAttr("dtype", type(DataType.DT_STRING))
        .putAttr("value", AttrValue.newBuilder().setTensor(tensor).build())
        .build();
  }

  /** y = a + b, with b restored through an Identity and as the first of the two. */
  private static GraphDef graph(boolean packed) {
    return GraphDef.newBuilder()
        .addNode(variable("a", DataType.DT_FLOAT, 2))
        .addNode(variable("b", DataType.DT_FLOAT, 2))
        .addNode(node("read_a", "ReadVariableOp", "a").putAttr("dtype", type(DataType.DT_FLOAT)))
        .addNode(node("read_b", "ReadVariableOp", "b").putAttr("dtype", type(DataType.DT_FLOAT)))
        .addNode(node("y", "AddV2", "read_a", "read_b").putAttr("T", type(DataType.DT_FLOAT)))
        .addNode(names(packed))
        .addNode(node("save/restore", "RestoreV2", "save/file", "save/names", "save/slices"))
        .addNode(node("save/identity", "Identity", "save/restore"))
        .addNode(node("save/assign_a", "AssignVariableOp", "a", "save/restore:1"))
        .addNode(node("save/assign_b", "AssignVariableOp", "b", "save/identity"))
        .build();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void checkpointKeysAreThoseOfTheRestoreOps(boolean packed) {
    assertEquals(13, KEYS.get(0).getBytes(StandardCharsets.UTF_8).length);
    assertEquals(
        Map.of("a", new SavedKey(KEYS.get(1), ""), "b", new SavedKey(KEYS.get(0), "")),
        VariableReads.checkpointKeys(graph(packed)));
    GraphDef twice =
        graph(packed).toBuilder()
            .addNode(node("save/assign_c", "AssignVariableOp", "c", "save/restore"))
            .build();
    Map<String, SavedKey> keys = VariableReads.checkpointKeys(twice);
    // The list of names is read once, not for each variable.
    assertSame(keys.get("b").name(), keys.get("c").name());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aModelWithOtherKeysIsReadWithThem(boolean packed, @TempDir Path folder) throws IOException {
    write(folder, graph(packed));
    Bundles.write(
        folder.resolve("variables/variables"),
        Map.of(
            KEYS.get(0), new Bundles.Entry(Shape.of(2), new float[] {1, 2}),
            KEYS.get(1), new Bundles.Entry(Shape.of(2), new float[] {3, 4})));
    SavedModel model = SavedModel.read(folder);
    NetworkFunction sum = model.function("sum");
    assertEquals(List.of("a", "b"), sum.parameters().names());
    assertArrayEquals(new float[] {3, 4, 1, 2}, WeightArrays.of(model.weights(sum.parameters())));
  }

  private static void write(Path folder, GraphDef graph) throws IOException {
    SignatureDef signature =
        SignatureDef.newBuilder()
            .putOutputs("y", TensorInfo.newBuilder().setName("y:0").build())
            .build();
    MetaGraphDef metaGraph =
        MetaGraphDef.newBuilder()
            .setMetaInfoDef(MetaGraphDef.MetaInfoDef.newBuilder().addTags("serve"))
            .setGraphDef(graph)
            .putSignatureDef("sum", signature)
            .build();
    Files.createDirectories(folder.resolve("variables"));
    Files.write(
        folder.resolve("saved_model.pb"),
        org.tensorflow.proto.SavedModel.newBuilder()
            .addMetaGraphs(metaGraph)
            .build()
            .toByteArray());
  }

  private static void assertRefused(GraphDef graph, String... parts) {
    Origins origins = new Origins("somewhere", Map.of());
    String message =
        assertThrows(
                InputException.class,
                () -> {
                  VariableReads.asPlaceholders(graph, NONE, origins);
                  VariableReads.parameters(graph, origins);
                })
            .getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), "'" + part + "' in: " + message);
    }
  }

  @Test
  void aVariableThatIsNotFloat32OrOfUnknownSize() {
    GraphDef counter =
        GraphDef.newBuilder().addNode(variable("steps", DataType.DT_INT64, 2)).build();
    assertRefused(counter, "variable steps", "DT_INT64", "float32");
    GraphDef open = GraphDef.newBuilder().addNode(variable("w", DataType.DT_FLOAT, -1)).build();
    assertRefused(open, "variable w", "fully known shape");
  }

  @Test
  void aVariableThatIsWritten() {
    GraphDef graph =
        GraphDef.newBuilder()
            .addNode(variable("mean", DataType.DT_FLOAT, 2))
            .addNode(node("update", "AssignSubVariableOp", "mean", "x"))
            .build();
    assertRefused(graph, "node update", "AssignSubVariableOp on the variable mean");
  }

  /** One of TensorFlow 1 is read by whatever takes it, and assigned by what refers to it. */
  @Test
  void aVariableOfTensorFlow1() {
    NodeDef w = variable("w", DataType.DT_FLOAT, 2).toBuilder().setOp("VariableV2").build();
    GraphDef read = GraphDef.newBuilder().addNode(w).addNode(node("y", "Relu", "w")).build();
    Origins origins = new Origins("somewhere", Map.of());
    assertEquals(List.of("w"), VariableReads.parameters(read, origins).names());
    assertEquals(
        "Placeholder", VariableReads.asPlaceholders(read, NONE, origins).getNode(0).getOp());
    assertRefused(
        read.toBuilder().addNode(node("update", "AssignAdd", "w", "y")).build(),
        "node update",
        "AssignAdd on the variable w");
  }
}

package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.FunctionDefLibrary;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.SaverDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.types.TString;

class FileOpsTest {
  @TempDir Path folder;

  private static NodeDef node(String name, String op, String... inputs) {
    return NodeDef.newBuilder().setName(name).setOp(op).addAllInput(List.of(inputs)).build();
  }

  private static GraphDef graph(NodeDef... nodes) {
    return GraphDef.newBuilder().addAllNode(List.of(nodes)).build();
  }

  private static void refused(GraphDef graph, String op) {
    InputException e =
        assertThrows(InputException.class, () -> FileOps.refuse(Path.of("model/1"), graph));
    assertTrue(e.getMessage().contains(op), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ReadFile",
        "WriteFile",
        "MatchingFiles",
        "PyFunc",
        "EagerPyFunc",
        "PyFuncStateless",
        "WholeFileReaderV2",
        "TFRecordReaderV2",
        "TFRecordDataset",
        "TextLineDataset",
        "FixedLengthRecordDatasetV2",
        "LMDBReader",
        "SqlDataset",
        "CSVDatasetV2",
        "CacheDatasetV2",
        "SnapshotDatasetV2",
        "InitializeTableFromTextFileV2",
        "CreateSummaryFileWriter",
        "DebugIdentityV2",
        "DataServiceDatasetV2",
        "RemoteCall",
        "_Recv",
        "PrintV2"
      })
  void opsThatReachOutAreRefusedAlsoInFunctions(String op) {
    refused(graph(node("a", op)), op);
    refused(
        GraphDef.newBuilder()
            .setLibrary(
                GraphDef.newBuilder()
                    .getLibraryBuilder()
                    .addFunction(FunctionDef.newBuilder().addNodeDef(node("a", op))))
            .build(),
        op);
  }

  /** A SavedModel whose loader names its file in the node "file" and runs "restore". */
  private static MetaGraphDef meta(GraphDef graph, String... outputs) {
    SignatureDef.Builder signature = SignatureDef.newBuilder();
    for (String output : outputs) {
      signature.putOutputs(output, TensorInfo.newBuilder().setName(output + ":0").build());
    }
    return MetaGraphDef.newBuilder()
        .setGraphDef(graph)
        .setSaverDef(
            SaverDef.newBuilder().setFilenameTensorName("file:0").setRestoreOpName("restore"))
        .putSignatureDef("serving_default", signature.build())
        .build();
  }

  private static void refused(MetaGraphDef meta, String op) {
    InputException e =
        assertThrows(InputException.class, () -> CheckpointOps.refuse(Path.of("model/1"), meta));
    assertTrue(e.getMessage().contains("the op " + op), e.getMessage());
  }

  @Test
  void aCheckpointIsReadFromWhereTheLoaderSays() {
    NodeDef file = node("file", "Placeholder");
    NodeDef passedOn = node("p", "Identity", "file:0");
    NodeDef other = node("other", "Const");
    NodeDef hidden = node("hidden", "PlaceholderWithDefault", "other");
    NodeDef restore = node("restore", "NoOp", "^r");
    for (String from : List.of("file", "p:0")) {
      NodeDef read = node("r", "RestoreV2", from, "names", "slices");
      CheckpointOps.refuse(folder, meta(graph(file, passedOn, read, restore)));
    }
    for (String from : List.of("other", "hidden:0", "absent")) {
      NodeDef read = node("r", "RestoreV2", from, "names", "slices");
      refused(meta(graph(file, other, hidden, read, restore)), "RestoreV2");
    }
    refused(meta(graph(file, node("r", "SaveV2", "file"), restore)), "SaveV2");
  }

  @Test
  void aFunctionReadsNoOtherCheckpointEither() {
    FunctionDef reader = function("reader", node("r", "RestoreV2", "path", "names", "slices"));
    FunctionDef fixed =
        function("fixed", node("c", "Const"), node("r", "RestoreV2", "c:output:0", "n", "s"));
    NodeDef file = node("file", "Placeholder");
    NodeDef other = node("other", "Const");
    CheckpointOps.refuse(
        folder, meta(with(graph(file, call("restore", "reader", "file")), reader, fixed)));
    refused(
        meta(with(graph(file, other, call("restore", "reader", "other")), reader)),
        "StatefulPartitionedCall");
    refused(meta(with(graph(file, call("restore", "fixed", "file")), fixed)), "RestoreV2");
  }

  @Test
  void requestsReadAndWriteNoCheckpoint() {
    NodeDef file = node("file", "Placeholder");
    NodeDef read = node("r", "RestoreV2", "file", "names", "slices");
    NodeDef write = node("w", "SaveV2", "file", "names", "slices", "y");
    NodeDef output = node("y", "Identity", "x", "^w");
    NodeDef restore = node("restore", "NoOp", "^r");
    // The ops that every SavedModel has do no harm where no request reaches them.
    CheckpointOps.refuse(folder, meta(graph(file, read, write, restore, node("z", "Const")), "z"));
    refused(meta(graph(file, read, write, restore, output), "y"), "SaveV2");
    refused(meta(graph(file, read, restore), "r"), "RestoreV2");
    FunctionDef writer = function("writer", node("w", "SaveV2", "path"));
    refused(meta(with(graph(file, call("y", "writer", "file")), writer), "y"), "SaveV2");
  }

  private static NodeDef call(String name, String function, String input) {
    return node(name, "StatefulPartitionedCall", input).toBuilder()
        .putAttr(
            "f",
            AttrValue.newBuilder().setFunc(NameAttrList.newBuilder().setName(function)).build())
        .putAttr(
            "Tin",
            AttrValue.newBuilder()
                .setList(AttrValue.ListValue.newBuilder().addType(DataType.DT_STRING))
                .build())
        .build();
  }

  private static FunctionDef function(String name, NodeDef... body) {
    return FunctionDef.newBuilder()
        .setSignature(
            OpDef.newBuilder()
                .setName(name)
                .addInputArg(OpDef.ArgDef.newBuilder().setName("path").setType(DataType.DT_STRING)))
        .addAllNodeDef(List.of(body))
        .build();
  }

  private static GraphDef with(GraphDef graph, FunctionDef... functions) {
    return graph.toBuilder()
        .setLibrary(FunctionDefLibrary.newBuilder().addAllFunction(List.of(functions)))
        .build();
  }

  @Test
  void studentsAreServed() throws IOException {
    Path version = folder.resolve("tiny/1");
    TinyStudent.write(version, 1);
    assertDoesNotThrow(() -> new Asked(folder.resolve("tiny")).close());
  }

  @Test
  void aModelThatWouldReadAFileIsNotLoaded() throws IOException {
    Path version = Files.createDirectories(folder.resolve("reader/1"));
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      Operand<TString> name = tf.placeholder(TString.class, Placeholder.shape(Shape.scalar()));
      builder.signature(
          "serving_default", Map.of("name", name), Map.of("text", tf.io.readFile(name)));
      builder.write(version);
    }
    InputException e =
        assertThrows(InputException.class, () -> new Asked(folder.resolve("reader")));
    assertTrue(e.getMessage().contains("ReadFile"), e.getMessage());
  }

  @Test
  void aSettingsFileIsNoLinkOutOfTheModelsFolder() throws IOException {
    Path secret = Files.writeString(folder.resolve("secret"), "user: root");
    for (String file : List.of("models.config", "batching_parameters.pbtxt")) {
      Path model = folder.resolve("linking-" + file);
      Files.createDirectories(model.resolve("1"));
      Files.createSymbolicLink(model.resolve(file), secret);
      InputException e = assertThrows(InputException.class, () -> new Asked(model));
      assertTrue(e.getMessage().contains("a link that leads out"), e.getMessage());
      assertFalse(e.getMessage().contains("root"), e.getMessage());
    }
  }

  @Test
  void aLinkOutOfTheModelsFolderIsNotFollowed() throws IOException {
    Path elsewhere = folder.resolve("elsewhere");
    TinyStudent.write(elsewhere, 1);
    Path model = Files.createDirectories(folder.resolve("linked"));
    Files.createSymbolicLink(model.resolve("1"), elsewhere);
    InputException e = assertThrows(InputException.class, () -> new Asked(model));
    assertTrue(e.getMessage().contains("a link that leads out"), e.getMessage());
  }
}

package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
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
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
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

  @Test
  void aCheckpointIsReadFromWhereTheLoaderSays() {
    NodeDef restore = node("r", "RestoreV2", "file", "names", "slices");
    assertDoesNotThrow(() -> FileOps.refuse(folder, graph(node("file", "Placeholder"), restore)));
    assertDoesNotThrow(
        () ->
            FileOps.refuse(
                folder, graph(node("p", "Placeholder"), node("file", "Identity", "p:0"), restore)));
    refused(graph(node("file", "Const"), restore), "RestoreV2");
    refused(graph(node("c", "Const"), node("file", "Identity", "c"), restore), "RestoreV2");
    refused(
        graph(node("file", "Identity", "other"), node("other", "Identity", "file"), restore),
        "RestoreV2");
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
  void aLinkOutOfTheModelsFolderIsNotFollowed() throws IOException {
    Path elsewhere = folder.resolve("elsewhere");
    TinyStudent.write(elsewhere, 1);
    Path model = Files.createDirectories(folder.resolve("linked"));
    Files.createSymbolicLink(model.resolve("1"), elsewhere);
    InputException e = assertThrows(InputException.class, () -> new Asked(model));
    assertTrue(e.getMessage().contains("a link that leads out"), e.getMessage());
  }
}

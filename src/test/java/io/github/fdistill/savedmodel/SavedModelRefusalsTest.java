package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.savedmodel.Parameters.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;

/** What is damaged or does not fit is refused in words, before any of it runs. */
class SavedModelRefusalsTest {
  @TempDir Path parent;
  private Path model;

  @BeforeEach
  void write() throws IOException {
    model = parent.resolve("toy");
    Toy.write(model);
  }

  private static void assertRefused(Runnable action, String... parts) {
    String message = assertThrows(InputException.class, action::run).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), "'" + part + "' in: " + message);
    }
  }

  private void assertReadRefused(String... parts) {
    assertRefused(() -> SavedModel.read(model), parts);
  }

  private void assertValuesRefused(String... parts) {
    SavedModel read = SavedModel.read(model);
    assertRefused(() -> read.values(read.function("run").parameters()), parts);
  }

  @Test
  void aMissingFolderNamesThoseBesideIt() {
    assertRefused(
        () -> SavedModel.read(parent.resolve("toi")), "toi", "no such folder", "there are [toy]");
  }

  @Test
  void aFileIsNoModel() {
    assertRefused(
        () -> SavedModel.read(model.resolve("saved_model.pb")), "a file", "a SavedModel folder");
  }

  @Test
  void aFolderWithoutSavedModelPb() throws IOException {
    Files.delete(model.resolve("saved_model.pb"));
    assertReadRefused(model.toString(), "there is no saved_model.pb");
  }

  @Test
  void aSavedModelPbOfGarbage() throws IOException {
    Files.writeString(model.resolve("saved_model.pb"), "This is no protobuf at all.\n");
    assertReadRefused("saved_model.pb", "cannot be read as a SavedModel");
  }

  /** Wherever a copy broke off; the empty file too. */
  @Test
  void aTruncatedSavedModelPb() throws IOException {
    Path file = model.resolve("saved_model.pb");
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length += 1 + whole.length / 20) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertReadRefused("saved_model.pb", "export");
    }
  }

  @Test
  void aGraphWithoutTheTagServe() throws IOException {
    rewrite(m -> m.getMetaInfoDefBuilder().clearTags().addTags("train"));
    assertReadRefused("no graph with the tag 'serve'", "[train]");
  }

  @Test
  void aSignatureThatIsNotThere() {
    SavedModel read = SavedModel.read(model);
    assertRefused(() -> read.function("denoise"), "no signature 'denoise'", "it has [run]");
  }

  @Test
  void aSignatureWhoseTensorIsNotInTheGraph() throws IOException {
    rewrite(
        m -> {
          var signature = m.getSignatureDefOrThrow("run").toBuilder();
          var y = signature.getOutputsOrThrow("y").toBuilder().setName("lost:0").build();
          m.putSignatureDef("run", signature.putOutputs("y", y).build());
        });
    assertRefused(() -> SavedModel.read(model).function("run"), "lost");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PartitionedCall", "StatelessWhile", "StatelessCase", "Switch", "Exit"})
  void aFunctionCallOrControlFlowInTheSignature(String op) throws IOException {
    rewrite(
        m -> {
          GraphDef.Builder graph = m.getGraphDefBuilder();
          for (NodeDef.Builder node : graph.getNodeBuilderList()) {
            if (node.getOp().equals("Conv2D")) {
              node.setOp(op);
            }
          }
        });
    assertRefused(
        () -> SavedModel.read(model).function("run"), "InitialConv", "(" + op + ")", "flat");
  }

  @Test
  void aMissingVariablesFolder() throws IOException {
    try (var files = Files.list(model.resolve("variables"))) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(model.resolve("variables"));
    assertValuesRefused("variables.index", "no such file", "variables/ included");
  }

  @Test
  void aTruncatedDataFile() throws IOException {
    Path data = model.resolve("variables").resolve("variables.data-00000-of-00001");
    byte[] whole = Files.readAllBytes(data);
    for (int length : new int[] {0, 100, whole.length - 1}) {
      Files.write(data, Arrays.copyOf(whole, length));
      assertValuesRefused("variables cannot be read", "a whole checkpoint");
    }
    Files.delete(data);
    assertValuesRefused("variables cannot be read");
  }

  @Test
  void aFlippedBitInTheDataFile() throws IOException {
    Path data = model.resolve("variables").resolve("variables.data-00000-of-00001");
    byte[] bytes = Files.readAllBytes(data);
    bytes[bytes.length / 2] ^= 1;
    Files.write(data, bytes);
    assertValuesRefused("variables cannot be read");
  }

  @Test
  void aTruncatedIndex() throws IOException {
    Path index = model.resolve("variables").resolve("variables.index");
    Files.write(index, Arrays.copyOf(Files.readAllBytes(index), 40));
    assertValuesRefused("variables cannot be read");
  }

  @Test
  void aVariableThatTheCheckpointLacks() throws IOException {
    Map<String, TensorBundle.Entry> entries = entries();
    entries.remove("net/bias");
    TensorBundle.write(model.resolve("variables").resolve("variables"), entries);
    assertValuesRefused("variables cannot be read", "net/bias");
  }

  /** Run as it is, a bias of the wrong size kills the JVM. */
  @Test
  void aSavedValueOfAnotherShape() throws IOException {
    Map<String, TensorBundle.Entry> entries = entries();
    entries.put("net/bias", new TensorBundle.Entry(Shape.of(2), new float[2]));
    TensorBundle.write(model.resolve("variables").resolve("variables"), entries);
    assertValuesRefused("net/bias", "its saved value has shape [2]", "shape [3]");
  }

  private static Map<String, TensorBundle.Entry> entries() {
    Map<String, float[]> parts = Toy.PARAMETERS.split(Toy.weights(1));
    Map<String, TensorBundle.Entry> entries = new LinkedHashMap<>();
    for (Parameter p : Toy.PARAMETERS.list()) {
      entries.put(p.name(), new TensorBundle.Entry(p.shape(), parts.get(p.name())));
    }
    return entries;
  }

  private interface Change {
    void apply(MetaGraphDef.Builder metaGraph);
  }

  private void rewrite(Change change) throws IOException {
    Path file = model.resolve("saved_model.pb");
    var saved = org.tensorflow.proto.SavedModel.parseFrom(Files.readAllBytes(file)).toBuilder();
    change.apply(saved.getMetaGraphsBuilder(0));
    Files.write(file, saved.build().toByteArray());
  }
}

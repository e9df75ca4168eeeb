package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.github.fdistill.InputException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedModel.Builder;

/** What producers of SavedModels do in ways of their own, where that has limits. */
class ProducersTest {
  @TempDir Path folder;

  static Path producer(String name) {
    try {
      return Path.of(ProducersTest.class.getResource("producers/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void refused(Runnable action, String... parts) {
    String message = assertThrows(InputException.class, action::run).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), "'" + part + "' in: " + message);
    }
  }

  /** A producer's model with every node changed, those in functions too. */
  private SavedModel changed(String name, UnaryOperator<NodeDef> change) throws IOException {
    Builder model =
        org.tensorflow.proto.SavedModel.parseFrom(
            Files.readAllBytes(producer(name).resolve("saved_model.pb")))
            .toBuilder();
    MetaGraphDef.Builder meta = model.getMetaGraphsBuilder(0);
    meta.getGraphDefBuilder()
        .getNodeBuilderList()
        .forEach(n -> n.mergeFrom(replaced(n, change.apply(n.build()))));
    for (FunctionDef.Builder function :
        meta.getGraphDefBuilder().getLibraryBuilder().getFunctionBuilderList()) {
      function
          .getNodeDefBuilderList()
          .forEach(n -> n.mergeFrom(replaced(n, change.apply(n.build()))));
    }
    Files.write(folder.resolve("saved_model.pb"), model.build().toByteArray());
    return SavedModel.read(folder);
  }

  private static NodeDef replaced(NodeDef.Builder old, NodeDef node) {
    old.clear();
    return node;
  }

  /** What only checks is left out, with what it alone needs; an effect in a branch is not. */
  @ParameterizedTest
  @CsvSource({"WriteFile, control flow", "PrintV2, control flow", "ReadFile, control flow"})
  void aConditionalThatDoesMoreThanCheckStays(String op, String found) throws IOException {
    SavedModel asserts = SavedModel.read(producer("asserted"));
    assertEquals(1, asserts.function("denoise").parameters().list().size());
    SavedModel does =
        changed(
            "asserted",
            node -> node.getOp().equals("Assert") ? node.toBuilder().setOp(op).build() : node);
    refused(() -> does.function("denoise"), found, "(If)", "AssertGuard");
  }

  /** Of a branch that is taken when it runs, a number is asked for. */
  @Test
  void aConditionalWhoseNumbersAreTakenIsRefused() throws IOException {
    SavedModel takes =
        changed(
            "asserted_one",
            node ->
                node.getName().equals("add")
                    ? node.toBuilder()
                        .setInput(0, "assert_positive/assert_less/Assert/AssertGuard/Merge:1")
                        .build()
                    : node);
    refused(() -> takes.function("denoise"), "control flow", "AssertGuard/Switch");
  }

  @ParameterizedTest
  @CsvSource({"jax_module, XlaCallModule, XlaCallModule", "jax, Einsum, XlaDotV2"})
  void aProgramOfJaxIsToldHowItIsConverted(String name, String from, String to) throws IOException {
    SavedModel model =
        changed(
            name, node -> node.getOp().equals(from) ? node.toBuilder().setOp(to).build() : node);
    refused(
        () -> model.function("serving_default"),
        to,
        "jax2tf.convert(f, native_serialization=False, enable_xla=False)");
  }

  /** What is read of a variable is a part that is stored, of the shape that the graph declares. */
  @Test
  void aModelWithVariablesInPartsIsServed() throws IOException {
    ServedGraph.require(producer("partitioned"));
    Files.createDirectories(folder.resolve("variables"));
    for (String file : List.of("variables.index", "variables.data-00000-of-00001")) {
      Path of = Path.of("variables", file);
      Files.copy(producer("partitioned").resolve(of), folder.resolve(of));
    }
    for (String other : List.of("5 4 0,3:0,4", "5 4 0,2")) {
      changed("partitioned", node -> withSlice(node, other));
      refused(() -> ServedGraph.require(folder), "5 4 0,");
    }
  }

  /** A list of slices with another in place of the first two rows of [5,4]. */
  private static NodeDef withSlice(NodeDef node, String slice) {
    NodeDef.Builder changed = node.toBuilder();
    if (node.containsAttr("value")) {
      var tensor = changed.getAttrMap().get("value").toBuilder();
      for (int i = 0; i < tensor.getTensor().getStringValCount(); i++) {
        if (tensor.getTensor().getStringVal(i).toStringUtf8().equals("5 4 0,2:0,4")) {
          tensor.getTensorBuilder().setStringVal(i, ByteString.copyFromUtf8(slice));
        }
      }
      changed.putAttr("value", tensor.build());
    }
    return changed.build();
  }

  /** Graph and variables of two models, which only the index of the variables tells. */
  @ParameterizedTest
  @CsvSource({
    "stored_half, stored_double, its saved value is DT_DOUBLE, type DT_HALF",
    "asserted, keras_saved, the checkpoint has no, model.export(path)",
    "asserted_one, partitioned, its value is saved in parts, needed: one tensor"
  })
  void variablesOfAnotherModelAreNoticedBeforeTheyAreRead(
      String graph, String variables, String found, String needed) throws IOException {
    SavedModel model = changed(graph, node -> node);
    Path from = producer(variables).resolve("variables");
    Files.createDirectories(folder.resolve("variables"));
    String data = "variables.data-00000-of-00001";
    Files.copy(from.resolve(data), folder.resolve("variables").resolve(data));
    String index = "variables.index";
    Files.copy(from.resolve(index), folder.resolve("variables").resolve(index));
    String signature =
        model.signatures().stream().filter(s -> !s.startsWith("_")).findFirst().get();
    var parameters = model.function(signature).parameters();
    refused(() -> model.requireStored(parameters), found, needed);
  }
}

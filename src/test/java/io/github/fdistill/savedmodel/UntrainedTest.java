package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.graph.GradientPaths;
import io.github.fdistill.graph.NetworkFunction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.VariableDef;

/** Variables that a model does not train get no gradient, and keep their values. */
class UntrainedTest {
  @TempDir Path folder;

  @BeforeEach
  void write() throws IOException {
    Toy.write(folder);
  }

  private SavedModel with(Consumer<MetaGraphDef.Builder> change) throws IOException {
    Path file = folder.resolve("saved_model.pb");
    var saved = org.tensorflow.proto.SavedModel.parseFrom(Files.readAllBytes(file)).toBuilder();
    change.accept(saved.getMetaGraphsBuilder(0).clearObjectGraphDef().clearCollectionDef());
    Files.write(file, saved.build().toByteArray());
    return SavedModel.read(folder);
  }

  private static void assertUntrained(Set<String> names, SavedModel model) {
    NetworkFunction function = model.function("run");
    assertEquals(Toy.PARAMETERS, function.parameters());
    assertEquals(names, function.untrained());
    try (GradientPaths paths = model.gradients(function)) {
      assertEquals(names, paths.unreached(List.of("y")));
      assertEquals(List.of(), paths.byParameters("y"));
    }
  }

  @Test
  void asTheObjectsOfTensorFlow2SayIt() throws IOException {
    assertUntrained(
        Set.of("net/bias"),
        with(
            metaGraph -> {
              for (String name : Toy.PARAMETERS.names()) {
                metaGraph
                    .getObjectGraphDefBuilder()
                    .addNodesBuilder()
                    .getVariableBuilder()
                    .setName(name)
                    .setTrainable(!name.equals("net/bias"));
              }
            }));
  }

  @Test
  void asTheCollectionsOfTensorFlow1SayIt() throws IOException {
    assertUntrained(
        Set.of("net/bias"),
        with(
            metaGraph -> {
              for (String name : Toy.PARAMETERS.names()) {
                collect(metaGraph, "variables", name);
                if (!name.equals("net/bias")) {
                  collect(metaGraph, "trainable_variables", name);
                }
              }
            }));
  }

  private static void collect(MetaGraphDef.Builder metaGraph, String collection, String name) {
    var values = metaGraph.getCollectionDefMap().get(collection);
    var with =
        values == null ? org.tensorflow.proto.CollectionDef.newBuilder() : values.toBuilder();
    with.getBytesListBuilder()
        .addValue(VariableDef.newBuilder().setVariableName(name + ":0").build().toByteString());
    metaGraph.putCollectionDef(collection, with.build());
  }

  @Test
  void whereNothingIsSaidAllAreTrained() throws IOException {
    assertUntrained(Set.of(), with(metaGraph -> {}));
  }
}

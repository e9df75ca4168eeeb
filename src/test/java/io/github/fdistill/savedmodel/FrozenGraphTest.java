package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/** Types in a graph that disagree, or that there are not: TensorFlow ends the process of some. */
class FrozenGraphTest {
  private static final Path FROZEN =
      Path.of("src/test/resources/io/github/fdistill/savedmodel/producers/frozen/frozen.pb");

  @TempDir Path folder;

  private void assertRefused(String node, Consumer<NodeDef.Builder> change, String... parts)
      throws IOException {
    GraphDef.Builder graph = GraphDef.parseFrom(Files.readAllBytes(FROZEN)).toBuilder();
    NodeDef.Builder changed =
        graph.getNodeBuilderList().stream()
            .filter(each -> each.getName().equals(node))
            .findFirst()
            .orElseThrow();
    change.accept(changed);
    Path file = Files.write(folder.resolve("frozen.pb"), graph.build().toByteArray());
    String message =
        assertThrows(
                InputException.class, () -> SavedModel.read(file).function(FrozenGraph.SIGNATURE))
            .getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), "'" + part + "' in: " + message);
    }
  }

  private static Consumer<NodeDef.Builder> type(String attribute, int number) {
    return node -> node.putAttr(attribute, AttrValue.newBuilder().setTypeValue(number).build());
  }

  @Test
  void aConstantIsOfTheTypeThatItSays() throws IOException {
    assertRefused(
        "strided_slice/stack_2",
        node -> {
          AttrValue.Builder value = node.getAttrOrThrow("value").toBuilder();
          value.getTensorBuilder().setDtype(DataType.DT_HALF);
          node.putAttr("value", value.build());
        },
        "strided_slice/stack_2",
        "a constant DT_INT32 whose numbers are DT_HALF");
  }

  @Test
  void typesAreThoseThatThereAre() throws IOException {
    assertRefused("x", type("dtype", 777), "node x", "a placeholder of a type that there is not");
    assertRefused("Sin", type("T", 777), "Sin with a type that there is not");
  }
}

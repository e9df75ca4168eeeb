package io.github.fdistill.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.graph.Parameters.Parameter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/** A node is looked at once, however many ways lead to it, and however deep it lies. */
class GraphWalksTest {

  private static NodeDef node(String name, String op, String... inputs) {
    return NodeDef.newBuilder().setName(name).setOp(op).addAllInput(List.of(inputs)).build();
  }

  /**
   * Copies of w in two rows; of which each waits for the one before it in the other row, where they
   * are woven: 2^levels ways then lead to the last.
   */
  private static GraphDef copies(int levels, boolean woven, String last) {
    GraphDef.Builder graph = GraphDef.newBuilder().addNode(node("w", "Placeholder"));
    for (int row = 0; row < 2; row++) {
      for (int i = 1; i <= levels; i++) {
        String before = i == 1 ? "w" : "c" + row + "_" + (i - 1);
        NodeDef.Builder copy = node("c" + row + "_" + i, "Identity", before).toBuilder();
        if (woven && i > 1) {
          copy.addInput("^c" + (1 - row) + "_" + (i - 1));
        }
        graph.addNode(copy);
      }
      graph.addNode(node("end" + row, row == 0 ? last : "StopGradient", "c" + row + "_" + levels));
    }
    return graph.build();
  }

  @ParameterizedTest
  @CsvSource({"100000,false", "60,true"})
  void copiesOfAParameter(int levels, boolean woven) {
    Parameters parameters = new Parameters(List.of(new Parameter("w", Shape.of(1))));
    for (String last : List.of("StopGradient", "Relu")) {
      GraphDef graph = copies(levels, woven, last);
      assertEquals(
          last.equals("Relu") ? Set.of() : Set.of("w"),
          new NetworkFunction(graph, Map.of(), Map.of(), parameters).untrained());
      assertEquals(2 * levels + 1, DirectProducts.copies("w", DirectProducts.users(graph)).size());
    }
  }
}

package io.github.fdistill.graph;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Graph;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Whether a picture is resized by a scale that pictures have. Of a tiny one TensorFlow counts the
 * pixels that become one in 32 bits, and ends the process.
 */
final class ResizeScales {
  private static final String OP = "ScaleAndTranslate";

  private static final double MOST = 1 << 16;

  static final String NEEDED =
      "a scale between 1 / "
          + (int) MOST
          + " and "
          + (int) MOST
          + ", or a new size divided by the"
          + " picture's own";

  private final Map<String, NodeDef> nodes = new HashMap<>();
  private final Graph imported;

  private ResizeScales(GraphDef graph, Graph imported) {
    graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
    this.imported = imported;
  }

  /** Whether a node resizes so. */
  static boolean matter(NodeDef node) {
    return node.getOp().equals(OP);
  }

  /**
   * The first node of another scale.
   *
   * @param imported the graph as TensorFlow has it
   */
  static Optional<NodeDef> unknown(GraphDef graph, Graph imported) {
    ResizeScales scales = new ResizeScales(graph, imported);
    return graph.getNodeList().stream()
        .filter(ResizeScales::matter)
        .filter(node -> isAveraged(node) && !scales.known(node))
        .findFirst();
  }

  /** Whether one pixel is made of more than a few. */
  private static boolean isAveraged(NodeDef node) {
    return !node.containsAttr("antialias") || node.getAttrOrThrow("antialias").getB();
  }

  /** Of the inputs images, size, scale and translation. */
  private boolean known(NodeDef node) {
    if (isWithin(node.getInput(2), 1 / MOST)) {
      return true;
    }
    NodeDef quotient = VariableReads.source(node.getInput(2), nodes);
    if (quotient == null || !quotient.getOp().equals("RealDiv")) {
      return false;
    }
    String own = cast(quotient.getInput(1));
    return isSame(quotient.getInput(0), node.getInput(1))
        && (isWithin(own, 1)
            || isSizeOf(
                VariableReads.origin(node.getInput(0), nodes), VariableReads.source(own, nodes)));
  }

  /** Whether a tensor is a size, cast or not, or has the same known numbers. */
  private boolean isSame(String tensor, String size) {
    Optional<List<Double>> numbers = KnownNumbers.of(size, imported);
    return cast(tensor).equals(VariableReads.origin(size, nodes))
        || numbers.isPresent() && numbers.equals(KnownNumbers.of(tensor, imported));
  }

  /** Whether constants decide the numbers of a tensor, and none is smaller or too large. */
  private boolean isWithin(String tensor, double least) {
    return KnownNumbers.of(tensor, imported)
        .filter(all -> all.stream().allMatch(number -> number >= least && number <= MOST))
        .isPresent();
  }

  private boolean isSizeOf(String images, NodeDef slice) {
    NodeDef shape =
        slice != null && slice.getOp().equals("StridedSlice")
            ? VariableReads.source(slice.getInput(0), nodes)
            : null;
    return shape != null
        && shape.getOp().equals("Shape")
        && VariableReads.origin(shape.getInput(0), nodes).equals(images);
  }

  /** What a Cast takes. */
  private String cast(String tensor) {
    NodeDef node = VariableReads.source(tensor, nodes);
    return VariableReads.origin(
        node != null && node.getOp().equals("Cast") ? node.getInput(0) : tensor, nodes);
  }
}

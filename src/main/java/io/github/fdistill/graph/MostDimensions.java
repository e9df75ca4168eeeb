package io.github.fdistill.graph;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * How many dimensions a tensor has at most, where TensorFlow's look at shapes knows no number of
 * them: ops that add one to 254 end the process.
 */
final class MostDimensions {
  /** Of TensorFlow's. */
  private static final int MOST = 254;

  private static final long ANY_NUMBER = Integer.MAX_VALUE;

  private static final Set<String> ADDING = Set.of("ExpandDims", "OneHot", "Pack");

  /** Ops beside those on each element that give no more dimensions than one of their inputs has. */
  private static final Set<String> KEEPING =
      Set.of(
          "CheckNumerics",
          "ConcatV2",
          "EnsureShape",
          "Identity",
          "LogSoftmax",
          "Max",
          "Mean",
          "Min",
          "OnesLike",
          "PreventGradient",
          "Reverse",
          "ReverseV2",
          "Slice",
          "Snapshot",
          "Softmax",
          "Squeeze",
          "StopGradient",
          "StridedSlice",
          "Sum",
          "Tile",
          "Transpose",
          "ZerosLike");

  private final Graph imported;

  /** By the name of a node. */
  private final Map<String, Long> most = new HashMap<>();

  /**
   * Looks at a graph.
   *
   * @param imported the graph as TensorFlow has it
   */
  MostDimensions(GraphDef graph, Graph imported) {
    this.imported = imported;
    ImportedShapes.inOrder(graph).forEach(node -> most.put(node.getName(), most(node)));
  }

  /** Whether an op adds dimensions so that too many end the process. */
  static boolean matter(NodeDef node) {
    return ADDING.contains(node.getOp())
        || node.getOp().equals("StridedSlice") && newAxes(node) != 0;
  }

  /** Whether such a node gives no more dimensions than a tensor can have. */
  boolean fit(NodeDef node) {
    return of(node.getName()) <= MOST;
  }

  private long of(String tensor) {
    int known = KnownRanks.shape(tensor, imported).numDimensions();
    return known >= 0 ? known : most.getOrDefault(NetworkFunction.nodeOf(tensor), ANY_NUMBER);
  }

  private long most(NodeDef node) {
    if (node.getOp().equals("Placeholder")) {
      return node.containsAttr(KnownRanks.ANY) ? ANY_NUMBER : AttributeBounds.MOST_DIMENSIONS;
    }
    boolean keeping = KEEPING.contains(node.getOp()) || AllowedOps.isElementByElement(node.getOp());
    if (!keeping && !matter(node)) {
      return ANY_NUMBER;
    }
    long largest = 0;
    for (String input : node.getInputList()) {
      largest = Math.max(largest, input.startsWith("^") ? 0 : of(input));
    }
    return largest + (node.getOp().equals("StridedSlice") ? newAxes(node) : keeping ? 0 : 1);
  }

  private static int newAxes(NodeDef slice) {
    AttrValue mask = slice.getAttrOrDefault("new_axis_mask", AttrValue.getDefaultInstance());
    return Long.bitCount(mask.getI());
  }
}

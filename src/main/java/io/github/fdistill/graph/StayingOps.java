package io.github.fdistill.graph;

import java.util.Map;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.proto.NodeDef;

/**
 * Ops that TensorFlow never takes out of a graph, as it makes it faster; of others it may find that
 * they change nothing, such as a product with ones.
 */
final class StayingOps {
  private static final Set<String> ALWAYS =
      Set.of(
          "AvgPool",
          "BatchMatMul",
          "BatchMatMulV2",
          "BatchMatMulV3",
          "Conv2D",
          "Conv2DBackpropInput",
          "DepthwiseConv2dNative",
          "Elu",
          "Erf",
          "Exp",
          "LeakyRelu",
          "MatMul",
          "MaxPool",
          "MaxPoolV2",
          "Relu",
          "Relu6",
          "ResizeArea",
          "ResizeBicubic",
          "ResizeBilinear",
          "ResizeNearestNeighbor",
          "Selu",
          "Sigmoid",
          "Softmax",
          "Softplus",
          "Softsign",
          "Tanh");

  /** Stay with a variable, whose numbers TensorFlow does not look at. */
  private static final Set<String> WITH_VARIABLES =
      Set.of(
          "Add",
          "AddV2",
          "BiasAdd",
          "FusedBatchNorm",
          "FusedBatchNormV2",
          "FusedBatchNormV3",
          "Mul",
          "RealDiv",
          "Sub");

  private final Map<String, NodeDef> nodes;
  private final Graph imported;

  /**
   * Of a graph.
   *
   * @param nodes by their names
   * @param imported the graph as TensorFlow has it
   */
  StayingOps(Map<String, NodeDef> nodes, Graph imported) {
    this.nodes = nodes;
    this.imported = imported;
  }

  /** Whether a node is one of them. */
  boolean has(NodeDef node) {
    return ALWAYS.contains(node.getOp())
        || WITH_VARIABLES.contains(node.getOp())
            && node.getInputList().stream().anyMatch(this::isVariable)
        || node.getOp().equals("Mul")
            && (isSilu(node.getInput(0), node.getInput(1))
                || isSilu(node.getInput(1), node.getInput(0)));
  }

  private boolean isVariable(String input) {
    NodeDef source = VariableReads.source(input, nodes);
    return source != null && source.getOp().equals("ReadVariableOp");
  }

  /** Whether it is the Sigmoid of another tensor, or of that times a number. */
  private boolean isSilu(String sigmoid, String tensor) {
    NodeDef node = VariableReads.source(sigmoid, nodes);
    if (node == null || !node.getOp().equals("Sigmoid")) {
      return false;
    }
    String from = VariableReads.origin(node.getInput(0), nodes);
    NodeDef times = VariableReads.source(from, nodes);
    boolean same = from.equals(VariableReads.origin(tensor, nodes));
    for (int i = 0; !same && times != null && times.getOp().equals("Mul") && i < 2; i++) {
      same =
          VariableReads.origin(times.getInput(i), nodes).equals(VariableReads.origin(tensor, nodes))
              && isNumber(times.getInput(1 - i));
    }
    return same;
  }

  /** Not 0, by which TensorFlow knows the product. */
  private boolean isNumber(String factor) {
    return KnownNumbers.of(factor, imported)
        .filter(all -> all.stream().allMatch(number -> number != 0))
        .isPresent();
  }
}

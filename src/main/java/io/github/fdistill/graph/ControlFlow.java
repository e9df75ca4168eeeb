package io.github.fdistill.graph;

import io.github.fdistill.InputException;
import java.util.Set;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Calls, loops and conditionals that were not inlined: gradients do not pass through them. The
 * gradient of a loop of TensorFlow 1 (the last five) can end the JVM.
 */
public final class ControlFlow {
  private static final Set<String> CONDITIONALS = Set.of("If", "StatelessIf", "Switch", "Merge");

  private static final Set<String> OPS =
      Set.of(
          "PartitionedCall",
          "StatefulPartitionedCall",
          "If",
          "StatelessIf",
          "While",
          "StatelessWhile",
          "For",
          "Case",
          "StatelessCase",
          "SymbolicGradient",
          "Switch",
          "Merge",
          "Enter",
          "Exit",
          "NextIteration");

  private ControlFlow() {}

  /** Whether a node is one. */
  static boolean is(NodeDef node) {
    return OPS.contains(node.getOp());
  }

  /** Refuses a graph that has any. */
  public static void refuse(GraphDef graph, Origins origins) {
    for (NodeDef node : graph.getNodeList()) {
      if (is(node)) {
        throw new InputException(
            origins.place(node.getName()),
            "control flow that is decided only when it runs (" + node.getOp() + ")" + by(node),
            "a flat graph, which gradients pass through",
            "export the network with its loops unrolled and its conditionals decided");
      }
    }
  }

  /** What decides, where that is a tensor. */
  private static String by(NodeDef node) {
    int predicate = node.getOp().equals("Switch") ? 1 : 0;
    boolean known = CONDITIONALS.contains(node.getOp()) && !node.getOp().equals("Merge");
    return known && node.getInputCount() > predicate
        ? ", by the value of " + node.getInput(predicate)
        : "";
  }
}

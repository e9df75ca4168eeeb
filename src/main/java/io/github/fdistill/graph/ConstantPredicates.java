package io.github.fdistill.graph;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/**
 * Truth values that a graph knows before it runs: constants, defaults of placeholders, and what
 * Identity, Not, And and Or make of them.
 */
final class ConstantPredicates {
  /** Longer chains are not followed. */
  private static final int MOST_STEPS = 64;

  /** Finds the node of a tensor, with inputs that it resolves too; null where there is none. */
  @FunctionalInterface
  interface Nodes {
    NodeDef of(String tensor);
  }

  private final Nodes nodes;

  ConstantPredicates(Nodes nodes) {
    this.nodes = nodes;
  }

  ConstantPredicates(GraphDef graph) {
    Map<String, NodeDef> byName = new HashMap<>();
    graph.getNodeList().forEach(node -> byName.put(node.getName(), node));
    nodes = tensor -> byName.get(NetworkFunction.nodeOf(tensor));
  }

  /** The value of a tensor, if it is known. */
  Optional<Boolean> of(String tensor) {
    return of(tensor, 0);
  }

  private Optional<Boolean> of(String tensor, int steps) {
    NodeDef node = steps > MOST_STEPS ? null : nodes.of(tensor);
    if (node == null) {
      return Optional.empty();
    }
    return switch (node.getOp()) {
      case "Const" -> value(node.getAttrOrThrow("value").getTensor());
      case "Identity", "PlaceholderWithDefault", "StopGradient", "Snapshot" ->
          of(node.getInput(0), steps + 1);
      case "LogicalNot" -> of(node.getInput(0), steps + 1).map(value -> !value);
      case "LogicalAnd" -> joined(node, steps, false);
      case "LogicalOr" -> joined(node, steps, true);
      default -> Optional.empty();
    };
  }

  /** And (or Or) of two inputs: decided by one that is false (true), or by both. */
  private Optional<Boolean> joined(NodeDef node, int steps, boolean deciding) {
    Optional<Boolean> a = of(node.getInput(0), steps + 1);
    Optional<Boolean> b = of(node.getInput(1), steps + 1);
    if (a.equals(Optional.of(deciding)) || b.equals(Optional.of(deciding))) {
      return Optional.of(deciding);
    }
    return a.isPresent() && b.isPresent() ? Optional.of(!deciding) : Optional.empty();
  }

  /** A scalar of any type, as TensorFlow's If takes it: a number that is not 0. */
  private static Optional<Boolean> value(TensorProto value) {
    var packed = value.getTensorContent();
    boolean anyByte = IntStream.range(0, packed.size()).anyMatch(i -> packed.byteAt(i) != 0);
    return switch (value.getDtype()) {
      case DT_BOOL -> Optional.of(value.getBoolValCount() > 0 ? value.getBoolVal(0) : anyByte);
      case DT_INT32 -> Optional.of(value.getIntValCount() > 0 ? value.getIntVal(0) != 0 : anyByte);
      default -> Optional.empty();
    };
  }
}

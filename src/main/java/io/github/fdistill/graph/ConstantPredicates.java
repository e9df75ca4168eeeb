package io.github.fdistill.graph;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/**
 * Truth values that a graph knows before it runs: constants, defaults of placeholders that nothing
 * feeds, and what Identity, Not, And and Or make of them.
 */
final class ConstantPredicates {

  /** Finds the node of a tensor, with inputs that it resolves too; null where there is none. */
  @FunctionalInterface
  interface Nodes {
    NodeDef of(String tensor);
  }

  private final Nodes nodes;
  private final Set<String> fed;

  /** What is known of each tensor that was looked at. */
  private final Map<String, Optional<Boolean>> known = new HashMap<>();

  /**
   * @param fed {@link #plain} tensors that whoever runs the graph gives: they are not known
   */
  ConstantPredicates(Nodes nodes, Set<String> fed) {
    this.nodes = nodes;
    this.fed = fed;
  }

  ConstantPredicates(GraphDef graph, Set<String> fed) {
    Map<String, NodeDef> byName = new HashMap<>();
    graph.getNodeList().forEach(node -> byName.put(node.getName(), node));
    nodes = tensor -> byName.get(NetworkFunction.nodeOf(tensor));
    this.fed = fed;
  }

  /** A tensor's one name: {@code a:0} is {@code a}. */
  static String plain(String tensor) {
    return tensor.endsWith(":0") ? tensor.substring(0, tensor.length() - 2) : tensor;
  }

  /** The value of a tensor, if it is known; each tensor behind it is looked at once. */
  Optional<Boolean> of(String tensor) {
    Set<String> begun = new HashSet<>();
    Deque<String> open = new ArrayDeque<>(List.of(tensor));
    while (!open.isEmpty()) {
      String next = open.peek();
      NodeDef node = fed.contains(plain(next)) ? null : nodes.of(next);
      List<String> behind = node == null ? List.of() : decidedBy(node);
      if (!known.containsKey(next) && begun.add(next)) {
        behind.stream().filter(input -> !known.containsKey(input)).forEach(open::push);
      } else {
        open.pop();
        known.computeIfAbsent(next, t -> node == null ? Optional.empty() : value(node, behind));
      }
    }
    return known.get(tensor);
  }

  /** The inputs that decide what a node gives. */
  private static List<String> decidedBy(NodeDef node) {
    int count =
        switch (node.getOp()) {
          case "Identity", "PlaceholderWithDefault", "StopGradient", "Snapshot", "LogicalNot" -> 1;
          case "LogicalAnd", "LogicalOr" -> 2;
          default -> 0;
        };
    return node.getInputList().subList(0, Math.min(count, node.getInputCount()));
  }

  /** The value that a node gives; one that goes round to itself is not known. */
  private Optional<Boolean> value(NodeDef node, List<String> behind) {
    List<Optional<Boolean>> values =
        behind.stream().map(input -> known.getOrDefault(input, Optional.empty())).toList();
    return switch (node.getOp()) {
      case "Const" -> value(node.getAttrOrThrow("value").getTensor());
      case "LogicalNot" -> first(values).map(value -> !value);
      case "LogicalAnd" -> joined(values, false);
      case "LogicalOr" -> joined(values, true);
      default -> first(values);
    };
  }

  private static Optional<Boolean> first(List<Optional<Boolean>> values) {
    return values.isEmpty() ? Optional.empty() : values.get(0);
  }

  /** And (or Or) of two inputs: decided by one that is false (true), or by both. */
  private static Optional<Boolean> joined(List<Optional<Boolean>> values, boolean deciding) {
    if (values.contains(Optional.of(deciding))) {
      return Optional.of(deciding);
    }
    boolean both = values.size() == 2 && values.stream().allMatch(Optional::isPresent);
    return both ? Optional.of(!deciding) : Optional.empty();
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

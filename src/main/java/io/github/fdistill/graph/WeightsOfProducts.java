package io.github.fdistill.graph;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.proto.NodeDef;

/**
 * Which parameters a network's convolutions and matrix products take: as they are, or after what is
 * computed of parameters and constants alone, such as a transposition or a normalisation.
 */
final class WeightsOfProducts {
  private static final Set<String> PRODUCTS =
      Set.of(
          "Conv2D",
          "Conv2DBackpropInput",
          "Conv3D",
          "DepthwiseConv2dNative",
          "MatMul",
          "BatchMatMul",
          "BatchMatMulV2",
          "BatchMatMulV3",
          "Einsum");

  private final NetworkFunction function;
  private final Map<String, NodeDef> nodes = new HashMap<>();
  private final Map<String, Set<NodeDef>> users = new HashMap<>();

  /** The parameters behind each node that depends on parameters and constants alone. */
  private final Map<String, Set<String>> behind = new HashMap<>();

  private WeightsOfProducts(NetworkFunction function) {
    this.function = function;
    for (NodeDef node : function.graph().getNodeList()) {
      nodes.put(node.getName(), node);
      sources(node)
          .forEach(from -> users.computeIfAbsent(from, of -> new LinkedHashSet<>()).add(node));
    }
  }

  /** The nodes that depend on parameters and constants alone. */
  static Set<String> nodes(NetworkFunction function) {
    return followed(function).behind.keySet();
  }

  private static WeightsOfProducts followed(NetworkFunction function) {
    WeightsOfProducts found = new WeightsOfProducts(function);
    found.follow();
    return found;
  }

  /** Their names; what no gradient reaches is not among them. */
  static Set<String> of(NetworkFunction function) {
    WeightsOfProducts found = followed(function);
    Set<String> names = new HashSet<>();
    for (NodeDef node : function.graph().getNodeList()) {
      if (PRODUCTS.contains(node.getOp()) && !found.behind.containsKey(node.getName())) {
        sources(node).forEach(from -> names.addAll(found.behind.getOrDefault(from, Set.of())));
      }
    }
    names.removeAll(function.untrained());
    return names;
  }

  /** From parameters and constants to all that is computed of nothing else. */
  private void follow() {
    Deque<NodeDef> open = new ArrayDeque<>();
    function.parameters().names().forEach(name -> behind.put(name, Set.of(name)));
    for (NodeDef node : nodes.values()) {
      if (node.getOp().equals("Const")) {
        behind.put(node.getName(), Set.of());
      }
      if (behind.containsKey(node.getName())) {
        open.add(node);
      }
    }
    while (!open.isEmpty()) {
      for (NodeDef user : users.getOrDefault(open.pop().getName(), Set.of())) {
        List<String> sources = sources(user);
        if (!behind.containsKey(user.getName()) && behind.keySet().containsAll(sources)) {
          Set<String> parameters = new LinkedHashSet<>();
          sources.forEach(from -> parameters.addAll(behind.get(from)));
          behind.put(user.getName(), parameters);
          open.add(user);
        }
      }
    }
  }

  private static List<String> sources(NodeDef node) {
    return node.getInputList().stream()
        .filter(input -> !input.startsWith("^"))
        .map(NetworkFunction::nodeOf)
        .toList();
  }
}

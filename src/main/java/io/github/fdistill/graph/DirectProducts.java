package io.github.fdistill.graph;

import io.github.fdistill.device.Sessions;
import io.github.fdistill.graph.Parameters.Parameter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/** Which parameters nothing but products takes that are linear in them, as their second factor. */
final class DirectProducts {
  private static final Set<String> BATCHED =
      Set.of("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3");

  private final Map<String, List<NodeDef>> users;
  private final Set<String> asked;
  private final Map<String, Long> channels;

  DirectProducts(NetworkFunction function) {
    users = users(function.graph());
    asked =
        function.outputs().values().stream()
            .map(NetworkFunction::nodeOf)
            .collect(Collectors.toSet());
    channels = channels(function.graph());
  }

  /** The nodes that take each node's result, control inputs too. */
  static Map<String, List<NodeDef>> users(GraphDef graph) {
    Map<String, List<NodeDef>> users = new HashMap<>();
    for (NodeDef node : graph.getNodeList()) {
      for (String input : node.getInputList()) {
        users.computeIfAbsent(NetworkFunction.nodeOf(input), of -> new ArrayList<>()).add(node);
      }
    }
    return users;
  }

  /** The channels that each convolution takes, where they are known. */
  private static Map<String, Long> channels(GraphDef network) {
    Map<String, Long> channels = new HashMap<>();
    try (Graph graph = Sessions.graph()) {
      GraphAccess.importGraph(graph, network, "", Map.of());
      for (NodeDef node : network.getNodeList()) {
        if (node.getOp().equals("Conv2D")) {
          Shape x = NetworkFunction.tensor(graph, node.getInput(0)).shape();
          if (x.numDimensions() == 4) {
            channels.put(node.getName(), x.get(isChannelsFirst(node) ? 1 : 3));
          }
        }
      }
    }
    return channels;
  }

  static boolean isChannelsFirst(NodeDef convolution) {
    return attribute(convolution, "data_format").getS().toStringUtf8().equals("NCHW");
  }

  private static AttrValue attribute(NodeDef node, String name) {
    return node.getAttrOrDefault(name, AttrValue.getDefaultInstance());
  }

  /** Whether every user of these weights is such a product. */
  boolean areAllOf(Parameter weights) {
    return copies(weights.name(), users).stream()
        .allMatch(node -> isTakenByProducts(node, weights.shape()));
  }

  private boolean isTakenByProducts(String node, Shape shape) {
    List<NodeDef> takers = users.getOrDefault(node, List.of());
    return !asked.contains(node)
        && !takers.isEmpty()
        && takers.stream().allMatch(user -> isCopy(user) || isDirect(user, node, shape));
  }

  /** A node, the copies of it, and theirs: each once, however many ways lead to it. */
  static Set<String> copies(String node, Map<String, List<NodeDef>> users) {
    Set<String> copies = new LinkedHashSet<>(Set.of(node));
    Deque<String> open = new ArrayDeque<>(copies);
    while (!open.isEmpty()) {
      for (NodeDef user : users.getOrDefault(open.pop(), List.of())) {
        if (isCopy(user) && copies.add(user.getName())) {
          open.push(user.getName());
        }
      }
    }
    return copies;
  }

  static boolean isCopy(NodeDef node) {
    return node.getOp().equals("Identity") && !node.getInput(0).startsWith("^");
  }

  private boolean isDirect(NodeDef node, String factor, Shape shape) {
    boolean second =
        node.getInputCount() > 1
            && NetworkFunction.nodeOf(node.getInput(1)).equals(factor)
            && !node.getInput(1).startsWith("^")
            && !NetworkFunction.nodeOf(node.getInput(0)).equals(factor);
    return second
        && switch (node.getOp()) {
          case "MatMul" -> isFloat(node, "T") && !attribute(node, "transpose_a").getB();
          case "Conv2D" ->
              isFloat(node, "T") && channels.getOrDefault(node.getName(), -1L) == shape.get(2);
          default ->
              BATCHED.contains(node.getOp())
                  && shape.numDimensions() == 2
                  && !attribute(node, "adj_x").getB()
                  && (node.getOp().equals("BatchMatMulV3")
                      ? isFloat(node, "Ta") && isFloat(node, "Tb") && isFloat(node, "Tout")
                      : isFloat(node, "T"));
        };
  }

  private static boolean isFloat(NodeDef node, String type) {
    return node.getAttrOrThrow(type).getType() == DataType.DT_FLOAT;
  }
}

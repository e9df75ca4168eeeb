package io.github.fdistill.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Takes the conditionals of TensorFlow 1 (Switch and Merge) out of a graph where the predicate is
 * constant, as that of batch normalisation and dropout is: the branch that is not taken goes, and
 * the nodes of the other stay.
 */
final class DecidedSwitches {
  private final Map<String, NodeDef> nodes = new HashMap<>();
  private final Map<String, List<NodeDef>> consumers = new HashMap<>();

  /** For each Switch that is decided the number of its live output. */
  private final Map<String, Integer> live = new HashMap<>();

  private final Set<String> dead = new HashSet<>();

  private DecidedSwitches(GraphDef graph, Set<String> fed) {
    ConstantPredicates predicates = new ConstantPredicates(graph, fed);
    for (NodeDef node : graph.getNodeList()) {
      nodes.put(node.getName(), node);
      for (String input : node.getInputList()) {
        String from = NetworkFunction.nodeOf(input);
        consumers.computeIfAbsent(from, k -> new ArrayList<>()).add(node);
      }
      if (node.getOp().equals("Switch") && node.getInputCount() >= 2) {
        Optional<Boolean> predicate = predicates.of(node.getInput(1));
        predicate.ifPresent(p -> live.put(node.getName(), p ? 1 : 0));
      }
    }
    live.keySet().forEach(this::bury);
  }

  /**
   * The graph without them; the same graph where none is decided.
   *
   * @param fed {@link FlatGraph#fed tensors} that signatures feed: they decide nothing
   */
  static GraphDef of(GraphDef graph, Set<String> fed) {
    DecidedSwitches decided = new DecidedSwitches(graph, fed);
    return decided.live.isEmpty() ? graph : decided.rewritten(graph);
  }

  /** Marks what only the dead output of a Switch reaches. */
  private void bury(String decided) {
    Deque<String> open = new ArrayDeque<>(List.of(decided));
    while (!open.isEmpty()) {
      for (NodeDef consumer : consumers.getOrDefault(open.pop(), List.of())) {
        if (!dead.contains(consumer.getName()) && isDead(consumer)) {
          dead.add(consumer.getName());
          open.push(consumer.getName());
        }
      }
    }
  }

  /** A Merge dies with all its inputs, any other node with one. */
  private boolean isDead(NodeDef node) {
    boolean merge = node.getOp().equals("Merge");
    boolean allDead = true;
    for (String input : node.getInputList()) {
      boolean gone = isDead(input);
      boolean data = !input.startsWith("^");
      if (gone && !(merge && data)) {
        return true;
      }
      allDead &= gone || !data;
    }
    return merge && allDead;
  }

  private boolean isDead(String input) {
    String node = NetworkFunction.nodeOf(input);
    Integer alive = live.get(node);
    boolean data = !input.startsWith("^");
    return dead.contains(node)
        || (data && alive != null && NetworkFunction.indexOf(input) != alive);
  }

  private GraphDef rewritten(GraphDef graph) {
    GraphDef.Builder result = graph.toBuilder().clearNode();
    for (NodeDef node : graph.getNodeList()) {
      if (dead.contains(node.getName())) {
        continue;
      }
      if (live.containsKey(node.getName())) {
        result.addNode(identity(node, List.of(node.getInput(0))));
      } else if (node.getOp().equals("Merge") && hasDeadInput(node)) {
        result.addNode(identity(node, taken(node)));
      } else {
        result.addNode(linked(node));
      }
    }
    return result.build();
  }

  private boolean hasDeadInput(NodeDef merge) {
    return merge.getInputList().stream().anyMatch(input -> isDead(input));
  }

  /** The input that is left; a Merge of one branch has one. */
  private List<String> taken(NodeDef merge) {
    return merge.getInputList().stream()
        .filter(input -> !input.startsWith("^") && !isDead(input))
        .limit(1)
        .toList();
  }

  private NodeDef identity(NodeDef node, List<String> inputs) {
    NodeDef.Builder identity =
        NodeDef.newBuilder()
            .setName(node.getName())
            .setOp("Identity")
            .putAttr("T", node.getAttrOrDefault("T", AttrValue.getDefaultInstance()));
    inputs.forEach(input -> identity.addInput(plain(input)));
    node.getInputList().stream().filter(input -> input.startsWith("^")).forEach(identity::addInput);
    return identity.build();
  }

  private NodeDef linked(NodeDef node) {
    NodeDef.Builder linked = node.toBuilder().clearInput();
    node.getInputList().forEach(input -> linked.addInput(plain(input)));
    return linked.build();
  }

  /** The live output of a Switch is the one output of the Identity that takes its place. */
  private String plain(String input) {
    boolean data = !input.startsWith("^");
    return data && live.containsKey(NetworkFunction.nodeOf(input))
        ? NetworkFunction.nodeOf(input)
        : input;
  }
}

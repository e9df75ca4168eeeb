package io.github.fdistill.graph;

import io.github.fdistill.graph.AllowedOps.Place;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Leaves out the conditionals of a network that only check: an assertion is an If (StatelessIf,
 * Case; in TensorFlow 1 a Switch and a Merge) with an Assert in a branch, and what is computed
 * waits for it without taking a number of it.
 *
 * <p>What is left out is never run. It is left out only where it has no other effect: where it is
 * made, with its branches and all that it depends on, of ops that a request may run ({@link
 * AllowedOps}). Whatever else is waited for stays, and is refused as everywhere.
 */
public final class CheckBranches {
  private final Map<String, NodeDef> nodes = new HashMap<>();

  /** Nodes that do more than compute and check, and those that depend on one. */
  private final Set<String> effects = new HashSet<>();

  private CheckBranches(GraphDef graph, Origins origins) {
    Library library = new Library(graph, origins.file());
    Map<String, Set<String>> users = new HashMap<>();
    Deque<String> found = new ArrayDeque<>();
    for (NodeDef node : graph.getNodeList()) {
      nodes.put(node.getName(), node);
      for (String input : node.getInputList()) {
        users
            .computeIfAbsent(NetworkFunction.nodeOf(input), of -> new HashSet<>())
            .add(node.getName());
      }
      if (!onlyComputes(node, library)) {
        found.add(node.getName());
      }
    }
    while (!found.isEmpty()) {
      String name = found.remove();
      if (effects.add(name)) {
        found.addAll(users.getOrDefault(name, Set.of()));
      }
    }
  }

  /**
   * The graph without them; the same graph where it has no control flow.
   *
   * @param graph what the tensors need, without calls
   * @param tensors {@code node:index}, whose numbers are asked for
   */
  public static GraphDef without(GraphDef graph, Collection<String> tensors, Origins origins) {
    boolean flows = graph.getNodeList().stream().anyMatch(ControlFlow::is);
    return flows ? new CheckBranches(graph, origins).kept(graph, tensors) : graph;
  }

  private static boolean onlyComputes(NodeDef node, Library library) {
    return plain(node)
        && library.reached(List.of(node)).stream()
            .flatMap(name -> library.function(name).getNodeDefList().stream())
            .allMatch(inside -> library.isFunction(inside.getOp()) || plain(inside));
  }

  private static boolean plain(NodeDef node) {
    return NodeRules.objection(node, Place.REQUEST).isEmpty();
  }

  /** What the tensors take numbers of, and what has an effect besides. */
  private GraphDef kept(GraphDef graph, Collection<String> tensors) {
    Map<String, NodeDef> kept = new HashMap<>();
    Deque<String> open = new ArrayDeque<>();
    tensors.forEach(tensor -> open.add(NetworkFunction.nodeOf(tensor)));
    while (!open.isEmpty()) {
      NodeDef node = nodes.get(open.remove());
      if (node != null && !kept.containsKey(node.getName())) {
        NodeDef.Builder waiting = node.toBuilder().clearInput();
        for (String input : node.getInputList()) {
          String from = NetworkFunction.nodeOf(input);
          if (!input.startsWith("^") || effects.contains(from)) {
            waiting.addInput(input);
            open.add(from);
          }
        }
        kept.put(node.getName(), waiting.build());
      }
    }
    GraphDef.Builder result = graph.toBuilder().clearNode();
    graph.getNodeList().stream()
        .filter(node -> kept.containsKey(node.getName()))
        .forEach(node -> result.addNode(kept.get(node.getName())));
    return result.build();
  }
}

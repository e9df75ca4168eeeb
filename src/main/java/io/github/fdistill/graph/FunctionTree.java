package io.github.fdistill.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * The functions of a graph, by who calls whom.
 *
 * @param name of the function; empty for the graph itself
 * @param nodes in its body
 * @param times that it is called from the same place
 * @param calls what it calls; empty where that was listed before
 * @param listed whether what it calls stands elsewhere in the tree
 */
public record FunctionTree(
    String name, int nodes, int times, List<FunctionTree> calls, boolean listed) {

  /** The graph and what it calls. */
  public static FunctionTree of(GraphDef graph) {
    Map<String, FunctionDef> library = new HashMap<>();
    graph
        .getLibrary()
        .getFunctionList()
        .forEach(function -> library.put(function.getSignature().getName(), function));
    Set<String> listed = new HashSet<>();
    return new FunctionTree(
        "", graph.getNodeCount(), 1, called(graph.getNodeList(), library, listed, 0), false);
  }

  private static List<FunctionTree> called(
      List<NodeDef> nodes, Map<String, FunctionDef> library, Set<String> listed, int level) {
    Map<String, Integer> times = new LinkedHashMap<>();
    for (NodeDef node : nodes) {
      names(node, library.keySet()).forEach(name -> times.merge(name, 1, Integer::sum));
    }
    List<FunctionTree> calls = new ArrayList<>();
    times.forEach(
        (name, count) -> {
          FunctionDef function = library.get(name);
          boolean again = !listed.add(name) || level > FunctionInliner.MOST_LEVELS;
          List<FunctionTree> inside =
              again ? List.of() : called(function.getNodeDefList(), library, listed, level + 1);
          boolean elsewhere = again && callsAny(function, library.keySet());
          calls.add(new FunctionTree(name, function.getNodeDefCount(), count, inside, elsewhere));
        });
    return calls;
  }

  private static boolean callsAny(FunctionDef function, Set<String> known) {
    return function.getNodeDefList().stream().anyMatch(node -> !names(node, known).isEmpty());
  }

  /** The functions that a node calls, or may call. */
  private static List<String> names(NodeDef node, Set<String> known) {
    List<String> names = new ArrayList<>();
    names.add(node.getOp());
    for (AttrValue value : node.getAttrMap().values()) {
      Library.named(value).forEach(function -> names.add(function.getName()));
    }
    names.retainAll(known);
    return names;
  }
}

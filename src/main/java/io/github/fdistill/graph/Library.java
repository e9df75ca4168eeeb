package io.github.fdistill.graph;

import io.github.fdistill.InputException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;

/**
 * The functions of a graph, and which of them a node calls or may call: by its op's name, or by an
 * attribute that names a function, as loops and conditionals have.
 */
public final class Library {
  private final String file;
  private final Map<String, FunctionDef> functions = new HashMap<>();

  /** From a function to how many nodes it has with those of all that it calls. */
  private final Map<String, Long> sizes = new HashMap<>();

  /**
   * @param file that the graph is from, for messages
   * @throws InputException for functions that call themselves, call each other too deep or too
   *     often, have the name of an op or of another function, or are not there
   */
  public Library(GraphDef graph, String file) {
    this.file = file;
    for (FunctionDef function : graph.getLibrary().getFunctionList()) {
      String name = function.getSignature().getName();
      if (functions.put(name, function) != null || OpRegistry.op(name) != null) {
        throw refused(
            name, "its name is that of an op or of another function", "names that differ");
      }
    }
    size("", graph.getNodeList(), new LinkedHashSet<>());
    functions.keySet().forEach(name -> size(name, new LinkedHashSet<>()));
  }

  public FunctionDef function(String name) {
    return functions.get(name);
  }

  public Collection<FunctionDef> all() {
    return functions.values();
  }

  /** Whether a node's op is no op of TensorFlow but a function. */
  public boolean isFunction(String op) {
    return functions.containsKey(op);
  }

  /** The functions that nodes call, and those that these call, and so on. */
  public Set<String> reached(Collection<NodeDef> nodes) {
    Set<String> reached = new LinkedHashSet<>(called(nodes));
    List<String> left = new ArrayList<>(reached);
    while (!left.isEmpty()) {
      String name = left.remove(left.size() - 1);
      for (String next : called(functions.get(name).getNodeDefList())) {
        if (reached.add(next)) {
          left.add(next);
        }
      }
    }
    return reached;
  }

  /** Whether a function that a node calls or may call has one of these ops. */
  public boolean reaches(NodeDef node, Set<String> ops) {
    return reached(List.of(node)).stream()
        .flatMap(name -> functions.get(name).getNodeDefList().stream())
        .anyMatch(inside -> ops.contains(inside.getOp()));
  }

  /** Nodes of a function and, as often as they are called, of those within it. */
  private long size(String name, Set<String> callers) {
    Long known = sizes.get(name);
    if (known != null) {
      return known;
    }
    if (!callers.add(name) || callers.size() > FunctionInliner.MOST_LEVELS) {
      throw refused(
          name,
          "it calls itself, or lies within more than "
              + FunctionInliner.MOST_LEVELS
              + " other functions",
          "functions that do not call themselves, of a network of a usual depth");
    }
    long size = size(name, functions.get(name).getNodeDefList(), callers);
    callers.remove(name);
    sizes.put(name, size);
    return size;
  }

  private long size(String name, List<NodeDef> nodes, Set<String> callers) {
    long size = nodes.size();
    for (NodeDef node : nodes) {
      for (String inside : called(List.of(node))) {
        size += size(inside, callers);
      }
      if (size > FunctionInliner.MOST_NODES) {
        throw refused(
            name,
            "more than " + FunctionInliner.MOST_NODES + " nodes without calls",
            "a network of a usual size");
      }
    }
    return size;
  }

  private Set<String> called(Collection<NodeDef> nodes) {
    Set<String> names = new HashSet<>();
    for (NodeDef node : nodes) {
      if (isFunction(node.getOp())) {
        names.add(node.getOp());
      }
      node.getAttrMap().values().forEach(value -> add(names, node, value));
    }
    return names;
  }

  /** The functions that an attribute names. */
  public static List<NameAttrList> named(AttrValue value) {
    return value.hasFunc() ? List.of(value.getFunc()) : value.getList().getFuncList();
  }

  private void add(Set<String> names, NodeDef node, AttrValue value) {
    for (NameAttrList call : named(value)) {
      if (!functions.containsKey(call.getName())) {
        throw new InputException(
            file + ", node " + node.getName(),
            "a call of the function " + call.getName(),
            "a graph that holds the function",
            "export or copy the model again");
      }
      names.add(call.getName());
      call.getAttrMap().values().forEach(inner -> add(names, node, inner));
    }
  }

  private InputException refused(String name, String found, String needed) {
    return new InputException(
        file + (name.isEmpty() ? "" : ", function " + name),
        found,
        needed,
        "export or copy the model again");
  }
}

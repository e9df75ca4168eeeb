package io.github.fdistill.graph;

import java.util.Map;

/**
 * Where the nodes of a graph without calls come from.
 *
 * @param file for messages
 * @param functions from the prefix {@code CALL/} of the nodes of a body to its function
 */
public record Origins(String file, Map<String, String> functions) {

  public Origins {
    functions = Map.copyOf(functions);
  }

  /** The file, the node and the function that it stands in, for a message. */
  public String place(String node) {
    return file + ", " + named(node);
  }

  /** The node, and the function that it stands in. */
  public String named(String node) {
    String function = function(node);
    return "node " + node + (function.isEmpty() ? "" : " (in function " + function + ")");
  }

  /** The function that a node stands in; empty for the graph itself. */
  public String function(String node) {
    for (int end = node.lastIndexOf('/'); end >= 0; end = node.lastIndexOf('/', end - 1)) {
      String function = functions.get(node.substring(0, end + 1));
      if (function != null) {
        return function;
      }
    }
    return "";
  }
}

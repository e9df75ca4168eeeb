package io.github.fdistill.graph;

/**
 * What stops a gradient.
 *
 * @param op its type
 * @param node its name in the graph without calls
 * @param function of the SavedModel that the node stands in; empty for the graph itself
 * @param why in words
 */
public record Obstacle(String op, String node, String function, String why) {

  @Override
  public String toString() {
    return op
        + " at node "
        + node
        + (function.isEmpty() ? "" : " in function " + function)
        + ": "
        + why;
  }
}

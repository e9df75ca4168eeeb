package io.github.fdistill.graph;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.proto.NodeDef;

/**
 * Gathers in batches along an axis that nobody knows before they run: TensorFlow's look at shapes
 * takes the batches from a rank that need not have as many, and ends the process.
 */
public final class GatherAxes {
  /** Longer chains of Identity are not followed. */
  private static final int MOST_STEPS = 64;

  /** What a graph without them has. */
  public static final String NEEDED = "gathers of batches along an axis that is a constant";

  private final Map<String, NodeDef> nodes = new HashMap<>();

  private GatherAxes(Collection<NodeDef> all) {
    all.forEach(node -> nodes.put(node.getName(), node));
  }

  /**
   * The first such node.
   *
   * @param all nodes of a graph, or of a function
   */
  public static Optional<NodeDef> unknown(Collection<NodeDef> all) {
    GatherAxes axes = new GatherAxes(all);
    return all.stream()
        .filter(node -> node.getOp().equals("GatherV2") && node.containsAttr("batch_dims"))
        .filter(node -> node.getAttrOrThrow("batch_dims").getI() != 0 && !axes.isConstant(node))
        .findFirst();
  }

  /** What to say of it. */
  public static String found(NodeDef node) {
    return "the op GatherV2 with batch_dims "
        + node.getAttrOrThrow("batch_dims").getI()
        + " along an axis that is no constant";
  }

  private boolean isConstant(NodeDef gather) {
    NodeDef axis = gather.getInputCount() < 3 ? null : source(gather.getInput(2));
    for (int i = 0; i < MOST_STEPS && axis != null && axis.getOp().equals("Identity"); i++) {
      axis = axis.getInputCount() == 0 ? null : source(axis.getInput(0));
    }
    return WholeConstant.of(axis).isPresent();
  }

  private NodeDef source(String input) {
    return nodes.get(NetworkFunction.nodeInFunction(input));
  }
}

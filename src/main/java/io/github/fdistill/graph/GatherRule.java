package io.github.fdistill.graph;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Gathers along an axis that is counted from the end: TensorFlow's C++ gradient of them is built
 * and cannot run.
 */
final class GatherRule {
  private final Map<String, NodeDef> nodes = new HashMap<>();

  GatherRule(GraphDef graph) {
    graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
  }

  /** GatherV2(params, indices, axis) along rank(params) + axis, where the axis is below 0. */
  List<NodeDef> rewrite(NodeDef node) {
    String said = nodes.get(node.getName()).getInput(2);
    OptionalLong axis = WholeConstant.of(nodes.get(NetworkFunction.nodeOf(said)));
    if (axis.isEmpty() || axis.getAsLong() >= 0) {
      return List.of(node);
    }
    NewNodes made = new NewNodes(node);
    String rank = made.add("rank", "Rank", node.getAttrOrThrow("Tparams"), node.getInput(0));
    String fromStart =
        made.add(
            "axis",
            "AddV2",
            NewNodes.INT,
            rank,
            made.scalar("from_end", (int) Math.max(Integer.MIN_VALUE, axis.getAsLong())));
    String constant = made.add("constant", "StopGradient", NewNodes.INT, fromStart);
    made.add(node.toBuilder().setInput(2, constant));
    return made.all();
  }
}

package io.github.fdistill.savedmodel;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorInfo;

/**
 * Cuts a graph at the inputs of a signature: any tensor may be one, and what would compute it is
 * not needed where it is fed.
 */
final class FedTensors {
  private FedTensors() {}

  /** The graph with a placeholder for each of the inputs. */
  static GraphDef asPlaceholders(GraphDef graph, Collection<TensorInfo> inputs) {
    Map<String, TensorInfo> fed = new HashMap<>();
    for (TensorInfo input : inputs) {
      fed.put(NetworkFunction.nodeOf(input.getName()), input);
    }
    GraphDef.Builder result = graph.toBuilder().clearNode();
    for (NodeDef node : graph.getNodeList()) {
      boolean cut =
          fed.containsKey(node.getName())
              && !node.getOp().equals("Placeholder")
              && !node.getOp().equals("PlaceholderWithDefault");
      result.addNode(cut ? placeholder(node.getName(), fed.get(node.getName())) : node);
    }
    return result.build();
  }

  private static NodeDef placeholder(String name, TensorInfo info) {
    return NodeDef.newBuilder()
        .setName(name)
        .setOp("Placeholder")
        .putAttr("dtype", AttrValue.newBuilder().setType(info.getDtype()).build())
        .putAttr("shape", AttrValue.newBuilder().setShape(info.getTensorShape()).build())
        .build();
  }
}

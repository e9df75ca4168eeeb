package io.github.fdistill.graph;

import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/** What nodes say that their ops' definitions say for them. */
public final class DefaultAttributes {
  private DefaultAttributes() {}

  /**
   * The graph without them: an older TensorFlow, which knows fewer attributes of an op, then reads
   * it as long as it can do what the others say.
   */
  public static GraphDef without(GraphDef graph) {
    GraphDef.Builder result = graph.toBuilder().clearNode();
    graph.getNodeList().forEach(node -> result.addNode(without(node)));
    return result.build();
  }

  private static NodeDef without(NodeDef node) {
    OpDef op = OpRegistry.op(node.getOp());
    if (op == null) {
      return node;
    }
    NodeDef.Builder rest = node.toBuilder();
    for (OpDef.AttrDef attribute : op.getAttrList()) {
      String name = attribute.getName();
      if (attribute.hasDefaultValue()
          && node.containsAttr(name)
          && node.getAttrOrThrow(name).equals(attribute.getDefaultValue())) {
        rest.removeAttr(name);
      }
    }
    return rest.build();
  }
}

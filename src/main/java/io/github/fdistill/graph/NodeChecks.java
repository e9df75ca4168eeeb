package io.github.fdistill.graph;

import io.github.fdistill.InputException;
import io.github.fdistill.device.Natives;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/** Whether each node of a graph is one that this TensorFlow can have. */
public final class NodeChecks {
  /** Of all nodes together; TensorFlow takes a graph as one protobuf. */
  private static final long MOST_BYTES = (1L << 31) - (1 << 20);

  private final Origins origins;
  private final Constants constants = new Constants();

  private NodeChecks(Origins origins) {
    this.origins = origins;
  }

  /**
   * The graph with what its nodes leave to their op's defaults written out.
   *
   * @throws InputException for an op that TensorFlow does not know, an attribute or an input that
   *     is not there, and graphs too large for TensorFlow
   */
  public static GraphDef completed(GraphDef graph, Origins origins) {
    NodeChecks checks = new NodeChecks(origins);
    Set<String> names = new HashSet<>();
    graph.getNodeList().forEach(node -> names.add(node.getName()));
    GraphDef.Builder result = graph.toBuilder().clearNode();
    long bytes = 0;
    for (NodeDef node : graph.getNodeList()) {
      bytes += node.getSerializedSize();
      if (bytes > MOST_BYTES) {
        throw checks.refused(
            node, "a graph of more than " + (MOST_BYTES >> 20) + " MiB without calls", "less");
      }
      checks.requireInputs(node, names);
      result.addNode(checks.completed(node));
    }
    return result.build();
  }

  private NodeDef completed(NodeDef node) {
    OpDef op = OpRegistry.op(node.getOp());
    if (op == null) {
      throw refused(
          node,
          "the op " + node.getOp() + ", which TensorFlow " + Natives.version() + " lacks",
          "ops of that TensorFlow, or functions that the SavedModel holds");
    }
    NodeDef.Builder completed = node.toBuilder();
    for (OpDef.AttrDef attribute : op.getAttrList()) {
      if (!node.containsAttr(attribute.getName())) {
        if (!attribute.hasDefaultValue()) {
          throw refused(
              node,
              node.getOp() + " without its attribute " + attribute.getName(),
              "every attribute of its op");
        }
        completed.putAttr(attribute.getName(), attribute.getDefaultValue());
      }
      requireEnough(node, attribute, completed.getAttrMap().get(attribute.getName()));
      requireShapes(node, completed.getAttrMap().get(attribute.getName()));
      requireTypes(node, completed.getAttrMap().get(attribute.getName()));
    }
    AttributeBounds.counts(node)
        .ifPresent(
            found -> {
              throw refused(node, node.getOp() + " " + found, AttributeBounds.COUNTED);
            });
    requireCount(node, op, completed.getAttrMap());
    constants
        .objection(node)
        .ifPresent(
            found -> {
              throw refused(node, found, Constants.NEEDED);
            });
    return completed.build();
  }

  /** Whole numbers that may not be smaller, such as how many tensors an op takes. */
  private void requireEnough(NodeDef node, OpDef.AttrDef attribute, AttrValue value) {
    boolean number = attribute.getType().equals("int") && attribute.getHasMinimum();
    if (number && value.getI() < attribute.getMinimum()) {
      throw refused(
          node,
          node.getOp() + " with " + attribute.getName() + " " + value.getI(),
          "at least " + attribute.getMinimum());
    }
  }

  /** TensorFlow ends the process of some shapes that no tensor can have. */
  private void requireShapes(NodeDef node, AttrValue value) {
    AttributeBounds.shapes(value)
        .ifPresent(
            found -> {
              throw refused(node, node.getOp() + " " + found, AttributeBounds.SHAPES);
            });
  }

  /** Types by numbers that no type has. */
  private void requireTypes(NodeDef node, AttrValue value) {
    if (value.getType() == DataType.UNRECOGNIZED
        || value.getList().getTypeList().contains(DataType.UNRECOGNIZED)) {
      throw refused(node, node.getOp() + " with a type that there is not", "types of TensorFlow");
    }
  }

  private void requireCount(NodeDef node, OpDef op, Map<String, AttrValue> attributes) {
    long needed = 0;
    for (OpDef.ArgDef argument : op.getInputArgList()) {
      needed += FunctionInliner.width(argument, attributes);
    }
    long found = node.getInputList().stream().filter(input -> !input.startsWith("^")).count();
    if (found != needed) {
      throw refused(
          node, node.getOp() + " of " + found + " inputs", "as many as it takes: " + needed);
    }
  }

  private void requireInputs(NodeDef node, Set<String> names) {
    for (String input : node.getInputList()) {
      if (!names.contains(NetworkFunction.nodeOf(input))) {
        throw refused(node, "its input '" + input + "' is no node of the graph", "a whole graph");
      }
    }
  }

  private InputException refused(NodeDef node, String found, String needed) {
    return new InputException(
        origins.place(node.getName()),
        found,
        needed,
        XlaOps.remedy(node.getOp(), "export or copy the model again"));
  }
}

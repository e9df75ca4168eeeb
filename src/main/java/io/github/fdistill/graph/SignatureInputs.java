package io.github.fdistill.graph;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.LongStream;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;

/**
 * The graph of a signature, cut where its inputs come in: each is a Placeholder, whatever else made
 * it in the graph.
 *
 * @param graph with those placeholders
 * @param nodes from an input's name to its placeholder's
 * @param moved from a tensor {@code node:index} to the placeholder in its place, where it was none
 */
public record SignatureInputs(
    GraphDef graph, Map<String, String> nodes, Map<String, String> moved) {

  /**
   * Cuts a graph; every input is a tensor of it. Its placeholders have the shapes that the
   * signature says: who calls the function goes by these, whatever the nodes say.
   */
  public static SignatureInputs cut(GraphDef graph, SignatureDef signature) {
    Map<String, NodeDef> byName = new HashMap<>();
    graph.getNodeList().forEach(node -> byName.put(node.getName(), node));
    Map<String, String> nodes = new LinkedHashMap<>();
    Map<String, String> moved = new LinkedHashMap<>();
    Map<String, AttrValue> shapes = new HashMap<>();
    GraphDef.Builder result = graph.toBuilder().clearNode();
    signature
        .getInputsMap()
        .forEach(
            (name, info) -> {
              String node = NetworkFunction.nodeOf(info.getName());
              if (byName.get(node).getOp().equals("Placeholder")) {
                nodes.put(name, node);
                if (info.hasTensorShape()) {
                  shapes.put(node, shape(info));
                }
                return;
              }
              String tensor = full(info.getName());
              String fed = moved.computeIfAbsent(tensor, t -> free(node + "/fed", byName));
              if (!byName.containsKey(fed)) {
                NodeDef placeholder = placeholder(fed, info);
                byName.put(fed, placeholder);
                result.addNode(placeholder);
              }
              nodes.put(name, fed);
            });
    for (NodeDef node : graph.getNodeList()) {
      AttrValue said = shapes.get(node.getName());
      result.addNode(
          said == null
              ? rewired(node, moved)
              : rewired(node, moved).toBuilder().putAttr("shape", said).build());
    }
    return new SignatureInputs(result.build(), nodes, moved);
  }

  /** What a tensor is called now. */
  public String tensor(String name) {
    return moved.getOrDefault(full(name), name);
  }

  /** The node with its inputs from the placeholders; what is fed waits for nothing. */
  private static NodeDef rewired(NodeDef node, Map<String, String> moved) {
    if (moved.isEmpty()) {
      return node;
    }
    NodeDef.Builder rewired = node.toBuilder().clearInput();
    for (String input : node.getInputList()) {
      boolean control = input.startsWith("^");
      if (!control) {
        rewired.addInput(moved.getOrDefault(full(input), input));
      } else if (!moved.containsKey(input.substring(1) + ":0")) {
        rewired.addInput(input);
      }
    }
    return rewired.build();
  }

  private static String full(String tensor) {
    return NetworkFunction.nodeOf(tensor) + ":" + NetworkFunction.indexOf(tensor);
  }

  private static String free(String name, Map<String, NodeDef> taken) {
    return taken.containsKey(name) ? free(name + "_", taken) : name;
  }

  /** A Placeholder of a tensor's type and shape. */
  public static NodeDef placeholder(String name, TensorInfo info) {
    return NodeDef.newBuilder()
        .setName(name)
        .setOp("Placeholder")
        .putAttr("dtype", AttrValue.newBuilder().setType(info.getDtype()).build())
        .putAttr("shape", shape(info))
        .build();
  }

  /** A Placeholder of a type and a shape as TensorFlow says them. */
  public static NodeDef placeholder(String name, DataType type, Shape shape) {
    TensorShapeProto.Builder dims = TensorShapeProto.newBuilder().setUnknownRank(shape.isUnknown());
    if (!shape.isUnknown()) {
      LongStream.of(shape.asArray()).forEach(dim -> dims.addDimBuilder().setSize(dim));
    }
    return placeholder(name, TensorInfo.newBuilder().setDtype(type).setTensorShape(dims).build());
  }

  private static AttrValue shape(TensorInfo info) {
    return AttrValue.newBuilder().setShape(info.getTensorShape()).build();
  }
}

package io.github.fdistill.savedmodel;

import io.github.fdistill.InputException;
import io.github.fdistill.savedmodel.Parameters.Parameter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Finds the variables of a graph, and turns reading them into placeholders. */
final class VariableReads {
  /**
   * Control flow that was not inlined: gradients do not pass through it. That of a loop of
   * TensorFlow 1 (the last five) can end the JVM.
   */
  private static final Set<String> CONTROL_FLOW =
      Set.of(
          "PartitionedCall",
          "StatefulPartitionedCall",
          "If",
          "StatelessIf",
          "While",
          "StatelessWhile",
          "Case",
          "StatelessCase",
          "SymbolicGradient",
          "Switch",
          "Merge",
          "Enter",
          "Exit",
          "NextIteration");

  /** Variables of TensorFlow 1, which are read by any op that takes their output. */
  private static final Set<String> REFERENCE_VARIABLES = Set.of("Variable", "VariableV2");

  private VariableReads() {}

  /**
   * The graph with a Placeholder, named like the variable, for each variable, and an Identity for
   * each read of it.
   *
   * @throws InputException for what cannot be a pure function: function calls, and variables used
   *     in another way than by reading, or of TensorFlow 1
   */
  static GraphDef asPlaceholders(GraphDef graph, Path folder) {
    Map<String, NodeDef> handles = handles(graph);
    GraphDef.Builder pure = graph.toBuilder().clearNode();
    for (NodeDef node : graph.getNodeList()) {
      refuseImpure(node, folder);
      if (handles.containsKey(node.getName())) {
        pure.addNode(placeholder(node));
      } else if (node.getOp().equals("ReadVariableOp")) {
        pure.addNode(identity(node));
      } else {
        refuseHandles(node, handles, folder);
        pure.addNode(node);
      }
    }
    return pure.build();
  }

  /** The variables of the graph, in the order of their nodes. */
  static Parameters parameters(GraphDef graph, Path folder) {
    List<Parameter> list = new ArrayList<>();
    for (NodeDef node : handles(graph).values()) {
      Shape shape = shape(node.getAttrOrThrow("shape").getShape());
      boolean isFloat = node.getAttrOrThrow("dtype").getType() == DataType.DT_FLOAT;
      if (!isFloat || shape.hasUnknownDimension()) {
        throw new InputException(
            folder + ", variable " + node.getName(),
            node.getAttrOrThrow("dtype").getType() + " of shape " + shape,
            "float32 with a fully known shape",
            "export the network with float32 variables");
      }
      list.add(new Parameter(node.getName(), shape));
    }
    return new Parameters(list);
  }

  /**
   * From a variable's node to its key in the checkpoint, read off the graph's restore ops:
   * AssignVariableOp(variable, RestoreV2:i), i-th name.
   */
  static Map<String, String> checkpointKeys(GraphDef graph) {
    Map<String, NodeDef> byName = new HashMap<>();
    graph.getNodeList().forEach(n -> byName.put(n.getName(), n));
    Map<String, String> keys = new HashMap<>();
    for (NodeDef node : graph.getNodeList()) {
      if (node.getOp().equals("AssignVariableOp")) {
        String value = throughIdentities(node.getInput(1), byName);
        NodeDef restore = byName.get(NetworkFunction.nodeOf(value));
        if (restore != null && restore.getOp().equals("RestoreV2")) {
          List<String> names = strings(byName.get(NetworkFunction.nodeOf(restore.getInput(1))));
          int index = NetworkFunction.indexOf(value);
          if (index < names.size()) {
            keys.put(NetworkFunction.nodeOf(node.getInput(0)), names.get(index));
          }
        }
      }
    }
    return keys;
  }

  private static Map<String, NodeDef> handles(GraphDef graph) {
    Map<String, NodeDef> handles = new java.util.LinkedHashMap<>();
    for (NodeDef node : graph.getNodeList()) {
      if (node.getOp().equals("VarHandleOp")) {
        handles.put(node.getName(), node);
      }
    }
    return handles;
  }

  private static void refuseImpure(NodeDef node, Path folder) {
    if (CONTROL_FLOW.contains(node.getOp())) {
      throw new InputException(
          folder + ", node " + node.getName(),
          "control flow that is decided only when it runs (" + node.getOp() + ")",
          "a flat graph, which gradients pass through",
          "export the network with its loops unrolled and its conditionals decided");
    }
    if (REFERENCE_VARIABLES.contains(node.getOp())) {
      throw new InputException(
          folder + ", node " + node.getName(),
          "a variable of TensorFlow 1 (" + node.getOp() + ")",
          "resource variables (VarHandleOp)",
          "export the model with resource variables");
    }
  }

  private static void refuseHandles(NodeDef node, Map<String, NodeDef> handles, Path folder) {
    for (String input : node.getInputList()) {
      if (!input.startsWith("^") && handles.containsKey(NetworkFunction.nodeOf(input))) {
        throw new InputException(
            folder + ", node " + node.getName(),
            node.getOp() + " on the variable " + NetworkFunction.nodeOf(input),
            "variables that the signature only reads (ReadVariableOp)",
            "export the network in inference mode");
      }
    }
  }

  private static NodeDef placeholder(NodeDef variable) {
    return NodeDef.newBuilder()
        .setName(variable.getName())
        .setOp("Placeholder")
        .putAttr("dtype", variable.getAttrOrThrow("dtype"))
        .putAttr("shape", variable.getAttrOrThrow("shape"))
        .build();
  }

  private static NodeDef identity(NodeDef read) {
    AttrValue type = read.getAttrOrThrow("dtype");
    return NodeDef.newBuilder()
        .setName(read.getName())
        .setOp("Identity")
        .addAllInput(read.getInputList())
        .putAttr("T", type)
        .build();
  }

  private static String throughIdentities(String tensor, Map<String, NodeDef> byName) {
    NodeDef node = byName.get(NetworkFunction.nodeOf(tensor));
    while (node != null && node.getOp().equals("Identity")) {
      tensor = node.getInput(0);
      node = byName.get(NetworkFunction.nodeOf(tensor));
    }
    return tensor;
  }

  private static Shape shape(TensorShapeProto proto) {
    return proto.getUnknownRank()
        ? Shape.unknown()
        : Shape.of(proto.getDimList().stream().mapToLong(d -> d.getSize()).toArray());
  }

  /** The strings of a Const: listed, or packed as varint lengths followed by the bytes. */
  private static List<String> strings(NodeDef constant) {
    List<String> result = new ArrayList<>();
    if (constant == null || !constant.getOp().equals("Const")) {
      return result;
    }
    TensorProto tensor = constant.getAttrOrThrow("value").getTensor();
    if (tensor.getTensorContent().isEmpty()) {
      tensor.getStringValList().forEach(s -> result.add(s.toStringUtf8()));
      return result;
    }
    try {
      var in = tensor.getTensorContent().newCodedInput();
      int count =
          (int)
              tensor.getTensorShape().getDimList().stream()
                  .mapToLong(d -> d.getSize())
                  .reduce(1, (a, b) -> a * b);
      int[] lengths = new int[count];
      for (int i = 0; i < count; i++) {
        lengths[i] = in.readRawVarint32();
      }
      for (int length : lengths) {
        result.add(new String(in.readRawBytes(length), StandardCharsets.UTF_8));
      }
    } catch (java.io.IOException e) {
      throw new IllegalStateException("damaged string constant " + constant.getName(), e);
    }
    return result;
  }
}

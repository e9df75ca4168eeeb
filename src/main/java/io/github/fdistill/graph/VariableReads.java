package io.github.fdistill.graph;

import io.github.fdistill.InputException;
import io.github.fdistill.graph.Parameters.Parameter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Finds the variables of a graph, and turns reading them into placeholders. */
public final class VariableReads {
  /** Variables of TensorFlow 1, which any op reads that takes their output. */
  private static final Set<String> REFERENCE_VARIABLES = Set.of("Variable", "VariableV2");

  /** Longer chains of Identity are not followed. */
  private static final int MOST_STEPS = 64;

  private static final Set<String> ASSIGNMENTS = Set.of("AssignVariableOp", "Assign");

  private VariableReads() {}

  /**
   * The graph with a Placeholder, named like the variable, for each variable, and an Identity for
   * each read of it; no gradient reaches those that are not trained.
   *
   * @throws InputException for variables used in another way than by reading
   */
  public static GraphDef asPlaceholders(GraphDef graph, Untrained untrained, Origins origins) {
    Map<String, NodeDef> handles = handles(graph);
    Map<String, String> stops = stops(graph, handles, untrained);
    GraphDef.Builder pure = graph.toBuilder().clearNode();
    for (NodeDef node : graph.getNodeList()) {
      if (handles.containsKey(node.getName())) {
        pure.addNode(placeholder(node));
        if (stops.containsKey(node.getName())) {
          pure.addNode(stop(node, stops.get(node.getName())));
        }
      } else if (node.getOp().equals("ReadVariableOp")) {
        pure.addNode(redirected(identity(node), stops));
      } else {
        refuseOtherUse(node, handles, origins);
        pure.addNode(redirected(node, stops));
      }
    }
    return pure.build();
  }

  /** From a variable that is not trained to a StopGradient after it. */
  private static Map<String, String> stops(
      GraphDef graph, Map<String, NodeDef> handles, Untrained untrained) {
    Set<String> taken = new HashSet<>();
    graph.getNodeList().forEach(node -> taken.add(node.getName()));
    Map<String, String> stops = new HashMap<>();
    for (NodeDef variable : handles.values()) {
      if (untrained.has(variable)) {
        String name = variable.getName() + "/untrained";
        while (!taken.add(name)) {
          name += "_";
        }
        stops.put(variable.getName(), name);
      }
    }
    return stops;
  }

  private static NodeDef stop(NodeDef variable, String name) {
    return NodeDef.newBuilder()
        .setName(name)
        .setOp("StopGradient")
        .addInput(variable.getName())
        .putAttr("T", variable.getAttrOrThrow("dtype"))
        .build();
  }

  private static NodeDef redirected(NodeDef node, Map<String, String> stops) {
    if (stops.isEmpty()) {
      return node;
    }
    NodeDef.Builder redirected = node.toBuilder().clearInput();
    for (String input : node.getInputList()) {
      redirected.addInput(stops.getOrDefault(plain(input), input));
    }
    return redirected.build();
  }

  /** The graph with variables where an Identity of one stood. */
  public static GraphDef withoutAliases(GraphDef graph) {
    Map<String, String> aliases = new HashMap<>();
    for (NodeDef node : graph.getNodeList()) {
      boolean alias =
          node.getOp().equals("Identity")
              && node.getAttrOrDefault("T", AttrValue.getDefaultInstance()).getType()
                  == DataType.DT_RESOURCE;
      if (alias) {
        aliases.put(node.getName(), node.getInput(0));
      }
    }
    return direct(graph, aliases);
  }

  /**
   * The graph without the Identities of variables' reads: {@link #asPlaceholders} leaves one for
   * each read, and whoever reads the variables anew would add one more with every export.
   *
   * @param kept tensors whose nodes stay
   */
  public static GraphDef withoutCopies(GraphDef graph, Collection<String> kept) {
    Set<String> needed = new HashSet<>();
    kept.forEach(tensor -> needed.add(NetworkFunction.nodeOf(tensor)));
    Set<String> reads = new HashSet<>();
    for (NodeDef node : graph.getNodeList()) {
      if (node.getOp().equals("ReadVariableOp")) {
        reads.add(node.getName());
      }
      node.getInputList().stream()
          .filter(input -> input.startsWith("^"))
          .forEach(input -> needed.add(NetworkFunction.nodeOf(input)));
    }
    Map<String, String> copies = new HashMap<>();
    for (NodeDef node : graph.getNodeList()) {
      boolean copy =
          node.getOp().equals("Identity")
              && node.getInputCount() == 1
              && !needed.contains(node.getName());
      String of = copy ? behind(node.getInput(0), copies) : "";
      if (reads.contains(NetworkFunction.nodeOf(of))) {
        copies.put(node.getName(), of);
      }
    }
    GraphDef direct = direct(graph, copies);
    GraphDef.Builder result = direct.toBuilder().clearNode();
    direct.getNodeList().stream()
        .filter(node -> !copies.containsKey(node.getName()))
        .forEach(result::addNode);
    return result.build();
  }

  /** The graph with what is behind some nodes in their places; the nodes are still there. */
  private static GraphDef direct(GraphDef graph, Map<String, String> aliases) {
    if (aliases.isEmpty()) {
      return graph;
    }
    GraphDef.Builder result = graph.toBuilder().clearNode();
    for (NodeDef node : graph.getNodeList()) {
      NodeDef.Builder direct = node.toBuilder().clearInput();
      node.getInputList().forEach(input -> direct.addInput(behind(input, aliases)));
      result.addNode(direct);
    }
    return result.build();
  }

  private static String behind(String input, Map<String, String> aliases) {
    String tensor = input;
    for (int step = 0; step < MOST_STEPS && aliases.containsKey(plain(tensor)); step++) {
      tensor = aliases.get(plain(tensor));
    }
    return tensor;
  }

  private static String plain(String tensor) {
    return tensor.startsWith("^") ? tensor : NetworkFunction.nodeOf(tensor);
  }

  /** The variables of the graph, in the order of their nodes. */
  public static Parameters parameters(GraphDef graph, Origins origins) {
    List<Parameter> list = new ArrayList<>();
    for (NodeDef node : handles(graph).values()) {
      Shape shape = shape(node.getAttrOrThrow("shape").getShape());
      boolean isFloat = node.getAttrOrThrow("dtype").getType() == DataType.DT_FLOAT;
      if (!isFloat || shape.hasUnknownDimension()) {
        throw new InputException(
            origins.file() + ", variable " + node.getName(),
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
   * AssignVariableOp(variable, RestoreV2:i), i-th name; Assign in TensorFlow 1.
   */
  public static Map<String, String> checkpointKeys(GraphDef graph) {
    Map<String, NodeDef> byName = new HashMap<>();
    graph.getNodeList().forEach(n -> byName.put(n.getName(), n));
    Map<String, String> keys = new HashMap<>();
    for (NodeDef node : graph.getNodeList()) {
      if (ASSIGNMENTS.contains(node.getOp()) && node.getInputCount() >= 2) {
        String value = throughIdentities(node.getInput(1), byName);
        NodeDef restore = byName.get(NetworkFunction.nodeOf(value));
        boolean restored =
            restore != null && restore.getOp().equals("RestoreV2") && restore.getInputCount() >= 2;
        if (restored) {
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
      if (isVariable(node)) {
        handles.put(node.getName(), node);
      }
    }
    return handles;
  }

  private static boolean isVariable(NodeDef node) {
    return node.getOp().equals("VarHandleOp") || REFERENCE_VARIABLES.contains(node.getOp());
  }

  private static void refuseOtherUse(
      NodeDef node, Map<String, NodeDef> variables, Origins origins) {
    for (String input : node.getInputList()) {
      NodeDef variable = variables.get(NetworkFunction.nodeOf(input));
      if (!input.startsWith("^") && variable != null && !reads(node, variable)) {
        throw new InputException(
            origins.place(node.getName()),
            node.getOp() + " on the variable " + variable.getName(),
            "variables that the signature only reads",
            "export the network in inference mode");
      }
    }
  }

  /** Whether an op that takes a variable takes its value. */
  private static boolean reads(NodeDef node, NodeDef variable) {
    OpDef op = OpRegistry.op(node.getOp());
    return REFERENCE_VARIABLES.contains(variable.getOp())
        && op.getInputArgList().stream().noneMatch(OpDef.ArgDef::getIsRef);
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

  public static String throughIdentities(String tensor, Map<String, NodeDef> byName) {
    NodeDef node = byName.get(NetworkFunction.nodeOf(tensor));
    for (int step = 0;
        node != null && node.getOp().equals("Identity") && step < MOST_STEPS;
        step++) {
      tensor = node.getInput(0);
      node = byName.get(NetworkFunction.nodeOf(tensor));
    }
    return tensor;
  }

  public static Shape shape(TensorShapeProto proto) {
    return proto.getUnknownRank()
        ? Shape.unknown()
        : Shape.of(proto.getDimList().stream().mapToLong(d -> d.getSize()).toArray());
  }

  /** The strings of a Const: listed, or packed as varint lengths followed by the bytes. */
  public static List<String> strings(NodeDef constant) {
    if (constant == null || !constant.getOp().equals("Const") || !constant.containsAttr("value")) {
      return List.of();
    }
    return strings(constant.getAttrOrThrow("value").getTensor());
  }

  /** The same of a tensor. */
  static List<String> strings(TensorProto tensor) {
    List<String> result = new ArrayList<>();
    if (tensor.getTensorContent().isEmpty()) {
      tensor.getStringValList().forEach(s -> result.add(s.toStringUtf8()));
      return result;
    }
    try {
      var in = tensor.getTensorContent().newCodedInput();
      List<Integer> lengths = new ArrayList<>();
      for (int i = 0; i < count(tensor) && !in.isAtEnd(); i++) {
        lengths.add(in.readRawVarint32());
      }
      for (int length : lengths) {
        result.add(new String(in.readRawBytes(length), StandardCharsets.UTF_8));
      }
      return result;
    } catch (IOException e) {
      return List.of(); // A damaged list names nothing; variables are looked up by their own names.
    }
  }

  private static long count(TensorProto tensor) {
    return tensor.getTensorShape().getDimList().stream()
        .mapToLong(d -> d.getSize())
        .reduce(1, (a, b) -> a * b);
  }
}

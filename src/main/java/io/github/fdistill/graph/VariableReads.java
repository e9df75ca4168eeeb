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

  private static final Set<String> PASSING = Set.of("Identity", "EnsureShape");

  /** Longer chains of them are not followed. */
  private static final int MOST_STEPS = 64;

  private static final Set<String> ASSIGNMENTS = Set.of("AssignVariableOp", "Assign");

  private static final AttrValue FLOAT = NewNodes.type(DataType.DT_FLOAT);

  private VariableReads() {}

  /**
   * The graph with a Placeholder of float32, named like the variable, for each variable, and an
   * Identity for each read of it; no gradient reaches those that are not trained, and those of
   * another type are cast to that.
   *
   * @throws InputException for variables used in another way than by reading
   */
  public static GraphDef asPlaceholders(GraphDef graph, Untrained untrained, Origins origins) {
    Map<String, NodeDef> handles = handles(graph);
    Map<String, String> seen = new HashMap<>();
    Map<String, List<NodeDef>> after = new HashMap<>();
    Set<String> taken = new HashSet<>();
    graph.getNodeList().forEach(node -> taken.add(node.getName()));
    handles
        .values()
        .forEach(
            variable -> {
              List<NodeDef> chain = after(variable, untrained, taken);
              after.put(variable.getName(), chain);
              if (!chain.isEmpty()) {
                seen.put(variable.getName(), chain.get(chain.size() - 1).getName());
              }
            });
    GraphDef.Builder pure = graph.toBuilder().clearNode();
    for (NodeDef node : graph.getNodeList()) {
      if (handles.containsKey(node.getName())) {
        pure.addNode(placeholder(node)).addAllNode(after.get(node.getName()));
      } else if (node.getOp().equals("ReadVariableOp")) {
        pure.addNode(redirected(identity(node), seen));
      } else {
        refuseOtherUse(node, handles, origins);
        pure.addNode(redirected(node, seen));
      }
    }
    return pure.build();
  }

  /** What stands between the placeholder of a variable and whoever reads the variable. */
  private static List<NodeDef> after(NodeDef variable, Untrained untrained, Set<String> taken) {
    List<NodeDef> after = new ArrayList<>();
    String tensor = variable.getName();
    if (untrained.has(variable)) {
      after.add(
          NodeDef.newBuilder()
              .setName(free(tensor + "/untrained", taken))
              .setOp("StopGradient")
              .addInput(tensor)
              .putAttr("T", FLOAT)
              .build());
      tensor = after.get(0).getName();
    }
    AttrValue type = variable.getAttrOrThrow("dtype");
    if (!type.equals(FLOAT)) {
      after.add(
          NodeDef.newBuilder()
              .setName(free(variable.getName() + "/cast", taken))
              .setOp("Cast")
              .addInput(tensor)
              .putAttr("SrcT", FLOAT)
              .putAttr("DstT", type)
              .putAttr("Truncate", AttrValue.newBuilder().setB(false).build())
              .build());
    }
    return after;
  }

  private static String free(String wanted, Set<String> taken) {
    String name = wanted;
    while (!taken.add(name)) {
      name += "_";
    }
    return name;
  }

  private static NodeDef redirected(NodeDef node, Map<String, String> seen) {
    if (seen.isEmpty()) {
      return node;
    }
    NodeDef.Builder redirected = node.toBuilder().clearInput();
    for (String input : node.getInputList()) {
      redirected.addInput(seen.getOrDefault(plain(input), input));
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
      boolean numbers = DataTypes.isFloating(node.getAttrOrThrow("dtype").getType());
      if (!numbers || shape.hasUnknownDimension()) {
        throw new InputException(
            origins.file() + ", variable " + node.getName(),
            node.getAttrOrThrow("dtype").getType() + " of shape " + shape,
            "float32, float16, bfloat16 or float64, with a fully known shape",
            "export the network with variables of floating-point numbers");
      }
      list.add(new Parameter(node.getName(), shape));
    }
    return new Parameters(list);
  }

  /** From a variable's node to the type of its numbers. */
  public static Map<String, DataType> types(GraphDef graph) {
    Map<String, DataType> types = new HashMap<>();
    handles(graph).forEach((name, node) -> types.put(name, node.getAttrOrThrow("dtype").getType()));
    return types;
  }

  /**
   * From a variable's node to where the checkpoint has its value, read off the graph's restore ops:
   * AssignVariableOp(variable, RestoreV2:i), i-th name and slice; Assign in TensorFlow 1.
   */
  public static Map<String, SavedKey> checkpointKeys(GraphDef graph) {
    Map<String, NodeDef> byName = new HashMap<>();
    graph.getNodeList().forEach(n -> byName.put(n.getName(), n));
    Map<String, SavedKey> keys = new HashMap<>();
    Map<String, List<String>> lists = new HashMap<>();
    for (NodeDef node : graph.getNodeList()) {
      if (ASSIGNMENTS.contains(node.getOp()) && node.getInputCount() >= 2) {
        String value = throughIdentities(node.getInput(1), byName);
        NodeDef restore = byName.get(NetworkFunction.nodeOf(value));
        boolean restored =
            restore != null && restore.getOp().equals("RestoreV2") && restore.getInputCount() >= 3;
        if (restored) {
          List<String> names = strings(restore.getInput(1), byName, lists);
          List<String> slices = strings(restore.getInput(2), byName, lists);
          int index = NetworkFunction.indexOf(value);
          if (index < names.size()) {
            String slice = index < slices.size() ? slices.get(index) : "";
            String variable = throughIdentities(node.getInput(0), byName);
            keys.put(NetworkFunction.nodeOf(variable), new SavedKey(names.get(index), slice));
          }
        }
      }
    }
    return keys;
  }

  /** The strings of a Const, which many variables look into: read once. */
  private static List<String> strings(
      String tensor, Map<String, NodeDef> byName, Map<String, List<String>> read) {
    return read.computeIfAbsent(NetworkFunction.nodeOf(tensor), name -> strings(byName.get(name)));
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
        .putAttr("dtype", FLOAT)
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

  /** The node that {@link #throughIdentities} ends at; may be null. */
  public static NodeDef source(String tensor, Map<String, NodeDef> byName) {
    return byName.get(NetworkFunction.nodeOf(throughIdentities(tensor, byName)));
  }

  /** The tensor that it ends at, by its {@linkplain Segments#tensor one name}. */
  static String origin(String tensor, Map<String, NodeDef> byName) {
    return Segments.tensor(throughIdentities(tensor, byName));
  }

  /** A tensor where ops have it from that give what they take, its shape made sure of or not. */
  public static String throughIdentities(String tensor, Map<String, NodeDef> byName) {
    String from = tensor;
    for (int step = 0; step < MOST_STEPS; step++) {
      NodeDef node = byName.get(NetworkFunction.nodeOf(from));
      if (node == null || !givesWhatItTakes(node, byName)) {
        break;
      }
      from = node.getInput(0);
    }
    return from;
  }

  /** An EnsureShape is written as Reshape(x, Shape(EnsureShape(x))) as well. */
  private static boolean givesWhatItTakes(NodeDef node, Map<String, NodeDef> byName) {
    if (node.getOp().equals("Reshape") && node.getInputCount() > 1) {
      NodeDef shape = byName.get(NetworkFunction.nodeOf(node.getInput(1)));
      boolean shaped = shape != null && shape.getOp().equals("Shape") && shape.getInputCount() > 0;
      NodeDef of = shaped ? byName.get(NetworkFunction.nodeOf(shape.getInput(0))) : null;
      return of != null
          && of.getOp().equals("EnsureShape")
          && of.getInputList().contains(node.getInput(0));
    }
    return PASSING.contains(node.getOp()) && node.getInputCount() > 0;
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

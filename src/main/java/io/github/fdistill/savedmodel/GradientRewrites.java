package io.github.fdistill.savedmodel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Writes ops that TensorFlow's C++ gradients lack in terms of ops that they have. What the graph
 * computes stays the same; a custom gradient, as Python gives to swish, becomes that of the
 * formula.
 */
final class GradientRewrites {

  /** What takes the place of a node: its last one has the node's name. */
  @FunctionalInterface
  private interface Rule {
    List<NodeDef> rewrite(NodeDef node);
  }

  private static final Map<String, Rule> RULES = new HashMap<>();

  static {
    for (String op : List.of("EnsureShape", "PlaceholderWithDefault", "Snapshot")) {
      RULES.put(op, GradientRewrites::identity);
    }
    for (String op : List.of("OnesLike", "ZerosLike", "Round", "Rint", "Sign", "Ceil")) {
      RULES.put(op, node -> withoutGradient(node, node.getAttrOrThrow("T")));
    }
    for (String op : List.of("RandomUniform", "RandomStandardNormal", "TruncatedNormal")) {
      RULES.put(op, node -> withoutGradient(node, node.getAttrOrThrow("dtype")));
    }
    RULES.put("Gather", GradientRewrites::gather);
    RULES.put("ResourceGather", GradientRewrites::resourceGather);
    RULES.put("Erfc", GradientRewrites::erfc);
    RULES.put("EuclideanNorm", GradientRewrites::euclideanNorm);
  }

  private final GraphDef.Builder result;

  /** From a tensor of an op with several outputs to the tensor that it has become. */
  private final Map<String, String> renamed = new HashMap<>();

  private GradientRewrites(GraphDef graph) {
    result = graph.toBuilder().clearNode();
    List<NodeDef> nodes = new ArrayList<>();
    for (NodeDef node : graph.getNodeList()) {
      if (node.getOp().equals("IdentityN")) {
        nodes.addAll(identities(node));
      } else {
        Rule rule = RULES.get(node.getOp());
        nodes.addAll(rule == null ? List.of(node) : rule.rewrite(node));
      }
    }
    for (NodeDef node : nodes) {
      NodeDef.Builder linked = node.toBuilder().clearInput();
      node.getInputList().forEach(input -> linked.addInput(renamed.getOrDefault(input, input)));
      result.addNode(linked);
    }
  }

  /** Rewrites a graph. */
  static GradientRewrites of(GraphDef graph) {
    return new GradientRewrites(graph);
  }

  GraphDef graph() {
    return result.build();
  }

  /** What a tensor of the graph is called now. */
  String tensor(String name) {
    String plain = name.endsWith(":0") ? name.substring(0, name.length() - 2) : name;
    return renamed.getOrDefault(plain, name);
  }

  /** IdentityN: an Identity for each output, and a NoOp for what must run after all. */
  private List<NodeDef> identities(NodeDef node) {
    List<NodeDef> nodes = new ArrayList<>();
    NodeDef.Builder end = NodeDef.newBuilder().setName(node.getName()).setOp("NoOp");
    List<DataType> types = node.getAttrOrThrow("T").getList().getTypeList();
    for (int i = 0; i < types.size(); i++) {
      String name = node.getName() + "/" + i;
      nodes.add(
          op("Identity", name, node.getInput(i))
              .putAttr("T", AttrValue.newBuilder().setType(types.get(i)).build())
              .build());
      renamed.put(i == 0 ? node.getName() : node.getName() + ":" + i, name);
      end.addInput("^" + name);
    }
    node.getInputList().stream().skip(types.size()).forEach(end::addInput);
    nodes.add(end.build());
    return nodes;
  }

  private static List<NodeDef> identity(NodeDef node) {
    String type = node.containsAttr("T") ? "T" : "dtype";
    return List.of(
        op("Identity", node.getName(), node.getInputList().toArray(String[]::new))
            .putAttr("T", node.getAttrOrThrow(type))
            .build());
  }

  /** What has no gradient, or that of a constant: a StopGradient after it says so. */
  private static List<NodeDef> withoutGradient(NodeDef node, AttrValue type) {
    String value = node.getName() + "/value";
    return List.of(
        node.toBuilder().setName(value).build(),
        op("StopGradient", node.getName(), value).putAttr("T", type).build());
  }

  /** Gather(params, indices) = GatherV2(params, indices, 0). */
  private static List<NodeDef> gather(NodeDef node) {
    return gatherV2(
        node, node.getInput(0), node.getAttrOrThrow("Tparams"), node.getAttrOrThrow("Tindices"), 0);
  }

  /** ResourceGather(variable, indices) = GatherV2(read(variable), indices, 0). */
  private static List<NodeDef> resourceGather(NodeDef node) {
    String read = node.getName() + "/read";
    AttrValue type = node.getAttrOrThrow("dtype");
    List<NodeDef> nodes = new ArrayList<>();
    nodes.add(op("ReadVariableOp", read, node.getInput(0)).putAttr("dtype", type).build());
    long batchDims = node.containsAttr("batch_dims") ? node.getAttrOrThrow("batch_dims").getI() : 0;
    nodes.addAll(gatherV2(node, read, type, node.getAttrOrThrow("Tindices"), batchDims));
    return nodes;
  }

  private static List<NodeDef> gatherV2(
      NodeDef node, String from, AttrValue type, AttrValue indexType, long batchDims) {
    String axis = node.getName() + "/axis";
    NodeDef.Builder gather =
        op("GatherV2", node.getName(), from, node.getInput(1), axis)
            .putAttr("Tparams", type)
            .putAttr("Tindices", indexType)
            .putAttr("Taxis", AttrValue.newBuilder().setType(DataType.DT_INT32).build())
            .putAttr("batch_dims", AttrValue.newBuilder().setI(batchDims).build());
    node.getInputList().stream().skip(2).forEach(gather::addInput);
    return List.of(intConstant(axis, (int) batchDims), gather.build());
  }

  /** erfc(x) = 1 - erf(x). */
  private static List<NodeDef> erfc(NodeDef node) {
    AttrValue type = node.getAttrOrThrow("T");
    String erf = node.getName() + "/erf";
    String one = node.getName() + "/one";
    NodeDef.Builder ones = op("OnesLike", one + "/value", erf).putAttr("T", type);
    return List.of(
        op("Erf", erf, node.getInputList().toArray(String[]::new)).putAttr("T", type).build(),
        ones.build(),
        op("StopGradient", one, one + "/value").putAttr("T", type).build(),
        op("Sub", node.getName(), one, erf).putAttr("T", type).build());
  }

  /** The root of the sum of squares, over the axes that are its second input. */
  private static List<NodeDef> euclideanNorm(NodeDef node) {
    AttrValue type = node.getAttrOrThrow("T");
    String square = node.getName() + "/square";
    String sum = node.getName() + "/sum";
    NodeDef.Builder root = op("Sqrt", node.getName(), sum).putAttr("T", type);
    node.getInputList().stream().skip(2).forEach(root::addInput);
    return List.of(
        op("Square", square, node.getInput(0)).putAttr("T", type).build(),
        op("Sum", sum, square, node.getInput(1))
            .putAttr("T", type)
            .putAttr("Tidx", node.getAttrOrThrow("Tidx"))
            .putAttr("keep_dims", node.getAttrOrThrow("keep_dims"))
            .build(),
        root.build());
  }

  private static NodeDef intConstant(String name, int value) {
    TensorProto tensor =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_INT32)
            .setTensorShape(TensorShapeProto.getDefaultInstance())
            .addIntVal(value)
            .build();
    return op("Const", name)
        .putAttr("dtype", AttrValue.newBuilder().setType(DataType.DT_INT32).build())
        .putAttr("value", AttrValue.newBuilder().setTensor(tensor).build())
        .build();
  }

  private static NodeDef.Builder op(String op, String name, String... inputs) {
    return NodeDef.newBuilder().setOp(op).setName(name).addAllInput(List.of(inputs));
  }
}

package io.github.fdistill.graph;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/** Ops that are another one under an older name, or one whose gradient is that of a constant. */
final class PlainRules {
  static final Map<String, GradientRewrites.Rule> RULES = new HashMap<>();

  static {
    for (String op : List.of("PlaceholderWithDefault", "Snapshot", "Print")) {
      RULES.put(op, PlainRules::identity);
    }
    for (String op :
        List.of("OnesLike", "ZerosLike", "Round", "Rint", "Sign", "Ceil", "FloorDiv")) {
      RULES.put(op, node -> withoutGradient(node, node.getAttrOrThrow("T")));
    }
    for (String kind : List.of("Uniform", "Normal", "TruncatedNormal")) {
      String name = kind.startsWith("T") ? "Stateless" + kind : "StatelessRandom" + kind;
      RULES.put(name, node -> withoutGradient(node, node.getAttrOrThrow("dtype")));
      RULES.put(name + "V2", node -> withoutGradient(node, node.getAttrOrThrow("dtype")));
    }
    RULES.put("EnsureShape", PlainRules::ensured);
    RULES.put("Assert", PlainRules::nothing);
    RULES.put("Gather", PlainRules::gather);
    RULES.put("ResourceGather", PlainRules::resourceGather);
    RULES.put("Concat", PlainRules::concat);
    RULES.put("Split", node -> split(node, 1));
    RULES.put("SplitV", node -> split(node, 0));
    RULES.put("BiasAddV1", PlainRules::biasAdd);
    RULES.put("AccumulateNV2", PlainRules::addN);
    RULES.put("FusedBatchNormV3", BatchNormRule::rewrite);
    RULES.put("FusedBatchNorm", PlainRules::batchNorm);
    RULES.put("FusedBatchNormV2", PlainRules::batchNorm);
  }

  private PlainRules() {}

  /** Its first input, whatever it says or checks. */
  private static List<NodeDef> identity(NodeDef node) {
    AttrValue type = node.getAttrOrThrow(node.containsAttr("T") ? "T" : "dtype");
    NewNodes made = new NewNodes(node);
    made.add("", "Identity", type, node.getInput(0));
    return made.all();
  }

  /** EnsureShape(x) = Reshape(x, Shape(EnsureShape(x))): what is known of its shape still is. */
  private static List<NodeDef> ensured(NodeDef node) {
    NewNodes made = new NewNodes(node);
    AttrValue type = node.getAttrOrThrow("T");
    String ensured = made.add(node.toBuilder().setName(made.name("ensured")));
    made.reshape("", type, node.getInput(0), made.shapeOf("shape", type, ensured));
    return made.all();
  }

  /** What has no gradient, or that of a constant: a StopGradient after it says so. */
  private static List<NodeDef> withoutGradient(NodeDef node, AttrValue type) {
    NewNodes made = new NewNodes(node);
    String value = made.name("value");
    made.add(node.toBuilder().setName(value));
    made.add("", "StopGradient", type, value);
    return made.all();
  }

  /** A check without which the graph computes the same. */
  private static List<NodeDef> nothing(NodeDef node) {
    NewNodes made = new NewNodes(node);
    made.add(made.node("", "NoOp"));
    return made.all();
  }

  /** Gather(params, indices) = GatherV2(params, indices, 0). */
  private static List<NodeDef> gather(NodeDef node) {
    NewNodes made = new NewNodes(node);
    gatherV2(made, node, node.getInput(0), node.getAttrOrThrow("Tparams"), 0);
    return made.all();
  }

  /** ResourceGather(variable, indices) = GatherV2(read(variable), indices, batch_dims). */
  private static List<NodeDef> resourceGather(NodeDef node) {
    NewNodes made = new NewNodes(node);
    AttrValue type = node.getAttrOrThrow("dtype");
    long batchDims = node.getAttrOrDefault("batch_dims", NewNodes.number(0)).getI();
    String read =
        made.add(made.node("read", "ReadVariableOp", node.getInput(0)).putAttr("dtype", type));
    gatherV2(made, node, read, type, batchDims);
    return made.all();
  }

  private static void gatherV2(
      NewNodes made, NodeDef node, String from, AttrValue type, long batchDims) {
    String axis = made.scalar("axis", (int) batchDims);
    made.add(
        made.node("", "GatherV2", from, node.getInput(1), axis)
            .putAttr("Tparams", type)
            .putAttr("Tindices", node.getAttrOrThrow("Tindices"))
            .putAttr("Taxis", NewNodes.INT)
            .putAttr("batch_dims", NewNodes.number(batchDims)));
  }

  /** Concat(axis, values...) = ConcatV2(values..., axis). */
  private static List<NodeDef> concat(NodeDef node) {
    NewNodes made = new NewNodes(node);
    int count = (int) node.getAttrOrThrow("N").getI();
    String[] inputs = new String[count + 1];
    for (int i = 0; i < count; i++) {
      inputs[i] = node.getInput(i + 1);
    }
    inputs[count] = node.getInput(0);
    made.add(
        made.node("", "ConcatV2", inputs)
            .putAttr("N", node.getAttrOrThrow("N"))
            .putAttr("T", node.getAttrOrThrow("T"))
            .putAttr("Tidx", NewNodes.INT));
    return made.all();
  }

  /**
   * One part is the whole: the gradient of its split would be a Concat of one, which there is not.
   *
   * @param value which input is cut
   */
  private static List<NodeDef> split(NodeDef node, int value) {
    if (node.getAttrOrThrow("num_split").getI() != 1) {
      return List.of(node);
    }
    NewNodes made = new NewNodes(node);
    made.add("", "Identity", node.getAttrOrThrow("T"), node.getInput(value));
    return made.all();
  }

  private static List<NodeDef> biasAdd(NodeDef node) {
    NewNodes made = new NewNodes(node);
    made.add("", "BiasAdd", node.getAttrOrThrow("T"), node.getInput(0), node.getInput(1));
    return made.all();
  }

  private static List<NodeDef> addN(NodeDef node) {
    NewNodes made = new NewNodes(node);
    int count = (int) node.getAttrOrThrow("N").getI();
    String[] inputs = node.getInputList().subList(0, count).toArray(String[]::new);
    made.add(
        made.node("", "AddN", inputs)
            .putAttr("N", node.getAttrOrThrow("N"))
            .putAttr("T", node.getAttrOrThrow("T")));
    return made.all();
  }

  /** FusedBatchNorm and V2 are V3 without its last output. */
  private static List<NodeDef> batchNorm(NodeDef node) {
    AttrValue type = node.getAttrOrThrow("T");
    return BatchNormRule.rewrite(
        node.toBuilder()
            .setOp("FusedBatchNormV3")
            .putAttr("U", node.getAttrOrDefault("U", type))
            .build());
  }
}

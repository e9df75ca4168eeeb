package io.github.fdistill.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Writes ops that TensorFlow's C++ gradients lack, or get wrong, in terms of ops that they have.
 * What the graph computes stays the same; a custom gradient, as Python gives to swish, becomes that
 * of the formula. Convolutions have {@link ConvolutionRules}.
 */
public final class GradientRewrites {

  /** What takes the place of a node: one of the nodes has its name. */
  @FunctionalInterface
  interface Rule {
    List<NodeDef> rewrite(NodeDef node);
  }

  private static final Map<String, Rule> RULES = new HashMap<>();

  static {
    RULES.putAll(PlainRules.RULES);
    RULES.putAll(FormulaRules.RULES);
    RULES.putAll(ImageRules.RULES);
  }

  private final GraphDef.Builder result;

  /** From a tensor of an op with several outputs to the tensor that it has become. */
  private final Map<String, String> renamed = new HashMap<>();

  private final Set<String> taken = new HashSet<>();

  private GradientRewrites(GraphDef graph) {
    result = graph.toBuilder().clearNode();
    Map<String, Rule> rules = new HashMap<>(RULES);
    rules.put("GatherV2", new GatherRule(graph)::rewrite);
    rules.put("Pad", PaddedConvolutions.pads(graph));
    rules.put("Slice", new TransposedSlices(graph)::rewrite);
    graph.getNodeList().forEach(node -> taken.add(node.getName()));
    List<NodeDef> nodes = new ArrayList<>();
    for (NodeDef node : graph.getNodeList()) {
      if (node.getOp().equals("IdentityN")) {
        nodes.addAll(identities(node));
      } else {
        List<NodeDef> narrow = NewNodes.freed(node, NarrowIndices.of(node), taken);
        NodeDef last = narrow.get(narrow.size() - 1);
        nodes.addAll(narrow.subList(0, narrow.size() - 1));
        Rule rule = rules.get(node.getOp());
        nodes.addAll(
            rule == null ? List.of(last) : NewNodes.freed(last, rule.rewrite(last), taken));
      }
    }
    for (NodeDef node : nodes) {
      NodeDef.Builder linked = node.toBuilder().clearInput();
      node.getInputList().forEach(input -> linked.addInput(renamed.getOrDefault(input, input)));
      result.addNode(linked);
    }
  }

  /**
   * Rewrites a graph.
   *
   * @param graph with every attribute of its nodes written out
   */
  public static GradientRewrites of(GraphDef graph) {
    return new GradientRewrites(graph);
  }

  /** The rewritten graph. */
  public GraphDef graph() {
    return result.build();
  }

  /** What a tensor of the graph is called now. */
  public String tensor(String name) {
    String plain = name.endsWith(":0") ? name.substring(0, name.length() - 2) : name;
    return renamed.getOrDefault(plain, name);
  }

  /** IdentityN: an Identity for each output, and a NoOp for what must run after all. */
  private List<NodeDef> identities(NodeDef node) {
    NewNodes made = new NewNodes(node);
    NodeDef.Builder end = made.node("", "NoOp");
    List<DataType> types = node.getAttrOrThrow("T").getList().getTypeList();
    for (int i = 0; i < types.size(); i++) {
      String name = made.add("" + i, "Identity", NewNodes.type(types.get(i)), node.getInput(i));
      end.addInput("^" + name);
    }
    made.add(end);
    List<NodeDef> freed = made.freed(taken);
    for (int i = 0; i < types.size(); i++) {
      renamed.put(i == 0 ? node.getName() : node.getName() + ":" + i, freed.get(i).getName());
    }
    return freed;
  }
}

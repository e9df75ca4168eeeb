package io.github.fdistill.savedmodel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Writes ops that TensorFlow's C++ gradients lack, or get wrong, in terms of ops that they have.
 * What the graph computes stays the same; a custom gradient, as Python gives to swish, becomes that
 * of the formula.
 */
final class GradientRewrites {

  /** What takes the place of a node: one of the nodes has its name. */
  @FunctionalInterface
  interface Rule {
    List<NodeDef> rewrite(NodeDef node);
  }

  private static final Map<String, Rule> RULES = new HashMap<>();

  static {
    RULES.putAll(PlainRules.RULES);
    RULES.putAll(FormulaRules.RULES);
  }

  private final GraphDef.Builder result;

  /** From a tensor of an op with several outputs to the tensor that it has become. */
  private final Map<String, String> renamed = new HashMap<>();

  private GradientRewrites(GraphDef graph) {
    result = graph.toBuilder().clearNode();
    Map<String, Rule> rules = new HashMap<>(RULES);
    rules.putAll(new ConvolutionRules(graph).rules());
    List<NodeDef> nodes = new ArrayList<>();
    for (NodeDef node : graph.getNodeList()) {
      if (node.getOp().equals("IdentityN")) {
        nodes.addAll(identities(node));
      } else {
        Rule rule = rules.get(node.getOp());
        nodes.addAll(rule == null ? List.of(node) : rule.rewrite(node));
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
    NewNodes made = new NewNodes(node);
    NodeDef.Builder end = made.node("", "NoOp");
    List<DataType> types = node.getAttrOrThrow("T").getList().getTypeList();
    for (int i = 0; i < types.size(); i++) {
      String name = made.add("" + i, "Identity", NewNodes.type(types.get(i)), node.getInput(i));
      renamed.put(i == 0 ? node.getName() : node.getName() + ":" + i, name);
      end.addInput("^" + name);
    }
    made.add(end);
    return made.all();
  }
}

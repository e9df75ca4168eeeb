package io.github.fdistill.graph;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Rewrites a network so that its parameters are bfloat16, and float32 again where it computes: the
 * result is that of float32 parameters of the same values.
 *
 * <p>TensorFlow runs an op as soon as it can. So that not all parameters are float32 at once, a
 * large one becomes it only when the layer but one before that takes it is computed, in one order
 * of all layers.
 */
final class HalvedParameters {
  /** Numbers of a parameter that is not worth waiting for. */
  private static final long SMALL = 1 << 14;

  /** Layers whose parameters may be float32 at a time. */
  private static final int AT_A_TIME = 2;

  private static final AttrValue FLOAT = NewNodes.type(DataType.DT_FLOAT);
  private static final AttrValue HALF = NewNodes.type(DataType.DT_BFLOAT16);

  private final GraphDef graph;
  private final Map<String, NodeDef> nodes = new HashMap<>();
  private final Map<String, Parameters.Parameter> parameters = new HashMap<>();

  /** From a large parameter to the layer that it waits for. */
  private final Map<String, String> after = new HashMap<>();

  private HalvedParameters(GraphDef graph, Parameters list, Collection<String> outputs) {
    this.graph = graph;
    graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
    list.list().stream()
        .filter(p -> nodes.containsKey(p.name()))
        .forEach(p -> parameters.put(p.name(), p));
    order(Segments.ordered(nodes, outputs));
  }

  static GraphDef rewrite(GraphDef graph, Parameters parameters, Collection<String> outputs) {
    return new HalvedParameters(graph, parameters, outputs).rewritten();
  }

  /** Finds what takes parameters beside what is computed of inputs: the layers, one by one. */
  private void order(List<NodeDef> ordered) {
    Map<String, Set<String>> fixed = new HashMap<>();
    List<String> layers = new ArrayList<>();
    Set<String> placed = new HashSet<>();
    for (NodeDef node : ordered) {
      Optional<Set<String>> own = ofParametersAlone(node, fixed);
      if (own.isPresent()) {
        fixed.put(node.getName(), own.get());
        continue;
      }
      List<String> first =
          taken(node).filter(fixed::containsKey).flatMap(in -> fixed.get(in).stream()).toList();
      if (placed.addAll(first)) {
        String before = layers.size() < AT_A_TIME ? "" : layers.get(layers.size() - AT_A_TIME);
        first.forEach(parameter -> after.putIfAbsent(parameter, before));
        layers.add(node.getName());
      }
    }
  }

  /**
   * The large parameters that a node's value is a function of, and of no input.
   *
   * @return none where it is one of inputs too
   */
  private Optional<Set<String>> ofParametersAlone(NodeDef node, Map<String, Set<String>> fixed) {
    Parameters.Parameter parameter = parameters.get(node.getName());
    if (parameter != null) {
      return Optional.of(parameter.size() < SMALL ? Set.of() : Set.of(node.getName()));
    }
    if (node.getOp().equals("Placeholder") || !taken(node).allMatch(fixed::containsKey)) {
      return Optional.empty();
    }
    Set<String> all = new HashSet<>();
    taken(node).forEach(input -> all.addAll(fixed.get(input)));
    return Optional.of(all);
  }

  private static Stream<String> taken(NodeDef node) {
    return node.getInputList().stream()
        .filter(input -> !input.startsWith("^"))
        .map(NetworkFunction::nodeOf);
  }

  private GraphDef rewritten() {
    GraphDef.Builder result = graph.toBuilder().clearNode();
    for (NodeDef node : graph.getNodeList()) {
      if (parameters.containsKey(node.getName())) {
        result.addNode(node.toBuilder().putAttr("dtype", HALF)).addNode(cast(node.getName()));
      } else if (takesHalf(node)) {
        NodeDef.Builder copy = node.toBuilder().setOp("Identity").clearAttr();
        result.addNode(copy.putAttr("T", HALF));
      } else {
        NodeDef.Builder other = node.toBuilder();
        for (int i = 0; i < node.getInputCount(); i++) {
          String input = node.getInput(i);
          if (!input.startsWith("^") && parameters.containsKey(NetworkFunction.nodeOf(input))) {
            other.setInput(i, castName(NetworkFunction.nodeOf(input)));
          }
        }
        result.addNode(other);
      }
    }
    return result.build();
  }

  /** Whether it makes a parameter bfloat16, as products in bfloat16 want it. */
  private boolean takesHalf(NodeDef node) {
    return node.getOp().equals("Cast")
        && parameters.containsKey(NetworkFunction.nodeOf(node.getInput(0)))
        && node.getAttrOrThrow("DstT").getType() == DataType.DT_BFLOAT16;
  }

  private NodeDef cast(String parameter) {
    NodeDef.Builder cast =
        NodeDef.newBuilder()
            .setName(castName(parameter))
            .setOp("Cast")
            .addInput(parameter)
            .putAttr("SrcT", HALF)
            .putAttr("DstT", FLOAT);
    String layer = after.getOrDefault(parameter, "");
    return layer.isEmpty() ? cast.build() : cast.addInput("^" + layer).build();
  }

  private String castName(String parameter) {
    String name = parameter + "/float32";
    while (nodes.containsKey(name)) {
      name += "_";
    }
    return name;
  }
}

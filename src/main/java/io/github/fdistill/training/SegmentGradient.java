package io.github.fdistill.training;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Segments;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.family.TType;

/**
 * The nodes of a segment of a network and of its gradient. They are made in a graph of their own:
 * TensorFlow looks at all of a graph, however large it is, each time that a gradient is added to
 * it.
 *
 * @param nodes each after what it takes; of what the segment takes, and of the gradients that
 *     arrive, only the names
 * @param found the gradient of each tensor that it takes, where there is one
 */
record SegmentGradient(List<NodeDef> nodes, Map<String, String> found) {

  /**
   * What a segment's gradient is of.
   *
   * @param nodes of the segment
   * @param taken what it takes from elsewhere, by the name that a node of the segment has for it: a
   *     tensor of that type and shape
   * @param wanted the names of those whose gradient is asked for
   * @param given tensors of the segment at which gradients arrive, by what these are to be called
   */
  record Of(
      GraphDef nodes,
      Map<String, Output<?>> taken,
      List<String> wanted,
      Map<String, String> given) {}

  static SegmentGradient build(Of of) {
    try (Graph graph = Sessions.graph()) {
      Ops tf = NodeNames.ops(graph);
      Map<String, Output<?>> taken = new LinkedHashMap<>();
      of.taken.forEach((name, like) -> taken.put(name, placeholder(tf, name, like)));
      GraphAccess.importGraph(graph, of.nodes, "", taken);

      List<Output<?>> y = new ArrayList<>();
      List<Output<?>> arriving = new ArrayList<>();
      of.given.forEach(
          (name, tensor) -> {
            y.add(alone(tf, NetworkFunction.tensor(graph, tensor)));
            arriving.add(placeholder(tf, name, NetworkFunction.tensor(graph, tensor)));
          });
      Output<?>[] gradients =
          graph.addGradients(
              null,
              y.toArray(Output[]::new),
              of.wanted.stream().map(taken::get).toArray(Output[]::new),
              arriving.toArray(Output[]::new));
      Map<String, String> found = new HashMap<>();
      for (int i = 0; i < gradients.length; i++) {
        if (GraphAccess.exists(gradients[i])) {
          found.put(of.wanted.get(i), NetworkFunction.nameOf(gradients[i]));
        }
      }
      List<NodeDef> nodes = new ArrayList<>(graph.toGraphDef().getNodeList());
      nodes.removeIf(n -> of.taken.containsKey(n.getName()) || of.given.containsKey(n.getName()));
      return new SegmentGradient(nodes, found);
    }
  }

  private static Output<?> placeholder(Ops tf, String name, Output<?> like) {
    return tf.withName(name).placeholder(like.type(), Placeholder.shape(like.shape())).asOutput();
  }

  /**
   * A tensor by a node that gives it to nothing else: where one of several that gradients arrive at
   * comes before another, TensorFlow loses what the other gives it.
   */
  @SuppressWarnings("unchecked") // An identity of any type.
  private static Output<?> alone(Ops tf, Output<?> tensor) {
    return tf.identity((Operand<TType>) tensor).asOutput();
  }

  /**
   * Itself with nodes under {@code prefix/}.
   *
   * @param elsewhere what is to stand for names that are not the segment's own
   */
  SegmentGradient under(String prefix, Map<String, String> elsewhere) {
    List<NodeDef> renamed = new ArrayList<>();
    for (NodeDef node : nodes) {
      NodeDef.Builder builder =
          node.toBuilder().clearInput().setName(prefix + "/" + node.getName());
      node.getInputList().forEach(input -> builder.addInput(under(prefix, elsewhere, input)));
      renamed.add(builder.build());
    }
    Map<String, String> moved = new HashMap<>();
    found.forEach((name, tensor) -> moved.put(name, under(prefix, elsewhere, tensor)));
    return new SegmentGradient(renamed, moved);
  }

  private static String under(String prefix, Map<String, String> elsewhere, String input) {
    String node = NetworkFunction.nodeOf(input);
    if (input.startsWith("^")) {
      String other = elsewhere.getOrDefault(node, prefix + "/" + node);
      return "^" + NetworkFunction.nodeOf(other);
    }
    String other = elsewhere.get(node);
    return other == null ? prefix + "/" + Segments.tensor(input) : other;
  }
}

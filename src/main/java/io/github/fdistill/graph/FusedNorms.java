package io.github.fdistill.graph;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Norms that TensorFlow 2.18 with oneDNN makes one op of, which computes something else: of {@code
 * tf.nn.batch_normalization} by {@code tf.nn.moments} over several axes with a constant scale it
 * makes an instance norm, that takes the scale to be one number a channel. Of a group norm with the
 * channels first, or a scale of one number, come wrong values without a word or a read beyond the
 * end; with no rows, a division by zero that ends the process.
 *
 * <p>All such norms add something, to begin with an epsilon, to a mean of squares over several
 * axes. Behind an Abs, which leaves such a mean as it is, TensorFlow does not find them; in what
 * form the squares are written, and what is divided by the root, are for its other passes to
 * change.
 */
public final class FusedNorms {
  private static final Set<String> SUMS = Set.of("Add", "AddV2");
  private static final Set<String> COPIES = Set.of("Identity", "StopGradient", "EnsureShape");

  private final Map<String, NodeDef> nodes = new HashMap<>();
  private final Set<String> names = new HashSet<>();

  /** How a tensor of a new node is told. */
  private final String output;

  private boolean found;

  private FusedNorms(List<NodeDef> list, String output) {
    this.output = output;
    list.forEach(node -> nodes.put(node.getName(), node));
    names.addAll(nodes.keySet());
  }

  /** Whether a graph, or a function of its library, has one that TensorFlow may find. */
  public static boolean areIn(GraphDef graph) {
    return !apart(graph).equals(graph);
  }

  /** The graph with its norms, and those of its functions, in a form that is not found. */
  static GraphDef apart(GraphDef graph) {
    GraphDef.Builder result = graph.toBuilder();
    FusedNorms inGraph = new FusedNorms(graph.getNodeList(), "");
    List<NodeDef> nodes = inGraph.rewritten(graph.getNodeList());
    if (inGraph.found) {
      result.clearNode().addAllNode(nodes);
    }
    for (int i = 0; i < graph.getLibrary().getFunctionCount(); i++) {
      FunctionDef function = graph.getLibrary().getFunction(i);
      FusedNorms inside = new FusedNorms(function.getNodeDefList(), ":y:0");
      List<NodeDef> changed = inside.rewritten(function.getNodeDefList());
      if (inside.found) {
        result.getLibraryBuilder().getFunctionBuilder(i).clearNodeDef().addAllNodeDef(changed);
      }
    }
    return result.build();
  }

  private List<NodeDef> rewritten(List<NodeDef> list) {
    return list.stream()
        .flatMap(node -> SUMS.contains(node.getOp()) ? sum(node).stream() : List.of(node).stream())
        .toList();
  }

  private List<NodeDef> sum(NodeDef sum) {
    for (int i = 0; i < Math.min(2, sum.getInputCount()); i++) {
      if (isVariance(sum.getInput(i))) {
        found = true;
        String name = sum.getName() + "/variance";
        while (!names.add(name)) {
          name += "_";
        }
        NodeDef.Builder kept = NodeDef.newBuilder().setName(name).setOp("Abs");
        kept.addInput(sum.getInput(i)).setDevice(sum.getDevice());
        kept.putAttr("T", sum.getAttrOrDefault("T", NewNodes.type(DataType.DT_FLOAT)));
        return List.of(kept.build(), sum.toBuilder().setInput(i, name + output).build());
      }
    }
    return List.of(sum);
  }

  /** Whether a tensor is a mean of squares over several axes, or over axes that are not known. */
  private boolean isVariance(String tensor) {
    NodeDef mean = source(tensor);
    if (mean == null || !mean.getOp().equals("Mean") || mean.getInputCount() < 2) {
      return false;
    }
    boolean oneAxis = WholeConstant.of(source(mean.getInput(1))).isPresent();
    return !oneAxis && isSquare(source(mean.getInput(0)));
  }

  private boolean isSquare(NodeDef node) {
    return switch (node == null ? "" : node.getOp()) {
      case "SquaredDifference", "Square" -> true;
      case "Mul" -> same(source(node.getInput(0)), source(node.getInput(1)));
      case "Pow" -> isTwo(source(node.getInput(1)));
      default -> false;
    };
  }

  /** Whether two nodes give the same: they are one, or TensorFlow will make one of them. */
  private static boolean same(NodeDef a, NodeDef b) {
    return a != null
        && b != null
        && a.toBuilder().setName("").build().equals(b.toBuilder().setName("").build());
  }

  private static boolean isTwo(NodeDef node) {
    return node != null
        && node.getOp().equals("Const")
        && IdleDropout.scalar(node.getAttrOrThrow("value")).equals(OptionalDouble.of(2));
  }

  /** The node whose tensor it is, behind copies; null: of an argument of a function. */
  private NodeDef source(String tensor) {
    NodeDef node = nodes.get(nodeOf(tensor));
    for (int i = 0; i < nodes.size() && node != null && COPIES.contains(node.getOp()); i++) {
      node = nodes.get(nodeOf(node.getInput(0)));
    }
    return node;
  }

  /** Of a graph, {@code NODE:0}, and of a function, {@code NODE:OUTPUT:0}. */
  private static String nodeOf(String tensor) {
    int colon = tensor.indexOf(':');
    return colon < 0 ? tensor : tensor.substring(0, colon);
  }
}

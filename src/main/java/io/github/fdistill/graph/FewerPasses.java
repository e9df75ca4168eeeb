package io.github.fdistill.graph;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/**
 * Rewrites a network so that it passes over large tensors less often: what it computes, and its
 * gradients, stay the same but for rounding.
 *
 * <ul>
 *   <li>A sum of squares along an axis, and a mean of them, is one pass instead of two, and its
 *       gradient one instead of three.
 *   <li>Batches of products of matrices, as attention has them, run by oneDNN, in their gradients
 *       too.
 *   <li>Where something is trained, a mean over pixels, [N,P,C] to [N,C], is a sum that is divided
 *       afterwards: the gradient of a mean divides [N,P,C].
 *   <li>There, SiLU keeps what it gives for its gradient, and not what it is of.
 * </ul>
 */
final class FewerPasses {
  private static final Set<String> PRODUCTS =
      Set.of("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3");

  /** The axis of pixels in [N,P,C]. */
  private static final int PIXELS = 1;

  private static final DataType FLOAT = DataType.DT_FLOAT;

  private final Map<String, NodeDef> nodes = new HashMap<>();
  private final Set<String> taken;
  private final boolean trained;

  private FewerPasses(GraphDef graph, boolean trained) {
    this.trained = trained;
    graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
    taken = new HashSet<>(nodes.keySet());
  }

  /**
   * Of a network that is trained; the graph itself where there are no gradients but TensorFlow's.
   */
  static GraphDef rewrite(GraphDef graph) {
    return OwnGradient.areThere() ? rewrite(graph, true) : graph;
  }

  /** Of a network that images are drawn with: nothing takes a gradient of it. */
  static GraphDef withoutGradients(GraphDef graph) {
    return rewrite(graph, false);
  }

  private static GraphDef rewrite(GraphDef graph, boolean trained) {
    FewerPasses rewriting = new FewerPasses(graph, trained);
    GraphDef.Builder result = graph.toBuilder().clearNode();
    for (NodeDef node : graph.getNodeList()) {
      rewriting.rewritten(node).forEach(result::addNode);
    }
    return result.build();
  }

  private List<NodeDef> rewritten(NodeDef node) {
    if (PRODUCTS.contains(node.getOp())) {
      return isFloat(node, "T", "Ta", "Tb", "Tout") ? product(node) : List.of(node);
    }
    if (trained && node.getOp().equals("Mul") && isFloat(node, "T")) {
      Optional<String> y = siluOf(node, nodes);
      return y.isPresent() ? silu(node, y.get()) : List.of(node);
    }
    boolean mean = node.getOp().equals("Mean");
    OptionalInt axis = mean || node.getOp().equals("Sum") ? axis(node) : OptionalInt.empty();
    if (axis.isEmpty() || !isFloat(node, "T")) {
      return List.of(node);
    }
    NodeDef x = nodes.get(node.getInput(0));
    boolean ofSquares = x != null && x.getOp().equals("Square") && x.getInputCount() == 1;
    return ofSquares || trained && mean && axis.getAsInt() == PIXELS
        ? reduced(node, ofSquares ? x.getInput(0) : node.getInput(0), ofSquares, axis.getAsInt())
        : List.of(node);
  }

  /** Whether the types that a node has of these are float32. */
  private static boolean isFloat(NodeDef node, String... types) {
    return Stream.of(types)
        .filter(node::containsAttr)
        .allMatch(type -> node.getAttrOrThrow(type).getType() == FLOAT);
  }

  /** The one axis of a reduction, where it is written as a vector of one constant. */
  private OptionalInt axis(NodeDef reduction) {
    NodeDef constant = nodes.get(reduction.getInput(1));
    OptionalLong axis = WholeConstant.of(constant);
    if (axis.isEmpty()) {
      return OptionalInt.empty();
    }
    TensorProto value = constant.getAttrOrThrow("value").getTensor();
    boolean vector =
        value.getDtype() == DataType.DT_INT32 && value.getTensorShape().getDimCount() == 1;
    return vector ? OptionalInt.of((int) axis.getAsLong()) : OptionalInt.empty();
  }

  /** The sum or mean of a tensor, or of its squares; the axis is kept until the end. */
  private List<NodeDef> reduced(NodeDef old, String x, boolean ofSquares, int axis) {
    NewNodes made = new NewNodes(old);
    String sum =
        ofSquares ? sumOfSquares(made, old, x) : made.add(kept(made, old, "sum", "Sum", x));
    String result =
        old.getOp().equals("Mean")
            ? made.add("mean", "RealDiv", NewNodes.type(FLOAT), sum, count(made, x, axis))
            : sum;
    if (old.getAttrOrThrow("keep_dims").getB()) {
      made.add("", "Identity", NewNodes.type(FLOAT), result);
    } else {
      NodeDef.Builder dropped = made.node("", "Squeeze", result);
      dropped.putAttr("T", NewNodes.type(FLOAT)).putAttr("squeeze_dims", NewNodes.numbers(axis));
      made.add(dropped);
    }
    return made.freed(taken);
  }

  private static NodeDef.Builder kept(
      NewNodes made, NodeDef old, String helper, String op, String x) {
    return made.node(helper, op, x, old.getInput(1))
        .putAttr("T", NewNodes.type(FLOAT))
        .putAttr("Tidx", NewNodes.INT)
        .putAttr("keep_dims", NewNodes.truth(true));
  }

  /** The Euclidean norm passes over x once, and is squared when it is small. */
  private String sumOfSquares(NewNodes made, NodeDef old, String x) {
    String norm = made.add(kept(made, old, "norm", "EuclideanNorm", x));
    String sum = made.add("squares", "Square", NewNodes.type(FLOAT), norm);
    return trained ? made.add(OwnGradient.SUM_OF_SQUARES.after(made, sum, x)) : sum;
  }

  /** How many numbers a mean is of: [1], float32, without a gradient. */
  private static String count(NewNodes made, String x, int axis) {
    String shape = made.shapeOf("shape", NewNodes.type(FLOAT), x);
    String size = made.sizeAt("size", shape, axis);
    String count =
        made.add(
            made.node("numbers", "Cast", size)
                .putAttr("SrcT", NewNodes.INT)
                .putAttr("DstT", NewNodes.type(FLOAT)));
    return made.add("count", "StopGradient", NewNodes.type(FLOAT), count);
  }

  /** The tensor that a product is the SiLU of, if it is one. */
  static Optional<String> siluOf(NodeDef product, Map<String, NodeDef> nodes) {
    String a = product.getInput(0);
    String b = product.getInput(1);
    return isSigmoid(b, a, nodes)
        ? Optional.of(a)
        : isSigmoid(a, b, nodes) ? Optional.of(b) : Optional.empty();
  }

  private static boolean isSigmoid(String tensor, String of, Map<String, NodeDef> nodes) {
    NodeDef node = nodes.get(tensor);
    return node != null && node.getOp().equals("Sigmoid") && node.getInput(0).equals(of);
  }

  private List<NodeDef> silu(NodeDef old, String y) {
    NewNodes made = new NewNodes(old);
    String product =
        made.add("product", "Mul", NewNodes.type(FLOAT), old.getInput(0), old.getInput(1));
    String result = made.add(OwnGradient.SILU.after(made, product, y));
    made.add("", "Identity", NewNodes.type(FLOAT), result);
    return made.freed(taken);
  }

  private List<NodeDef> product(NodeDef old) {
    NewNodes made = new NewNodes(old);
    String a = old.getInput(0);
    String b = old.getInput(1);
    var transposedA = old.getAttrOrDefault("adj_x", NewNodes.truth(false));
    var transposedB = old.getAttrOrDefault("adj_y", NewNodes.truth(false));
    String y =
        made.add(
            made.node("product", "BatchMatMulV2", a, b)
                .putAttr("T", NewNodes.type(FLOAT))
                .putAttr("adj_x", transposedA)
                .putAttr("adj_y", transposedB));
    if (trained) {
      y =
          made.add(
              OwnGradient.PRODUCTS
                  .after(made, y, a, b)
                  .putAttr(OwnGradient.TRANSPOSED_A, transposedA)
                  .putAttr(OwnGradient.TRANSPOSED_B, transposedB));
    }
    made.add("", "Identity", NewNodes.type(FLOAT), y);
    return made.freed(taken);
  }
}

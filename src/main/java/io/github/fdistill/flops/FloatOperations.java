package io.github.fdistill.flops;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operation;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Floating-point operations of convolutions and matrix products, forward and backward: two, a
 * multiplication and an addition, for each term of each sum. Pixels of a padding count as others
 * do; what else a graph computes does not count.
 *
 * @param byType of each op type, as {@code Conv2DBackpropFilter}
 * @param unknown names of ops whose shapes TensorFlow does not infer, which are not counted
 */
public record FloatOperations(Map<String, Long> byType, List<String> unknown) {

  /** How many terms an op sums up. */
  @FunctionalInterface
  private interface Terms {
    long of(GraphOperation op);
  }

  /** Where y stands for the output of a convolution, forward and backward alike. */
  private static final Map<String, Terms> TERMS =
      Map.ofEntries(
          Map.entry("Conv2D", op -> size(output(op)) * perOutput(input(op, 1))),
          Map.entry("Conv2DBackpropInput", op -> size(input(op, 2)) * perOutput(input(op, 1))),
          Map.entry("Conv2DBackpropFilter", op -> size(input(op, 2)) * perOutput(output(op))),
          Map.entry("DepthwiseConv2dNative", op -> size(output(op)) * window(input(op, 1))),
          Map.entry(
              "DepthwiseConv2dNativeBackpropInput",
              op -> size(input(op, 2)) * window(input(op, 1))),
          Map.entry(
              "DepthwiseConv2dNativeBackpropFilter", op -> size(input(op, 2)) * window(output(op))),
          Map.entry("MatMul", op -> size(output(op)) * summed(op, "transpose_a")),
          Map.entry("BatchMatMul", op -> size(output(op)) * summed(op, "adj_x")),
          Map.entry("BatchMatMulV2", op -> size(output(op)) * summed(op, "adj_x")),
          Map.entry("BatchMatMulV3", op -> size(output(op)) * summed(op, "adj_x")),
          Map.entry("Einsum", FloatOperations::einsum));

  /** Of a shape that is not known. */
  private static final class Unknown extends RuntimeException {
    private static final long serialVersionUID = 1;

    Unknown() {
      super(null, null, false, false);
    }
  }

  public FloatOperations {
    byType = new TreeMap<>(byType);
    unknown = List.copyOf(unknown);
  }

  /** None. */
  public static FloatOperations none() {
    return new FloatOperations(Map.of(), List.of());
  }

  /** Of every op of a graph, once. */
  public static FloatOperations of(Graph graph) {
    Map<String, Long> byType = new HashMap<>();
    List<String> unknown = new ArrayList<>();
    graph.operations().forEachRemaining(op -> count(op, byType, unknown));
    return new FloatOperations(byType, unknown);
  }

  /**
   * Of one run: what it computes directly and indirectly, each op once.
   *
   * @param wanted what is fetched, and targets
   */
  public static FloatOperations of(Collection<? extends Operation> wanted) {
    Map<String, Long> byType = new HashMap<>();
    List<String> unknown = new ArrayList<>();
    reached(wanted).forEach(op -> count(op, byType, unknown));
    return new FloatOperations(byType, unknown);
  }

  /** What a run computes directly and indirectly, each op once. */
  public static List<GraphOperation> reached(Collection<? extends Operation> wanted) {
    List<GraphOperation> reached = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    Deque<GraphOperation> open = new ArrayDeque<>();
    wanted.forEach(op -> open.add((GraphOperation) op));
    while (!open.isEmpty()) {
      GraphOperation op = open.pop();
      if (seen.add(op.name())) {
        reached.add(op);
        op.inputs().forEach(input -> open.push((GraphOperation) input.op()));
        open.addAll(op.controlInputs());
      }
    }
    return reached;
  }

  private static void count(GraphOperation op, Map<String, Long> byType, List<String> unknown) {
    Terms terms = TERMS.get(op.type());
    if (terms == null) {
      return;
    }
    try {
      byType.merge(op.type(), 2 * terms.of(op), Long::sum);
    } catch (Unknown e) {
      unknown.add(op.name());
    }
  }

  /**
   * Of runs on so many rows in a graph that takes any number of them.
   *
   * @param runs what is fetched in each
   */
  public static FloatOperations of(Graph graph, List<Operation> runs, int rows) {
    try (Graph fixed = new Graph()) {
      GraphAccess.importGraph(fixed, withRows(graph.toGraphDef(), rows), "", Map.of());
      FloatOperations all = none();
      for (Operation run : runs) {
        all = all.plus(of(List.of(fixed.operationOrThrow(run.name()))));
      }
      return all;
    }
  }

  private static GraphDef withRows(GraphDef graph, int rows) {
    GraphDef.Builder fixed = graph.toBuilder().clearNode();
    for (NodeDef node : graph.getNodeList()) {
      NodeDef.Builder copy = node.toBuilder();
      AttrValue shape = node.getAttrMap().get("shape");
      boolean anyRows =
          node.getOp().equals("Placeholder")
              && shape.getShape().getDimCount() > 0
              && shape.getShape().getDim(0).getSize() < 0;
      if (anyRows) {
        AttrValue.Builder known = shape.toBuilder();
        known.getShapeBuilder().getDimBuilder(0).setSize(rows);
        copy.putAttr("shape", known.build());
      }
      fixed.addNode(copy);
    }
    return fixed.build();
  }

  /** Both, one after the other. */
  public FloatOperations plus(FloatOperations other) {
    Map<String, Long> sum = new HashMap<>(byType);
    other.byType.forEach((type, count) -> sum.merge(type, count, Long::sum));
    List<String> names = new ArrayList<>(unknown);
    names.addAll(other.unknown);
    return new FloatOperations(sum, names);
  }

  /** The same, so many times. */
  public FloatOperations times(int count) {
    Map<String, Long> product = new HashMap<>();
    byType.forEach((type, once) -> product.put(type, once * count));
    return new FloatOperations(product, unknown);
  }

  /** All of them. */
  public long total() {
    return byType.values().stream().mapToLong(Long::longValue).sum();
  }

  /**
   * These, where all could be counted.
   *
   * @throws IllegalStateException when the shape of a product is not known
   */
  public FloatOperations complete() {
    if (!unknown.isEmpty()) {
      throw new IllegalStateException("the shapes of " + unknown + " are unknown");
    }
    return this;
  }

  private static Shape output(GraphOperation op) {
    return op.output(0).shape();
  }

  private static Shape input(GraphOperation op, int i) {
    return op.input(i).shape();
  }

  private static long size(Shape shape) {
    if (shape.isUnknown() || shape.hasUnknownDimension()) {
      throw new Unknown();
    }
    return shape.size();
  }

  /** Terms of an output's sum, by the filter [height, width, inputs, outputs]. */
  private static long perOutput(Shape filter) {
    return size(filter) / filter.get(3);
  }

  /** The same where each output has one input, by [height, width, inputs, multiplier]. */
  private static long window(Shape filter) {
    return size(filter) / (filter.get(2) * filter.get(3));
  }

  /** The length of the axis that a product sums over. */
  private static long summed(GraphOperation op, String transposed) {
    Shape a = input(op, 0);
    size(a);
    boolean first = op.attributes().getAttrBool(transposed);
    return a.get(a.numDimensions() - (first ? 2 : 1));
  }

  /** The product of the sizes of all its labels; of one tensor there is nothing to multiply. */
  private static long einsum(GraphOperation op) {
    String[] operands = op.attributes().getAttrString("equation").split("->")[0].split(",");
    if (operands.length < 2) {
      return 0;
    }
    Map<Character, Long> sizes = new HashMap<>();
    long broadcast = 1;
    for (int i = 0; i < operands.length; i++) {
      String[] sides = operands[i].strip().split("\\.\\.\\.", -1);
      Shape shape = input(op, i);
      size(shape);
      int left = sides[0].length();
      int right = sides.length > 1 ? sides[1].length() : 0;
      for (int axis = 0; axis < left; axis++) {
        sizes.merge(sides[0].charAt(axis), shape.get(axis), Math::max);
      }
      for (int axis = 0; axis < right; axis++) {
        long size = shape.get(shape.numDimensions() - right + axis);
        sizes.merge(sides[1].charAt(axis), size, Math::max);
      }
      long between = 1;
      for (int axis = left; axis < shape.numDimensions() - right; axis++) {
        between *= shape.get(axis);
      }
      broadcast = Math.max(broadcast, between);
    }
    return sizes.values().stream().reduce(broadcast, (a, b) -> a * b);
  }
}

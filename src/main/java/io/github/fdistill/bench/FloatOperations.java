package io.github.fdistill.bench;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 */
public record FloatOperations(Map<String, Long> byType) {

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
          Map.entry("BatchMatMulV3", op -> size(output(op)) * summed(op, "adj_x")));

  public FloatOperations {
    byType = Map.copyOf(byType);
  }

  /** None. */
  public static FloatOperations none() {
    return new FloatOperations(Map.of());
  }

  /**
   * Of one run: what it computes directly and indirectly, each op once.
   *
   * @param wanted what is fetched, and targets
   * @throws IllegalStateException when the shape of a product is not known
   */
  public static FloatOperations of(Collection<? extends Operation> wanted) {
    Map<String, Long> byType = new LinkedHashMap<>();
    Set<String> seen = new HashSet<>();
    Deque<GraphOperation> open = new ArrayDeque<>();
    wanted.forEach(op -> open.add((GraphOperation) op));
    while (!open.isEmpty()) {
      GraphOperation op = open.pop();
      if (seen.add(op.name())) {
        Terms terms = TERMS.get(op.type());
        if (terms != null) {
          byType.merge(op.type(), 2 * terms.of(op), Long::sum);
        }
        op.inputs().forEach(input -> open.push((GraphOperation) input.op()));
        open.addAll(op.controlInputs());
      }
    }
    return new FloatOperations(byType);
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
    Map<String, Long> sum = new LinkedHashMap<>(byType);
    other.byType.forEach((type, count) -> sum.merge(type, count, Long::sum));
    return new FloatOperations(sum);
  }

  /** The same, so many times. */
  public FloatOperations times(int count) {
    Map<String, Long> product = new LinkedHashMap<>();
    byType.forEach((type, once) -> product.put(type, once * count));
    return new FloatOperations(product);
  }

  /** All of them. */
  public long total() {
    return byType.values().stream().mapToLong(Long::longValue).sum();
  }

  private record Tensor(GraphOperation op, Shape shape) {}

  private static Tensor output(GraphOperation op) {
    return new Tensor(op, op.output(0).shape());
  }

  private static Tensor input(GraphOperation op, int i) {
    return new Tensor(op, op.input(i).shape());
  }

  private static long size(Tensor tensor) {
    if (tensor.shape.isUnknown() || tensor.shape.hasUnknownDimension()) {
      throw new IllegalStateException(
          "the shape of a tensor of " + tensor.op.name() + " is unknown: " + tensor.shape);
    }
    return tensor.shape.size();
  }

  /** Terms of an output's sum, by the filter [height, width, inputs, outputs]. */
  private static long perOutput(Tensor filter) {
    return size(filter) / filter.shape.get(3);
  }

  /** The same where each output has one input, by [height, width, inputs, multiplier]. */
  private static long window(Tensor filter) {
    return size(filter) / (filter.shape.get(2) * filter.shape.get(3));
  }

  /** The length of the axis that a product sums over. */
  private static long summed(GraphOperation op, String transposed) {
    Tensor a = input(op, 0);
    size(a);
    boolean first = op.attributes().getAttrBool(transposed);
    return a.shape.get(a.shape.numDimensions() - (first ? 2 : 1));
  }
}

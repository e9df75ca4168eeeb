package io.github.fdistill.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * How to write the Slices of a network with transposed convolutions: the gradient of a Slice is a
 * Pad, that of a transposed convolution a Conv2D after it, and the two may become one op ({@link
 * PaddedConvolutions}). That of a StridedSlice stays an op of its own.
 */
final class TransposedSlices {
  private static final int AXES = 4;

  /** A bit for each axis. */
  private static final int ALL = (1 << AXES) - 1;

  private final Map<String, NodeDef> nodes = new HashMap<>();

  /** Of images and channels: a Slice that leaves these whole pads height and width alone. */
  private final Set<Integer> whole;

  /**
   * Of a graph.
   *
   * @param graph with every attribute of its nodes written out
   */
  TransposedSlices(GraphDef graph) {
    graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
    whole = PaddedConvolutions.channels(graph, "Conv2DBackpropInput");
    whole.addAll(whole.isEmpty() ? Set.of() : Set.of(0));
  }

  /**
   * What takes the place of a Slice.
   *
   * @param node with indices of 32 bits, under the name that it has in the graph
   */
  List<NodeDef> rewrite(NodeDef node) {
    NodeDef old = nodes.get(node.getName());
    List<OptionalLong> begin = numbers(old.getInput(1));
    List<OptionalLong> size = numbers(old.getInput(2));
    boolean image =
        isOf(begin, AXES)
            && isOf(size, AXES)
            && DataTypes.isFloating(node.getAttrOrThrow("T").getType());
    if (!image || whole.stream().allMatch(axis -> is(begin, axis, 0) && is(size, axis, -1))) {
      return List.of(node);
    }
    int known = 0;
    for (int axis = 0; axis < AXES && !begin.isEmpty() && !size.isEmpty(); axis++) {
      known |= begin.get(axis).isPresent() && size.get(axis).isPresent() ? 1 << axis : 0;
    }
    NewNodes made = new NewNodes(node);
    String from = node.getInput(0);
    if (known != 0) {
      from = byNumbers(made, node, known, begin, size);
    }
    if (known != ALL) {
      byTensors(made, node, from, known);
    }
    return made.all();
  }

  /** The numbers of a vector, as far as they are known; none where not even their count is. */
  private List<OptionalLong> numbers(String tensor) {
    NodeDef source = PaddedConvolutions.source(tensor, nodes);
    List<OptionalLong> numbers = new ArrayList<>();
    Optional<List<Long>> constant = WholeConstant.all(source);
    constant.orElse(List.of()).forEach(number -> numbers.add(OptionalLong.of(number)));
    if (source != null && source.getOp().equals("Pack")) {
      for (String input : source.getInputList().subList(0, count(source))) {
        numbers.add(WholeConstant.of(PaddedConvolutions.source(input, nodes)));
      }
    }
    return numbers;
  }

  private static int count(NodeDef pack) {
    return (int) pack.getAttrOrDefault("N", AttrValue.getDefaultInstance()).getI();
  }

  private static boolean isOf(List<OptionalLong> numbers, int count) {
    return numbers.isEmpty() || numbers.size() == count;
  }

  private static boolean is(List<OptionalLong> numbers, int axis, long number) {
    return !numbers.isEmpty() && numbers.get(axis).equals(OptionalLong.of(number));
  }

  /**
   * Slice(x, begin, size) = StridedSlice(x, begin, begin + size) along axes where both are known,
   * so that the shape is; a size of -1 is the rest.
   */
  private static String byNumbers(
      NewNodes made, NodeDef node, int axes, List<OptionalLong> begin, List<OptionalLong> size) {
    int[] first = new int[AXES];
    int[] end = new int[AXES];
    int rest = 0;
    for (int axis = 0; axis < AXES; axis++) {
      if ((axes >> axis & 1) == 0) {
        rest |= 1 << axis;
      } else {
        long from = begin.get(axis).getAsLong();
        first[axis] = (int) Math.min(Integer.MAX_VALUE, from);
        end[axis] = (int) Math.min(Integer.MAX_VALUE, from + size.get(axis).getAsLong());
        rest |= size.get(axis).getAsLong() == -1 ? 1 << axis : 0;
      }
    }
    List<String> inputs =
        List.of(
            node.getInput(0),
            made.vector("begin", first),
            made.vector("end", end),
            made.vector("steps", 1, 1, 1, 1));
    return strided(made, axes == ALL ? "" : "known", node, inputs, ALL & ~axes, rest);
  }

  /** The same along the other axes, or along all. */
  private static void byTensors(NewNodes made, NodeDef node, String from, int without) {
    String begin = node.getInput(1);
    String size = node.getInput(2);
    String rest =
        made.add(
            made.node("rest", "Less", size, made.scalar("zero", 0)).putAttr("T", NewNodes.INT));
    String sum = made.add("sum", "AddV2", NewNodes.INT, begin, size);
    String most = made.scalar("most", Integer.MAX_VALUE);
    String end = made.add("last", "SelectV2", NewNodes.INT, rest, most, sum);
    String ones =
        without == 0
            ? made.add("ones", "OnesLike", NewNodes.INT, begin)
            : made.vector("ones", 1, 1, 1, 1);
    strided(made, "", node, List.of(from, begin, end, ones), without, without);
  }

  private static String strided(
      NewNodes made, String name, NodeDef node, List<String> inputs, int beginMask, int endMask) {
    return made.add(
        made.node(name, "StridedSlice", inputs.toArray(String[]::new))
            .putAttr("T", node.getAttrOrThrow("T"))
            .putAttr("Index", NewNodes.INT)
            .putAttr("begin_mask", NewNodes.number(beginMask))
            .putAttr("end_mask", NewNodes.number(endMask)));
  }
}

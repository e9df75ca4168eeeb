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
    if (!whole.isEmpty()) {
      whole.add(0);
    }
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
    if (!image
        || hasNoGradient(node)
        || whole.stream().allMatch(axis -> is(begin, axis, 0) && is(size, axis, -1))) {
      return List.of(node);
    }
    NewNodes made = new NewNodes(node);
    if (isKnown(begin) && isKnown(size)) {
      byNumbers(made, node, begin, size);
    } else {
      byTensors(made, node);
    }
    return made.all();
  }

  /** As the one that tells the shape of another, in a graph that has been written so before. */
  private boolean hasNoGradient(NodeDef slice) {
    NodeDef from = nodes.get(NetworkFunction.nodeOf(slice.getInput(0)));
    return from != null && from.getOp().equals("StopGradient");
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

  private static boolean isKnown(List<OptionalLong> numbers) {
    return !numbers.isEmpty() && numbers.stream().allMatch(OptionalLong::isPresent);
  }

  private static boolean is(List<OptionalLong> numbers, int axis, long number) {
    return !numbers.isEmpty() && numbers.get(axis).equals(OptionalLong.of(number));
  }

  /** Slice(x, begin, size) = StridedSlice(x, begin, begin + size); a size of -1 is the rest. */
  private static void byNumbers(
      NewNodes made, NodeDef node, List<OptionalLong> begin, List<OptionalLong> size) {
    int[] first = new int[AXES];
    int[] end = new int[AXES];
    int rest = 0;
    for (int axis = 0; axis < AXES; axis++) {
      long from = begin.get(axis).getAsLong();
      long count = size.get(axis).getAsLong();
      first[axis] = (int) Math.min(Integer.MAX_VALUE, from);
      end[axis] = (int) Math.min(Integer.MAX_VALUE, from + count);
      rest |= count == -1 ? 1 << axis : 0;
    }
    made.add(
        strided(
                made,
                "",
                node,
                made.vector("begin", first),
                made.vector("end", end),
                made.vector("steps", 1, 1, 1, 1))
            .putAttr("end_mask", NewNodes.number(rest)));
  }

  /**
   * The same where a run decides some of them; what is known of the shape of the Slice still is:
   * Reshape(StridedSlice(...), Shape(Slice(StopGradient(x), begin, size))).
   */
  private static void byTensors(NewNodes made, NodeDef node) {
    AttrValue type = node.getAttrOrThrow("T");
    String begin = node.getInput(1);
    String size = node.getInput(2);
    String rest =
        made.add(
            made.node("rest", "Less", size, made.scalar("zero", 0)).putAttr("T", NewNodes.INT));
    String sum = made.add("sum", "AddV2", NewNodes.INT, begin, size);
    String most = made.scalar("most", Integer.MAX_VALUE);
    String end = made.add("last", "SelectV2", NewNodes.INT, rest, most, sum);
    String ones = made.add("ones", "OnesLike", NewNodes.INT, begin);
    String part = made.add(strided(made, "part", node, begin, end, ones));
    String stopped = made.add("stopped", "StopGradient", type, node.getInput(0));
    String slice = made.add(node.toBuilder().setName(made.name("slice")).setInput(0, stopped));
    made.reshape("", type, part, made.shapeOf("shape", type, slice));
  }

  /** From one vector to another in steps of a third, to be added. */
  private static NodeDef.Builder strided(
      NewNodes made, String name, NodeDef node, String begin, String end, String steps) {
    return made.node(name, "StridedSlice", node.getInput(0), begin, end, steps)
        .putAttr("T", node.getAttrOrThrow("T"))
        .putAttr("Index", NewNodes.INT);
  }
}

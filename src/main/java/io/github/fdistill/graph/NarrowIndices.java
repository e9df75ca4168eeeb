package io.github.fdistill.graph;

import java.util.List;
import java.util.Map;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Indices, axes and sizes of 64 bits, as converters of other formats write them, become those of 32
 * bits. TensorFlow's C++ gradients of these ops join them to shapes of 32 bits: that is refused,
 * and of Mean and ConcatV2 it ends the process.
 */
final class NarrowIndices {
  private static final AttrValue LONG = NewNodes.type(DataType.DT_INT64);

  /**
   * The indices among an op's inputs.
   *
   * @param attribute that says their type
   * @param first of them
   * @param count how many follow each other
   */
  private record Indices(String attribute, int first, int count) {}

  private static final Indices AXES = new Indices("Tidx", 1, 1);

  private static final Map<String, Indices> OPS =
      Map.ofEntries(
          Map.entry("StridedSlice", new Indices("Index", 1, 3)),
          Map.entry("Slice", new Indices("Index", 1, 2)),
          Map.entry("Pad", new Indices("Tpaddings", 1, 1)),
          Map.entry("PadV2", new Indices("Tpaddings", 1, 1)),
          Map.entry("GatherV2", new Indices("Taxis", 2, 1)),
          Map.entry("BroadcastTo", AXES),
          Map.entry("EuclideanNorm", AXES),
          Map.entry("Max", AXES),
          Map.entry("Mean", AXES),
          Map.entry("Min", AXES),
          Map.entry("Prod", AXES),
          Map.entry("Sum", AXES));

  private NarrowIndices() {}

  /** The node as it is, or what narrows its indices and then, last, the node that takes them. */
  static List<NodeDef> of(NodeDef node) {
    Indices indices =
        node.getOp().equals("ConcatV2")
            ? new Indices("Tidx", (int) node.getAttrOrThrow("N").getI(), 1)
            : OPS.get(node.getOp());
    if (indices == null || !node.getAttrOrThrow(indices.attribute()).equals(LONG)) {
      return List.of(node);
    }
    NewNodes made = new NewNodes(node);
    String least = made.wide("least", Integer.MIN_VALUE);
    String most = made.wide("most", Integer.MAX_VALUE);
    NodeDef.Builder narrow = node.toBuilder().putAttr(indices.attribute(), NewNodes.INT);
    for (int i = indices.first(); i < indices.first() + indices.count(); i++) {
      // The largest number of 64 bits stands for "to the end".
      String above = made.add("above" + i, "Maximum", LONG, node.getInput(i), least);
      String within = made.add("within" + i, "Minimum", LONG, above, most);
      NodeDef.Builder cast = made.node("index" + i, "Cast", within);
      narrow.setInput(i, made.add(cast.putAttr("SrcT", LONG).putAttr("DstT", NewNodes.INT)));
    }
    made.add(narrow);
    return made.all();
  }
}

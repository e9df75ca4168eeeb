package io.github.fdistill.graph;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/**
 * Whether the sizes that a transposed convolution is told are those that give its input: TensorFlow
 * believes them, and other ones end the process. Height, width and channels have to be known; the
 * number of images may be read off the input's own shape.
 */
public final class TransposedSizes {
  private final Map<String, NodeDef> nodes = new HashMap<>();

  public TransposedSizes(GraphDef graph) {
    graph.getNodeList().forEach(node -> nodes.put(node.getName(), node));
  }

  /**
   * Looks at a Conv2DBackpropInput.
   *
   * @param shapes of its inputs: sizes [4], filter [h,w,c,k] and image
   * @param output the shape that follows from the sizes, as far as it is known
   */
  public boolean fit(NodeDef node, List<Shape> shapes, Shape output) {
    Shape filter = shapes.get(1);
    Shape image = shapes.get(2);
    boolean last = !text(node, "data_format").equals("NCHW");
    boolean known =
        shapes.get(0).equals(Shape.of(4))
            && !filter.hasUnknownDimension()
            && filter.size() > 0
            && output.numDimensions() == 4;
    int channels = last ? 3 : 1;
    return known
        && output.get(channels) == filter.get(2)
        && image.get(channels) == filter.get(3)
        && stepsFit(node, last ? 1 : 2, filter.get(0), output, image)
        && stepsFit(node, last ? 2 : 3, filter.get(1), output, image)
        && rowsFit(node, output.get(0), image.get(0));
  }

  /** As many steps along an axis as the image has pixels; only of kernels that fit. */
  private static boolean stepsFit(NodeDef node, int axis, long kernel, Shape output, Shape image) {
    long stride = at(node, "strides", axis);
    long covered = (kernel - 1) * at(node, "dilations", axis) + 1;
    long length =
        switch (text(node, "padding")) {
          case "SAME" -> output.get(axis);
          case "VALID" -> output.get(axis) - covered + 1;
          default -> -1;
        };
    return output.get(axis) > 0 && length > 0 && image.get(axis) == (length + stride - 1) / stride;
  }

  private static long at(NodeDef node, String attribute, int axis) {
    List<Long> values =
        node.containsAttr(attribute)
            ? node.getAttrOrThrow(attribute).getList().getIList()
            : List.of();
    return values.isEmpty() ? 1 : values.get(axis);
  }

  private static String text(NodeDef node, String attribute) {
    return node.containsAttr(attribute) ? node.getAttrOrThrow(attribute).getS().toStringUtf8() : "";
  }

  /** The same known number, or sizes that begin with the image's own. */
  private boolean rowsFit(NodeDef node, long told, long rows) {
    if (told >= 0) {
      return told == rows && rows > 0;
    }
    NodeDef sizes = VariableReads.source(node.getInput(0), nodes);
    NodeDef first = isOp(sizes, "Pack") ? VariableReads.source(sizes.getInput(0), nodes) : null;
    if (!isOp(first, "StridedSlice") || !isFirst(first)) {
      return false;
    }
    NodeDef shape = VariableReads.source(first.getInput(0), nodes);
    return isOp(shape, "Shape")
        && VariableReads.origin(shape.getInput(0), nodes)
            .equals(VariableReads.origin(node.getInput(2), nodes));
  }

  /** A slice that takes the first element alone. */
  private boolean isFirst(NodeDef slice) {
    for (String mask : Set.of("ellipsis_mask", "new_axis_mask")) {
      if (slice.containsAttr(mask) && slice.getAttrOrThrow(mask).getI() != 0) {
        return false;
      }
    }
    boolean one =
        slice.containsAttr("shrink_axis_mask")
            && slice.getAttrOrThrow("shrink_axis_mask").getI() == 1;
    return one && isZero(VariableReads.source(slice.getInput(1), nodes));
  }

  private static boolean isZero(NodeDef constant) {
    if (!isOp(constant, "Const")) {
      return false;
    }
    TensorProto value = constant.getAttrOrThrow("value").getTensor();
    boolean content = true;
    for (int i = 0; i < value.getTensorContent().size(); i++) {
      content &= value.getTensorContent().byteAt(i) == 0;
    }
    return content && value.getIntValList().stream().allMatch(i -> i == 0);
  }

  private static boolean isOp(NodeDef node, String op) {
    return node != null
        && node.getOp().equals(op)
        && (op.equals("Const") || node.getInputCount() > 0);
  }
}

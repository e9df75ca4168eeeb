package io.github.fdistill.graph;

import java.util.List;
import java.util.Map;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Ops on images whose C++ gradients forget an attribute: that the channels come first, or what is
 * padded.
 */
final class ImageRules {
  static final Map<String, GradientRewrites.Rule> RULES =
      Map.of(
          "DepthToSpace", ImageRules::blocks,
          "SpaceToDepth", ImageRules::blocks,
          "MaxPool", ImageRules::largest);

  private ImageRules() {}

  /** Of images with channels first: turned, with channels last, and turned back. */
  private static List<NodeDef> blocks(NodeDef node) {
    if (!NewNodes.text(node, "data_format").equals("NCHW")) {
      return List.of(node);
    }
    AttrValue type = node.getAttrOrThrow("T");
    NewNodes made = new NewNodes(node);
    String last =
        transposed(made, "last", type, node.getInput(0), made.vector("to_last", 0, 2, 3, 1));
    NodeDef.Builder op = node.toBuilder().clearInput().addInput(last).setName(made.name("blocks"));
    String moved = made.add(op.putAttr("data_format", NewNodes.text("NHWC")));
    transposed(made, "", type, moved, made.vector("to_first", 0, 3, 1, 2));
    return made.all();
  }

  private static String transposed(
      NewNodes made, String helper, AttrValue type, String images, String order) {
    return made.add(
        made.node(helper, "Transpose", images, order)
            .putAttr("T", type)
            .putAttr("Tperm", NewNodes.INT));
  }

  /** maxpool(x; explicit paddings) = maxpool(x padded with -infinity; VALID). */
  private static List<NodeDef> largest(NodeDef node) {
    AttrValue type = node.getAttrOrThrow("T");
    List<Long> pads = node.getAttrOrThrow("explicit_paddings").getList().getIList();
    boolean explicit = NewNodes.text(node, "padding").equals("EXPLICIT");
    if (!explicit || !DataTypes.isFloating(type.getType()) || !ConvolutionRules.possible(pads)) {
      return List.of(node);
    }
    NewNodes made = new NewNodes(node);
    int[] each = pads.stream().mapToInt(Math::toIntExact).toArray();
    String least =
        made.add(
            made.node("least", "Cast", minusInfinity(made))
                .putAttr("SrcT", NewNodes.type(DataType.DT_FLOAT))
                .putAttr("DstT", type));
    String padded =
        made.add(
            made.node("padded", "PadV2", node.getInput(0), made.pairs("paddings", each), least)
                .putAttr("T", type)
                .putAttr("Tpaddings", NewNodes.INT));
    return ConvolutionRules.withoutPadding(made, node, padded);
  }

  private static String minusInfinity(NewNodes made) {
    TensorProto.Builder value =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_FLOAT)
            .setTensorShape(TensorShapeProto.getDefaultInstance())
            .addFloatVal(Float.NEGATIVE_INFINITY);
    return made.constant("least_value", value);
  }
}

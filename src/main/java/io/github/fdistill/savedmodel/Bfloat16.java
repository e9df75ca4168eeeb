package io.github.fdistill.savedmodel;

import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Rewrites a float32 network so that its convolutions and matrix products run in bfloat16: each
 * gets casts around it and nothing else changes. Weights, statistics and sums stay float32, and so
 * does what is exported.
 */
final class Bfloat16 {
  private static final Set<String> PRODUCTS =
      Set.of("Conv2D", "MatMul", "BatchMatMul", "BatchMatMulV2", "DepthwiseConv2dNative");

  private Bfloat16() {}

  static GraphDef rewrite(GraphDef graph) {
    GraphDef.Builder result = graph.toBuilder().clearNode();
    for (NodeDef node : graph.getNodeList()) {
      if (PRODUCTS.contains(node.getOp())
          && node.getAttrOrThrow("T").getType() == DataType.DT_FLOAT) {
        addInBfloat16(node, result);
      } else {
        result.addNode(node);
      }
    }
    return result.build();
  }

  /** product(a, b) becomes cast(product(cast(a), cast(b))); the outer cast takes its name. */
  private static void addInBfloat16(NodeDef node, GraphDef.Builder result) {
    String name = node.getName();
    NodeDef.Builder product =
        node.toBuilder()
            .setName(name + "/bfloat16")
            .clearInput()
            .putAttr("T", type(DataType.DT_BFLOAT16));
    for (int i = 0; i < node.getInputCount(); i++) {
      String input = node.getInput(i);
      if (input.startsWith("^")) {
        product.addInput(input);
      } else {
        String castName = name + "/input_" + i;
        result.addNode(cast(castName, input, DataType.DT_FLOAT, DataType.DT_BFLOAT16));
        product.addInput(castName);
      }
    }
    result.addNode(product);
    result.addNode(cast(name, name + "/bfloat16", DataType.DT_BFLOAT16, DataType.DT_FLOAT));
  }

  private static NodeDef cast(String name, String input, DataType from, DataType to) {
    return NodeDef.newBuilder()
        .setName(name)
        .setOp("Cast")
        .addInput(input)
        .putAttr("SrcT", type(from))
        .putAttr("DstT", type(to))
        .build();
  }

  private static AttrValue type(DataType type) {
    return AttrValue.newBuilder().setType(type).build();
  }
}

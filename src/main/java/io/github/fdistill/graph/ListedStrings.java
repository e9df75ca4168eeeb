package io.github.fdistill.graph;

import com.google.protobuf.ByteString;
import java.util.List;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/** Strings of a graph's constants, where every program reads them. */
public final class ListedStrings {
  private ListedStrings() {}

  /** The graph with each string as a value of its own: OpenVINO reads none that are packed. */
  public static GraphDef of(GraphDef graph) {
    GraphDef.Builder result = graph.toBuilder().clearNode();
    graph.getNodeList().forEach(node -> result.addNode(listed(node)));
    return result.build();
  }

  private static NodeDef listed(NodeDef node) {
    TensorProto packed = node.getAttrOrDefault("value", AttrValue.getDefaultInstance()).getTensor();
    boolean plain = packed.getDtype() != DataType.DT_STRING || packed.getTensorContent().isEmpty();
    if (plain || !node.getOp().equals("Const")) {
      return node;
    }
    List<ByteString> strings =
        VariableReads.strings(packed).stream().map(ByteString::copyFromUtf8).toList();
    TensorProto listed = packed.toBuilder().clearTensorContent().addAllStringVal(strings).build();
    return node.toBuilder()
        .putAttr("value", AttrValue.newBuilder().setTensor(listed).build())
        .build();
  }
}

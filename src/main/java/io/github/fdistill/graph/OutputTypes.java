package io.github.fdistill.graph;

import java.util.Optional;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/** What a node gives, as the definition of its op says it. */
public final class OutputTypes {
  private OutputTypes() {}

  /** The type of a node's first tensor; nothing where it has none, or is no op of TensorFlow. */
  public static Optional<DataType> first(NodeDef node) {
    OpDef op = OpRegistry.op(node.getOp());
    if (op == null || op.getOutputArgCount() == 0) {
      return Optional.empty();
    }
    OpDef.ArgDef output = op.getOutputArg(0);
    AttrValue none = AttrValue.getDefaultInstance();
    if (!output.getTypeListAttr().isEmpty()) {
      return node.getAttrOrDefault(output.getTypeListAttr(), none).getList().getTypeList().stream()
          .findFirst();
    }
    return Optional.of(
        output.getTypeAttr().isEmpty()
            ? output.getType()
            : node.getAttrOrDefault(output.getTypeAttr(), none).getType());
  }
}

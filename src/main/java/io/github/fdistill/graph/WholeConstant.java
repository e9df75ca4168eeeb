package io.github.fdistill.graph;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalLong;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/** The number of a Const that holds one, such as an axis. */
final class WholeConstant {
  private WholeConstant() {}

  /**
   * The number, of a scalar or a vector [1].
   *
   * @param node may be null
   * @return nothing of what is no such Const of int32 or int64
   */
  static OptionalLong of(NodeDef node) {
    if (node == null || !node.getOp().equals("Const") || !node.containsAttr("value")) {
      return OptionalLong.empty();
    }
    TensorProto value = node.getAttrOrThrow("value").getTensor();
    boolean one = value.getTensorShape().getDimList().stream().allMatch(dim -> dim.getSize() == 1);
    boolean wide = value.getDtype() == DataType.DT_INT64;
    if (!one || !wide && value.getDtype() != DataType.DT_INT32) {
      return OptionalLong.empty();
    }
    if (wide ? value.getInt64ValCount() > 0 : value.getIntValCount() > 0) {
      return OptionalLong.of(wide ? value.getInt64Val(0) : value.getIntVal(0));
    }
    ByteBuffer packed =
        value.getTensorContent().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    if (packed.remaining() != (wide ? Long.BYTES : Integer.BYTES)) {
      return packed.hasRemaining() ? OptionalLong.empty() : OptionalLong.of(0);
    }
    return OptionalLong.of(wide ? packed.getLong() : packed.getInt());
  }
}

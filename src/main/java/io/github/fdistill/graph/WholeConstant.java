package io.github.fdistill.graph;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/** The numbers of a Const that holds few, such as an axis. */
final class WholeConstant {
  private static final int MOST = 16;

  private WholeConstant() {}

  /**
   * The number, of a scalar or a vector [1].
   *
   * @param node may be null
   * @return nothing of what is no such Const of int32 or int64
   */
  static OptionalLong of(NodeDef node) {
    return all(node).filter(numbers -> numbers.size() == 1).stream()
        .mapToLong(numbers -> numbers.get(0))
        .findFirst();
  }

  /**
   * The numbers in their order, at most 16.
   *
   * @param node may be null
   * @return nothing of what is no such Const of int32 or int64
   */
  static Optional<List<Long>> all(NodeDef node) {
    if (node == null || !node.getOp().equals("Const") || !node.containsAttr("value")) {
      return Optional.empty();
    }
    TensorProto value = node.getAttrOrThrow("value").getTensor();
    boolean wide = value.getDtype() == DataType.DT_INT64;
    double size = 1;
    for (var dim : value.getTensorShape().getDimList()) {
      size *= dim.getSize();
    }
    if (size < 0 || size > MOST || !wide && value.getDtype() != DataType.DT_INT32) {
      return Optional.empty();
    }
    List<Long> numbers = new ArrayList<>();
    if (value.getTensorContent().isEmpty()) {
      numbers.addAll(
          wide
              ? value.getInt64ValList()
              : value.getIntValList().stream().map(i -> (long) i).toList());
    }
    ByteBuffer packed =
        value.getTensorContent().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    while (packed.remaining() >= (wide ? Long.BYTES : Integer.BYTES)) {
      numbers.add(wide ? packed.getLong() : packed.getInt());
    }
    // The last stands for all that follow; none at all are zeros.
    while (!packed.hasRemaining() && numbers.size() < size) {
      numbers.add(numbers.isEmpty() ? 0 : numbers.get(numbers.size() - 1));
    }
    return numbers.size() == size ? Optional.of(numbers) : Optional.empty();
  }
}

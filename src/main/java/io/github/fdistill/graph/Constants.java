package io.github.fdistill.graph;

import java.util.Optional;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/** What the constants of a graph fill: one of a single number may stand for a huge tensor. */
public final class Constants {
  private static final long MOST_BYTES = 1L << 31;

  public static final String NEEDED =
      "constants of at most " + (MOST_BYTES >> 20) + " MiB in all, each of the type that it says";

  private long bytes;

  /**
   * Counts a node, if it is a constant; what to say of it where that is too much, or its numbers
   * are of another type than it says: TensorFlow ends the process of some of those.
   */
  public Optional<String> objection(NodeDef node) {
    if (!node.getOp().equals("Const")) {
      return Optional.empty();
    }
    TensorProto value = node.getAttrOrDefault("value", AttrValue.getDefaultInstance()).getTensor();
    double filled = DataTypes.width(value.getDtype()).orElse(1);
    for (var dim : value.getTensorShape().getDimList()) {
      filled *= dim.getSize();
    }
    boolean sound = filled >= 0 && value.getDtype() != DataType.DT_INVALID;
    DataType said = node.getAttrOrDefault("dtype", AttrValue.getDefaultInstance()).getType();
    if (said != value.getDtype()) {
      return Optional.of("a constant " + said + " whose numbers are " + value.getDtype());
    }
    if (!sound || bytes + filled > MOST_BYTES) {
      return Optional.of("a constant " + value.getDtype() + " of shape " + dims(value));
    }
    bytes += (long) filled;
    return Optional.empty();
  }

  private static String dims(TensorProto value) {
    return value.getTensorShape().getDimList().stream().map(d -> d.getSize()).toList().toString();
  }
}

package io.github.fdistill.graph;

import java.util.OptionalInt;
import org.tensorflow.proto.DataType;

/** Types of tensors. */
public final class DataTypes {
  private DataTypes() {}

  /** Bytes of a number; none for what has no fixed size. */
  public static OptionalInt width(DataType type) {
    return switch (type) {
      case DT_BOOL, DT_INT8, DT_UINT8, DT_FLOAT8_E4M3FN, DT_FLOAT8_E5M2 -> OptionalInt.of(1);
      case DT_HALF, DT_BFLOAT16, DT_INT16, DT_UINT16 -> OptionalInt.of(2);
      case DT_FLOAT, DT_INT32, DT_UINT32 -> OptionalInt.of(4);
      case DT_DOUBLE, DT_INT64, DT_UINT64, DT_COMPLEX64 -> OptionalInt.of(8);
      case DT_COMPLEX128 -> OptionalInt.of(16);
      default -> OptionalInt.empty();
    };
  }
}

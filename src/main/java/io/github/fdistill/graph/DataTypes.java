package io.github.fdistill.graph;

import java.util.Collections;
import java.util.EnumSet;
import java.util.OptionalInt;
import java.util.Set;
import org.tensorflow.proto.DataType;

/** Types of tensors. */
public final class DataTypes {
  /** Numbers that gradients pass through, and that weights and images may be in. */
  public static final Set<DataType> FLOATING =
      Collections.unmodifiableSet(
          EnumSet.of(
              DataType.DT_FLOAT, DataType.DT_HALF, DataType.DT_BFLOAT16, DataType.DT_DOUBLE));

  private DataTypes() {}

  /** Whether it is one of them. */
  public static boolean isFloating(DataType type) {
    return FLOATING.contains(type);
  }

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

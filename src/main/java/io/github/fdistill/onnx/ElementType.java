package io.github.fdistill.onnx;

import io.github.fdistill.tensors.NumberType;
import java.util.Optional;
import org.tensorflow.proto.DataType;

/**
 * Types of ONNX's tensors that networks compute with, by their numbers in the format, and what they
 * become: every kind of fraction is float32, small whole numbers are int32 ({@link Narrow}).
 */
enum ElementType {
  FLOAT(1, DataType.DT_FLOAT, NumberType.F32),
  UINT8(2, DataType.DT_INT32, NumberType.U8),
  INT8(3, DataType.DT_INT32, NumberType.I8),
  INT16(5, DataType.DT_INT32, NumberType.I16),
  INT32(6, DataType.DT_INT32, NumberType.I32),
  INT64(7, DataType.DT_INT64, NumberType.I64),
  BOOL(9, DataType.DT_BOOL, NumberType.BOOL),
  FLOAT16(10, DataType.DT_FLOAT, NumberType.F16),
  DOUBLE(11, DataType.DT_FLOAT, NumberType.F64),
  BFLOAT16(16, DataType.DT_FLOAT, NumberType.BF16);

  private final int number;
  private final DataType becomes;
  private final NumberType stored;

  ElementType(int number, DataType becomes, NumberType stored) {
    this.number = number;
    this.becomes = becomes;
    this.stored = stored;
  }

  /** The type of this number; none of texts, complex numbers and whatever is quantised. */
  static Optional<ElementType> of(long number) {
    for (ElementType type : values()) {
      if (type.number == number) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** What TensorFlow computes with in its place. */
  DataType becomes() {
    return becomes;
  }

  /** Whether its whole numbers have fewer bits than those that become of them. */
  boolean isNarrow() {
    return this == UINT8 || this == INT8 || this == INT16;
  }

  /** What TensorFlow cuts whole numbers to as many bits by; of narrow ones. */
  DataType cut() {
    return this == UINT8 ? DataType.DT_UINT8 : this == INT8 ? DataType.DT_INT8 : DataType.DT_INT16;
  }

  /** A whole number cut to as many bits; of narrow ones. */
  long within(long number) {
    return this == UINT8 ? number & 0xff : this == INT8 ? (byte) number : (short) number;
  }

  /** How its numbers lie in a file. */
  NumberType stored() {
    return stored;
  }
}

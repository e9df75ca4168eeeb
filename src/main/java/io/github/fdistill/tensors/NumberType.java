package io.github.fdistill.tensors;

import java.util.Optional;

/** Types of numbers that tensors of other programs have, by the names that safetensors has. */
public enum NumberType {
  F64(8) {
    @Override
    float at(Bytes bytes, long index) {
      return (float) Double.longBitsToDouble(bytes.longAt(index * 8));
    }
  },
  F32(4) {
    @Override
    float at(Bytes bytes, long index) {
      return Float.intBitsToFloat(bytes.intAt(index * 4));
    }
  },
  /** 1 sign, 5 exponent and 10 fraction bits (IEEE 754's binary16). */
  F16(2) {
    @Override
    float at(Bytes bytes, long index) {
      return ofHalf(bytes.unsignedShort(index * 2));
    }
  },
  /** The upper half of an F32. */
  BF16(2) {
    @Override
    float at(Bytes bytes, long index) {
      return Float.intBitsToFloat(bytes.unsignedShort(index * 2) << 16);
    }
  },
  I64(8) {
    @Override
    float at(Bytes bytes, long index) {
      return bytes.longAt(index * 8);
    }
  },
  I32(4) {
    @Override
    float at(Bytes bytes, long index) {
      return bytes.intAt(index * 4);
    }
  },
  I16(2) {
    @Override
    float at(Bytes bytes, long index) {
      return (short) bytes.unsignedShort(index * 2);
    }
  },
  I8(1) {
    @Override
    float at(Bytes bytes, long index) {
      return (byte) bytes.unsignedByte(index);
    }
  },
  U8(1) {
    @Override
    float at(Bytes bytes, long index) {
      return bytes.unsignedByte(index);
    }
  },
  BOOL(1) {
    @Override
    float at(Bytes bytes, long index) {
      return bytes.unsignedByte(index) == 0 ? 0 : 1;
    }
  };

  private final int bytes;

  NumberType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of a number. */
  public int bytes() {
    return bytes;
  }

  /** The number of this index, rounded to float32. */
  abstract float at(Bytes bytes, long index);

  /** The number of this index among bytes, rounded to float32. */
  public float value(Bytes bytes, long index) {
    return at(bytes, index);
  }

  /** Whether it can be the type of weights. */
  public boolean isFloat() {
    return this == F64 || this == F32 || this == F16 || this == BF16;
  }

  /** The type of this name. */
  public static Optional<NumberType> named(String name) {
    for (NumberType type : values()) {
      if (type.name().equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** The value of 16 bits: 1 of sign, 5 of exponent and 10 of fraction. */
  public static float ofHalf(int bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = bits >>> 10 & 0x1f;
    int fraction = bits & 0x3ff;
    if (exponent == 0) { // Zero, or a fraction of 2^-14.
      float small = fraction * 0x1p-24f;
      return sign == 0 ? small : -small;
    }
    int wide = exponent == 0x1f ? 0xff : exponent + 112;
    return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
  }
}

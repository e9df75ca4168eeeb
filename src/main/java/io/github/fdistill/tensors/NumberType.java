package io.github.fdistill.tensors;

import java.nio.ByteBuffer;
import java.util.Optional;

/** Types of numbers that tensors of other programs have, by the names that safetensors has. */
public enum NumberType {
  F64(8) {
    @Override
    float in(ByteBuffer bytes, int at) {
      return (float) bytes.getDouble(at);
    }
  },
  F32(4) {
    @Override
    float in(ByteBuffer bytes, int at) {
      return bytes.getFloat(at);
    }
  },
  /** 1 sign, 5 exponent and 10 fraction bits (IEEE 754's binary16). */
  F16(2) {
    @Override
    float in(ByteBuffer bytes, int at) {
      return ofHalf(bytes.getShort(at) & 0xffff);
    }
  },
  /** The upper half of an F32. */
  BF16(2) {
    @Override
    float in(ByteBuffer bytes, int at) {
      return Float.intBitsToFloat(bytes.getShort(at) << 16);
    }
  },
  I64(8) {
    @Override
    float in(ByteBuffer bytes, int at) {
      return bytes.getLong(at);
    }
  },
  I32(4) {
    @Override
    float in(ByteBuffer bytes, int at) {
      return bytes.getInt(at);
    }
  },
  I16(2) {
    @Override
    float in(ByteBuffer bytes, int at) {
      return bytes.getShort(at);
    }
  },
  I8(1) {
    @Override
    float in(ByteBuffer bytes, int at) {
      return bytes.get(at);
    }
  },
  U8(1) {
    @Override
    float in(ByteBuffer bytes, int at) {
      return bytes.get(at) & 0xff;
    }
  },
  BOOL(1) {
    @Override
    float in(ByteBuffer bytes, int at) {
      return bytes.get(at) == 0 ? 0 : 1;
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

  /** The number that begins here, little-endian, rounded to float32. */
  abstract float in(ByteBuffer bytes, int at);

  /** The number of this index among bytes, rounded to float32. */
  public float value(Bytes file, long index) {
    long at = index * bytes;
    return in(file.piece(at, bytes), file.within(at));
  }

  /**
   * Reads several numbers among bytes.
   *
   * @param first index of the first
   * @param stride from one to the next
   * @param to where in the array the first goes
   * @param apart from there to the next
   */
  void read(Bytes file, long first, long stride, int count, float[] into, int to, int apart) {
    long span = ((count - 1) * stride + 1) * bytes;
    if (!file.isInOnePiece(first * bytes, span)) {
      for (int i = 0; i < count; i++) {
        into[to + i * apart] = value(file, first + i * stride);
      }
      return;
    }
    ByteBuffer piece = file.piece(first * bytes, span);
    int at = file.within(first * bytes);
    int step = (int) stride * bytes;
    for (int i = 0; i < count; i++) {
      into[to + i * apart] = in(piece, at + i * step);
    }
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
    return Halves.VALUES[bits];
  }

  /** All 65,536 of them: to look one up takes a third of the time of its arithmetic. */
  private static final class Halves {
    private static final float[] VALUES = new float[1 << 16];

    static {
      for (int bits = 0; bits < VALUES.length; bits++) {
        VALUES[bits] = value(bits);
      }
    }

    private static float value(int bits) {
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
}

package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.tensors.NumberType;
import java.nio.ByteBuffer;

/** How numbers that were computed ahead are kept on the disk, little-endian. */
public enum EncodedForm {
  FLOAT32("f32", Float.BYTES) {
    @Override
    void put(float value, ByteBuffer into) {
      into.putFloat(value);
    }

    @Override
    void get(ByteBuffer from, int count, float[] into, int offset) {
      from.asFloatBuffer().get(into, offset, count);
    }
  },

  /** The nearest of IEEE 754's binary16: to 11 bits, and 2^-25 where that is more, up to 65504. */
  FLOAT16("f16", Short.BYTES) {
    @Override
    void put(float value, ByteBuffer into) {
      into.putShort(half(value));
    }

    @Override
    void get(ByteBuffer from, int count, float[] into, int offset) {
      for (int i = 0; i < count; i++) {
        into[offset + i] = NumberType.ofHalf(from.getShort() & 0xffff);
      }
    }
  };

  /** What rounds to more than binary16 has. */
  private static final float TOO_LARGE = 65520;

  private static final float LEAST_NORMAL = 0x1p-14f;
  private static final float UNITS_IN_ONE = 0x1p24f;

  private final String ending;
  private final int bytes;

  EncodedForm(String ending, int bytes) {
    this.ending = ending;
    this.bytes = bytes;
  }

  /** Of files of such numbers. */
  String ending() {
    return ending;
  }

  /** Of a number. */
  int bytes() {
    return bytes;
  }

  /** Writes a number. */
  abstract void put(float value, ByteBuffer into);

  /** Reads numbers, from where a buffer stands. */
  abstract void get(ByteBuffer from, int count, float[] into, int offset);

  /** The nearest, of two as near the one whose last bit is 0. */
  private static short half(float value) {
    float size = Math.abs(value);
    if (!(size < TOO_LARGE)) {
      throw new InputException(
          "what is encoded ahead of training",
          "" + value,
          "numbers up to 65504, which float16 has",
          "keep them in float32: --set dataset.encoded=FLOAT32");
    }
    int bits = Float.floatToRawIntBits(size);
    int last = bits >>> 13 & 1;
    int rounded =
        size < LEAST_NORMAL
            ? (int) Math.rint(size * UNITS_IN_ONE)
            : ((bits + 0xfff + last) >>> 13) - ((127 - 15) << 10);
    return (short) (Float.floatToRawIntBits(value) >>> 16 & 0x8000 | rounded);
  }
}

package io.github.fdistill.data;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.stream.Stream;

/** The kinds of numbers that images in a .npy file may be. */
enum NpyType {
  /** Data units, as they are. */
  FLOAT32("<f4", Float.BYTES) {
    @Override
    void copy(ByteBuffer from, int position, int length, float[] into, int offset) {
      from.slice(position, length * Float.BYTES)
          .order(from.order())
          .asFloatBuffer()
          .get(into, offset, length);
    }
  },
  /** Levels from 0 to 255. */
  UINT8("|u1", 1) {
    @Override
    void copy(ByteBuffer from, int position, int length, float[] into, int offset) {
      byte[] levels = new byte[length];
      from.get(position, levels);
      Images.toDataUnits(levels, 0, length, into, offset);
    }
  };

  private final String numpyName;
  final int bytes;

  NpyType(String numpyName, int bytes) {
    this.numpyName = numpyName;
    this.bytes = bytes;
  }

  /** Copies values as data units; {@code position} is in bytes, {@code length} in values. */
  abstract void copy(ByteBuffer from, int position, int length, float[] into, int offset);

  /**
   * @param numpyName such as {@code <f4}
   */
  static Optional<NpyType> of(String numpyName) {
    return Stream.of(values()).filter(type -> type.numpyName.equals(numpyName)).findFirst();
  }

  /** A NumPy expression of the array $ that turns another type into one of these. */
  static String conversion(String numpyName) {
    boolean whole = numpyName.matches("[<>|=]?[iu].*");
    return "$.astype(\"" + (whole ? "uint8" : "<f4") + "\")";
  }
}

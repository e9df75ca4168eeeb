package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.nio.ByteBuffer;
import java.util.stream.Stream;

/** The kinds of numbers that images in a .npy file may be. */
enum NpyType {
  /** Data units, as they are. */
  FLOAT32("<f4", Float.BYTES) {
    @Override
    void copy(ByteBuffer from, int length, float[] into, int offset) {
      from.rewind().asFloatBuffer().get(into, offset, length);
    }
  },
  /** Levels from 0 to 255. */
  UINT8("|u1", 1) {
    @Override
    void copy(ByteBuffer from, int length, float[] into, int offset) {
      Images.toDataUnits(from.array(), 0, length, into, offset);
    }
  };

  private final String numpyName;
  final int bytes;

  NpyType(String numpyName, int bytes) {
    this.numpyName = numpyName;
    this.bytes = bytes;
  }

  /** Copies the values of a little-endian array as data units. */
  abstract void copy(ByteBuffer from, int length, float[] into, int offset);

  /**
   * The kind that a file holds.
   *
   * @throws InputException if it is another
   */
  static NpyType of(NpyHeader header) {
    return Stream.of(values())
        .filter(type -> type.numpyName.equals(header.type()))
        .findFirst()
        .orElseThrow(
            () ->
                new InputException(
                    header.path().toString(),
                    "numbers of type '" + header.type() + "'",
                    "'<f4' (float32, little-endian) or '|u1' (uint8)",
                    NpyHeader.convert(header.path(), conversion(header.type()))));
  }

  /** A NumPy expression of the array $ that turns another type into one of these. */
  private static String conversion(String numpyName) {
    boolean whole = numpyName.matches("[<>|=]?[iu].*");
    return "$.astype(\"" + (whole ? "uint8" : "<f4") + "\")";
  }
}

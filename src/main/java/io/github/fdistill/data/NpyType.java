package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.tensors.NumberType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kind of plain number in a .npy file.
 *
 * @param kind f (floating point), i (whole, with sign), u (whole) or b (truth values)
 * @param bytes of a number
 */
record NpyType(char kind, int bytes, ByteOrder order) {
  static final NpyType UINT8 = new NpyType('u', 1, ByteOrder.LITTLE_ENDIAN);

  private static final Pattern NAME =
      Pattern.compile("([<>|=]?)(?:(f)([248])|([iu])([1248])|(b)(1))");

  /**
   * The kind that a file holds.
   *
   * @throws InputException if it is of another
   */
  static NpyType of(NpyHeader header) {
    Matcher name = NAME.matcher(header.type());
    if (!name.matches()) {
      throw new InputException(
          header.path().toString(),
          "numbers of type '" + header.type() + "'",
          "floats of 16, 32 or 64 bits, or whole numbers",
          "save one array of plain numbers with numpy.save");
    }
    int group = name.group(2) != null ? 2 : name.group(4) != null ? 4 : 6;
    boolean big = name.group(1).equals(">");
    return new NpyType(
        name.group(group).charAt(0),
        Integer.parseInt(name.group(group + 1)),
        big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
  }

  /** Whether a file holds such numbers. */
  static boolean isOf(NpyHeader header) {
    return NAME.matcher(header.type()).matches();
  }

  boolean isFloat() {
    return kind == 'f';
  }

  /** A number, by its index; whole ones beyond 2^53 are rounded. */
  double at(ByteBuffer values, int index) {
    ByteBuffer in = values.order(order);
    int at = index * bytes;
    if (isFloat()) {
      return switch (bytes) {
        case 2 -> NumberType.ofHalf(in.getShort(at) & 0xffff);
        case 4 -> in.getFloat(at);
        default -> in.getDouble(at);
      };
    }
    long value =
        switch (bytes) {
          case 1 -> in.get(at);
          case 2 -> in.getShort(at);
          case 4 -> in.getInt(at);
          default -> in.getLong(at);
        };
    if (kind == 'i' || value >= 0) {
      return value;
    }
    return value + Math.scalb(1.0, 8 * bytes); // Without sign.
  }

  /** The range of levels from black to white that numbers of this kind mostly have. */
  LevelRange usual() {
    double values = Math.scalb(1.0, 8 * bytes);
    return kind == 'u'
        ? new LevelRange(0, values - 1)
        : new LevelRange(-values / 2, values / 2 - 1);
  }
}

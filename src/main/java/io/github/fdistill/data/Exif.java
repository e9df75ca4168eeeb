package io.github.fdistill.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a camera or a program notes in a picture; only how the picture is stored matters here: its
 * orientation, 1 (upright) to 8, as Exif 2.3 numbers them. 0 stands for a note that does not say
 * it, or that is damaged.
 */
final class Exif {
  /** No orientation is said. */
  static final int UNKNOWN = 0;

  private static final int ORIENTATION = 0x0112;
  private static final byte[] PREFIX = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);

  /** Bytes of a value of each type of TIFF, where it is a number. */
  private static final int[] BYTES = {0, 1, 0, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};

  private static final int SHORT = 3;
  private static final int FLOAT = 11;
  private static final int DOUBLE = 12;

  private static final Pattern XMP =
      Pattern.compile("tiff:Orientation\\s*(?:=\\s*[\"']|>\\s*)(\\d)");

  /** Of a packet that is looked through. */
  private static final int MOST_BYTES = 1 << 20;

  private Exif() {}

  /**
   * Reads a note in the format of TIFF. Exif has the orientation as SHORT; cameras and programs
   * write it as a number of any other type too, in either order of bytes.
   *
   * @param note may begin with "Exif" and two zeros
   */
  static int orientation(ByteBuffer note) {
    double number = number(afterPrefix(note), ORIENTATION);
    return number == Math.rint(number) ? known((int) number) : UNKNOWN;
  }

  /** The first number of a tag of a TIFF's first picture; NaN where it has none. */
  static double number(ByteBuffer tiff, int tag) {
    ByteBuffer in = ordered(tiff);
    int entry = entry(in, tag);
    return entry < 0 ? Double.NaN : value(in, entry);
  }

  /** The numbers of 16 bits of a tag of a TIFF's first picture; none where it has no such. */
  static ShortBuffer shorts(ByteBuffer tiff, int tag) {
    ByteBuffer in = ordered(tiff);
    int entry = entry(in, tag);
    if (entry >= 0 && in.getShort(entry + 2) == SHORT) {
      long bytes = 2 * Integer.toUnsignedLong(in.getInt(entry + 4));
      int at = bytes <= 4 ? entry + 8 : in.getInt(entry + 8);
      if (at >= 0 && at + bytes <= in.limit()) {
        return in.slice(at, (int) bytes).order(in.order()).asShortBuffer();
      }
    }
    return ShortBuffer.allocate(0);
  }

  private static ByteBuffer ordered(ByteBuffer tiff) {
    boolean little = tiff.hasRemaining() && tiff.get(tiff.position()) == 'I';
    return tiff.slice().order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
  }

  /** Where the entry of a tag begins, in the first directory; -1 where there is none. */
  private static int entry(ByteBuffer in, int tag) {
    int directory = in.limit() < 8 ? -1 : in.getInt(4);
    if (directory < 8 || directory > in.limit() - 2) {
      return -1;
    }
    int entries = Short.toUnsignedInt(in.getShort(directory));
    for (int i = 0; i < entries; i++) {
      int entry = directory + 2 + 12 * i;
      if (entry > in.limit() - 12) {
        return -1;
      }
      if (Short.toUnsignedInt(in.getShort(entry)) == tag) {
        return entry;
      }
    }
    return -1;
  }

  /** What an XMP packet says, as Pillow reads it; the first MiB of it. */
  static int orientationOfXmp(ByteBuffer packet) {
    byte[] bytes = new byte[Math.min(packet.remaining(), MOST_BYTES)];
    packet.duplicate().get(bytes);
    Matcher found = XMP.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
    return found.find() ? known(Integer.parseInt(found.group(1))) : UNKNOWN;
  }

  private static double value(ByteBuffer in, int entry) {
    int type = Short.toUnsignedInt(in.getShort(entry + 2));
    int bytes = type < BYTES.length ? BYTES[type] : 0;
    long count = Integer.toUnsignedLong(in.getInt(entry + 4));
    int at = count * bytes <= 4 ? entry + 8 : in.getInt(entry + 8);
    if (bytes == 0 || count == 0 || at < 0 || at > in.limit() - bytes) {
      return Double.NaN;
    }
    return switch (bytes) {
      case 1 -> in.get(at);
      case 2 -> in.getShort(at);
      case 4 -> type == FLOAT ? in.getFloat(at) : in.getInt(at);
      default -> type == DOUBLE ? in.getDouble(at) : in.getInt(at) / (double) in.getInt(at + 4);
    };
  }

  private static int known(int value) {
    return value >= 1 && value <= 8 ? value : UNKNOWN;
  }

  private static ByteBuffer afterPrefix(ByteBuffer note) {
    boolean has =
        note.remaining() >= PREFIX.length
            && note.slice(note.position(), PREFIX.length).equals(ByteBuffer.wrap(PREFIX));
    return has
        ? note.slice(note.position() + PREFIX.length, note.remaining() - PREFIX.length)
        : note.slice();
  }
}

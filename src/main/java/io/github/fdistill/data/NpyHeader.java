package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.RegularFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What stands before the values of a .npy file, version 1.0 to 3.0.
 *
 * @param path of the file, or of an archive and the name in it
 * @param type of a value as NumPy names it, such as {@code <f4}; of several together a list
 * @param fortran whether the values are in Fortran's order, the first index the fastest
 * @param offset of the first value in the file, in bytes
 */
record NpyHeader(Path path, String type, boolean fortran, long[] shape, long offset) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int MOST_BYTES = 1 << 16;

  private static final Pattern TYPE =
      entry("descr", "['\"]?((?<=['\"])[^'\"]*|\\[.*?\\](?=\\s*(?:,\\s*['\"]\\w+['\"]\\s*:|\\})))");
  private static final Pattern ORDER = entry("fortran_order", "(True|False)");
  private static final Pattern SHAPE = entry("shape", "\\(([0-9, ]*)\\)");

  /**
   * @throws InputException if the file is not of that format
   */
  static NpyHeader read(Path path) {
    try (InputStream in = RegularFile.open(path)) {
      return read(path, in);
    } catch (IOException e) {
      throw DiskRefusal.unreadable(path, e);
    }
  }

  /** The same of bytes that come from elsewhere; they are read up to the first value. */
  static NpyHeader read(Path path, InputStream in) throws IOException {
    byte[] start = in.readNBytes(MAGIC.length + 2);
    if (!Arrays.equals(Arrays.copyOf(start, MAGIC.length), MAGIC)) {
      throw wrongMagic(path, start);
    }
    int version = start.length < MAGIC.length + 2 ? 0 : start[MAGIC.length];
    if (version < 1 || version > 3) {
      throw new InputException(
          path.toString(),
          "version " + version + " of the format",
          "version 1.0 to 3.0, as numpy.save writes for plain numbers",
          "save it again with numpy.save, as one array of plain numbers");
    }
    int lengthBytes = version == 1 ? Short.BYTES : Integer.BYTES;
    int length = littleEndian(in.readNBytes(lengthBytes));
    byte[] dictionary = in.readNBytes(Math.max(0, Math.min(length, MOST_BYTES)));
    if (length < 1 || dictionary.length < length) {
      throw new InputException(
          path.toString(),
          "cut short or damaged: " + dictionary.length + " bytes of header",
          Integer.toUnsignedString(length) + " bytes",
          "copy the file again");
    }
    long offset = (long) start.length + lengthBytes + length;
    return parse(path, new String(dictionary, StandardCharsets.ISO_8859_1), offset);
  }

  private static NpyHeader parse(Path path, String dictionary, long offset) {
    String type = find(path, TYPE, dictionary);
    boolean fortran = find(path, ORDER, dictionary).equals("True");
    long[] shape = shape(path, find(path, SHAPE, dictionary));
    return new NpyHeader(path, type, fortran && shape.length > 1, shape, offset);
  }

  private static long[] shape(Path path, String text) {
    try {
      return Stream.of(text.split(","))
          .map(String::strip)
          .filter(number -> !number.isEmpty())
          .mapToLong(Long::parseLong)
          .toArray();
    } catch (NumberFormatException e) {
      throw malformed(path, "shape: (" + text + ")", e);
    }
  }

  private static String find(Path path, Pattern entry, String dictionary) {
    Matcher matcher = entry.matcher(dictionary);
    if (!matcher.find()) {
      throw malformed(path, dictionary.strip(), null);
    }
    return matcher.group(1);
  }

  private static Pattern entry(String key, String value) {
    return Pattern.compile("['\"]" + key + "['\"]\\s*:\\s*" + value);
  }

  private static InputException malformed(Path path, String found, Throwable cause) {
    return new InputException(
        path.toString(),
        "a header " + found,
        "{'descr': '<f4', 'fortran_order': False, 'shape': (N, H, W, C), }",
        "save one array of plain numbers with numpy.save",
        cause);
  }

  private static InputException wrongMagic(Path path, byte[] start) {
    boolean zip = start.length > 1 && start[0] == 'P' && start[1] == 'K';
    return new InputException(
        path.toString(),
        zip ? "a zip archive, as .npz is" : "not a .npy file (it does not begin with \\x93NUMPY)",
        "one array, as numpy.save writes it",
        zip ? "let its name end in .npz" : "copy the file again, or choose another");
  }

  private static int littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(Arrays.copyOf(bytes, Integer.BYTES))
        .order(ByteOrder.LITTLE_ENDIAN)
        .getInt();
  }
}

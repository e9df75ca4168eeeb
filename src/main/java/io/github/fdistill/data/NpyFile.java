package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.WholeFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Arrays in NumPy's format .npy, version 1.0, little-endian and in C order. */
public final class NpyFile {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};

  /** The header's length is a multiple of this, so that the values can be memory-mapped. */
  private static final int ALIGNMENT = 64;

  private static final int VALUES_AT_ONCE = 1 << 16;

  private NpyFile() {}

  /**
   * Writes an array of float32.
   *
   * @throws InputException if the file cannot be written
   */
  public static void writeFloat32(Path npy, long[] shape, float[] values) {
    byte[] header = header("<f4", shape, values.length);
    WholeFile.write(
        npy,
        out -> {
          out.write(header);
          writeLittleEndian(values, out);
        });
  }

  /**
   * Writes an array of uint8.
   *
   * @throws InputException if the file cannot be written
   */
  public static void writeUint8(Path npy, long[] shape, byte[] values) {
    byte[] header = header("|u1", shape, values.length);
    WholeFile.write(
        npy,
        out -> {
          out.write(header);
          out.write(values);
        });
  }

  private static void writeLittleEndian(float[] values, OutputStream out) throws IOException {
    ByteBuffer buffer =
        ByteBuffer.allocate(Float.BYTES * VALUES_AT_ONCE).order(ByteOrder.LITTLE_ENDIAN);
    for (int start = 0; start < values.length; start += VALUES_AT_ONCE) {
      int length = Math.min(VALUES_AT_ONCE, values.length - start);
      buffer.asFloatBuffer().put(values, start, length);
      out.write(buffer.array(), 0, Float.BYTES * length);
    }
  }

  /** Magic, version, length of the rest, and a Python dictionary padded with blanks. */
  private static byte[] header(String type, long[] shape, int length) {
    long needed = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    if (needed != length) {
      throw new IllegalArgumentException(
          length + " values do not fill the shape " + Arrays.toString(shape));
    }
    String dimensions =
        Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", "));
    String text =
        String.format(
            "{'descr': '%s', 'fortran_order': False, 'shape': (%s%s), }",
            type, dimensions, shape.length == 1 ? "," : "");
    int unpadded = MAGIC.length + Short.BYTES + text.length() + 1;
    int padded = (unpadded + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    String line = text + " ".repeat(padded - unpadded) + "\n";
    return ByteBuffer.allocate(padded)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MAGIC)
        .putShort((short) line.length())
        .put(line.getBytes(StandardCharsets.US_ASCII))
        .array();
  }
}

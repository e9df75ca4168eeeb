package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.FilesTogether;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.files.WholeFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    WholeFile.write(npy, float32(shape, values));
  }

  private static AtomicFile.Content float32(long[] shape, float[] values) {
    if (Arrays.stream(shape).reduce(1, Math::multiplyExact) != values.length) {
      throw new IllegalArgumentException(
          values.length + " values do not fill the shape " + Arrays.toString(shape));
    }
    byte[] header = header("<f4", shape);
    return out -> {
      out.write(header);
      writeLittleEndian(values, out);
    };
  }

  /**
   * Writes an array of float32 with the labels of its images, NAME.labels.npy beside NAME.npy, in
   * place of an older one with all that lay beside that: labels, captions, the names of classes,
   * the SHA-256. Whatever ends it, no array is there beside labels of another: both are written
   * before the old ones go, and the labels come last.
   *
   * @param labels none where the images have none
   * @throws InputException if it cannot be written, or what is old not be removed
   */
  public static void replaceFloat32(
      Path npy, long[] shape, float[] values, Optional<int[]> labels) {
    Path labelled = NpyLabels.path(npy);
    Map<String, AtomicFile.Content> files = new LinkedHashMap<>();
    files.put(npy.getFileName().toString(), float32(shape, values));
    labels.ifPresent(some -> files.put(labelled.getFileName().toString(), int32(some)));
    FilesTogether.write(npy.toAbsolutePath().getParent(), files, beside(npy));
  }

  /** What is read or written with an array of images, where it lies beside it. */
  static List<Path> beside(Path npy) {
    return List.of(
        NpyLabels.path(npy),
        CaptionsFile.beside(npy),
        ClassesFile.beside(npy),
        Checksums.beside(npy));
  }

  /**
   * Writes an array of uint8 that need not be in memory at once.
   *
   * @param values writes as many bytes as the shape has
   * @return the file's SHA-256
   * @throws InputException if the file cannot be written
   */
  public static String writeUint8(Path npy, long[] shape, AtomicFile.Content values) {
    MessageDigest sum = Sha256.digest();
    byte[] header = header("|u1", shape);
    WholeFile.write(
        npy,
        out -> {
          OutputStream summed = new DigestOutputStream(out, sum);
          summed.write(header);
          values.writeTo(summed);
        });
    return HexFormat.of().formatHex(sum.digest());
  }

  /**
   * Writes the labels of the images of a file, NAME.labels.npy beside NAME.npy, where they are read
   * from with it.
   *
   * @throws InputException if the file cannot be written
   */
  public static void writeLabels(Path npy, int[] labels) {
    writeInt32(NpyLabels.path(npy), labels);
  }

  /**
   * Writes a list of int32.
   *
   * @throws InputException if the file cannot be written
   */
  static void writeInt32(Path npy, int[] values) {
    WholeFile.write(npy, int32(values));
  }

  /** What a file of a list of int32 holds. */
  static AtomicFile.Content int32(int[] values) {
    byte[] header = header("<i4", values.length);
    return out -> {
      out.write(header);
      ByteBuffer buffer =
          ByteBuffer.allocate(Integer.BYTES * VALUES_AT_ONCE).order(ByteOrder.LITTLE_ENDIAN);
      for (int start = 0; start < values.length; start += VALUES_AT_ONCE) {
        int length = Math.min(VALUES_AT_ONCE, values.length - start);
        buffer.asIntBuffer().put(values, start, length);
        out.write(buffer.array(), 0, Integer.BYTES * length);
      }
    };
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
  private static byte[] header(String type, long... shape) {
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

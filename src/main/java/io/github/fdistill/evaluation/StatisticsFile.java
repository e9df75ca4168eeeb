package io.github.fdistill.evaluation;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.Heap;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.files.WholeFile;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * {@link ReferenceStatistics} on disk: lines of text, an empty line, the arrays one after another
 * in C order and little-endian, and the SHA-256 of all that as 32 bytes.
 *
 * <pre>
 * fdistill reference statistics 1
 * network SHA-256
 * images SHA-256
 * count n
 * preprocessing WORDS
 * features d
 * neighbours k
 *
 * features [n,d] float32, mean [d], covariance [d,d], squared distances [n,k] float64
 * </pre>
 */
final class StatisticsFile {
  private static final String TITLE = "fdistill reference statistics 1";
  private static final int HASH_BYTES = 32;
  private static final int MOST_IN_A_LINE = 1 << 16;
  private static final int VALUES_AT_ONCE = 1 << 16;

  private StatisticsFile() {}

  static void write(Path file, ReferenceStatistics statistics) {
    WholeFile.write(file, out -> write(out, statistics));
  }

  private static void write(OutputStream whole, ReferenceStatistics s) throws IOException {
    MessageDigest digest = Sha256.digest();
    OutputStream out = new DigestOutputStream(whole, digest);
    String head =
        TITLE
            + "\n"
            + s.fingerprint().text()
            + "features "
            + s.features().dimension()
            + "\nneighbours "
            + s.neighbours().k()
            + "\n\n";
    out.write(head.getBytes(StandardCharsets.UTF_8));
    writeFloats(out, s.features().values());
    writeDoubles(out, s.moments().mean());
    writeDoubles(out, s.moments().covariance());
    writeDoubles(out, s.neighbours().squaredDistances());
    whole.write(digest.digest());
  }

  private static ByteBuffer buffer(int bytesEach) {
    return ByteBuffer.allocate(bytesEach * VALUES_AT_ONCE).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void writeFloats(OutputStream out, float[] values) throws IOException {
    ByteBuffer buffer = buffer(Float.BYTES);
    for (int from = 0; from < values.length; from += VALUES_AT_ONCE) {
      int length = Math.min(VALUES_AT_ONCE, values.length - from);
      buffer.asFloatBuffer().put(values, from, length);
      out.write(buffer.array(), 0, Float.BYTES * length);
    }
  }

  private static void writeDoubles(OutputStream out, double[] values) throws IOException {
    ByteBuffer buffer = buffer(Double.BYTES);
    for (int from = 0; from < values.length; from += VALUES_AT_ONCE) {
      int length = Math.min(VALUES_AT_ONCE, values.length - from);
      buffer.asDoubleBuffer().put(values, from, length);
      out.write(buffer.array(), 0, Double.BYTES * length);
    }
  }

  /**
   * @throws InputException if the file is missing, or not as it was written
   */
  static ReferenceStatistics read(Path file) {
    try {
      requireWhole(file);
      try (InputStream in = new BufferedInputStream(RegularFile.open(file), 1 << 16)) {
        return parse(file, in);
      }
    } catch (ArithmeticException
        | BufferUnderflowException
        | IllegalArgumentException
        | IndexOutOfBoundsException
        | NegativeArraySizeException e) {
      throw refused(file, "damaged: its numbers do not fit each other");
    } catch (IOException e) {
      throw DiskRefusal.unreadable(file, e);
    }
  }

  /** Proves that every byte is as it was written, so that reading need doubt nothing after. */
  private static void requireWhole(Path file) throws IOException {
    MessageDigest digest = Sha256.digest();
    long left = Files.size(file) - HASH_BYTES;
    try (InputStream in = RegularFile.open(file)) {
      while (left > 0) {
        byte[] block = in.readNBytes((int) Math.min(left, 1 << 20));
        digest.update(block);
        left -= block.length > 0 ? block.length : left;
      }
      if (!Arrays.equals(digest.digest(), in.readNBytes(HASH_BYTES))) {
        throw refused(file, "damaged: its SHA-256 is not the one it ends with");
      }
    }
  }

  private static ReferenceStatistics parse(Path file, InputStream in) throws IOException {
    if (!line(in).equals(TITLE)) {
      throw refused(file, "written by another version of this program");
    }
    Fingerprint fingerprint =
        new Fingerprint(
            field(in, "network "),
            field(in, "images "),
            Long.parseLong(field(in, "count ")),
            field(in, "preprocessing "));
    int n = Math.toIntExact(fingerprint.count());
    int d = Integer.parseInt(field(in, "features "));
    int k = Integer.parseInt(field(in, "neighbours "));
    field(in, "");
    requireRoom(file, n, d, k);
    Features features = new Features(file.toString(), d, readFloats(in, Math.multiplyExact(n, d)));
    Moments moments = new Moments(n, readDoubles(in, d), readDoubles(in, d * d));
    Neighbours neighbours = new Neighbours(k, readDoubles(in, n * k));
    return new ReferenceStatistics(fingerprint, features, moments, neighbours);
  }

  /** Before anything is made room for: what is said fits the file's length, and memory. */
  private static void requireRoom(Path file, long n, long d, long k) throws IOException {
    double bytes = 4.0 * n * d + 8.0 * (d + (double) d * d + (double) n * k);
    if (n < 0 || d < 0 || k < 0 || bytes > Files.size(file)) {
      throw refused(file, "damaged: its numbers do not fit its length");
    }
    Heap.require(file.toString(), "statistics of " + n + " images", (long) bytes);
  }

  private static InputException refused(Path file, String found) {
    return new InputException(
        file.toString(),
        found,
        "reference statistics as this program wrote them",
        "delete the file: it is computed again");
  }

  private static String field(InputStream in, String name) throws IOException {
    return line(in).substring(name.length());
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
      line.write(b);
      if (line.size() > MOST_IN_A_LINE) {
        throw new IllegalArgumentException("a line without end");
      }
    }
    return line.toString(StandardCharsets.UTF_8);
  }

  private static float[] readFloats(InputStream in, int count) throws IOException {
    float[] values = new float[count];
    for (int from = 0; from < count; from += VALUES_AT_ONCE) {
      int length = Math.min(VALUES_AT_ONCE, count - from);
      ByteBuffer bytes = ByteBuffer.wrap(in.readNBytes(Float.BYTES * length));
      bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values, from, length);
    }
    return values;
  }

  private static double[] readDoubles(InputStream in, int count) throws IOException {
    double[] values = new double[count];
    for (int from = 0; from < count; from += VALUES_AT_ONCE) {
      int length = Math.min(VALUES_AT_ONCE, count - from);
      ByteBuffer bytes = ByteBuffer.wrap(in.readNBytes(Double.BYTES * length));
      bytes.order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(values, from, length);
    }
    return values;
  }
}

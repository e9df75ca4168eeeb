package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.Heap;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * Mean and covariance of features as references of FID are published: a .npz file with {@code mu}
 * [d] and {@code sigma} [d,d], float64 or float32.
 *
 * @param mean [d]
 * @param covariance [d,d]
 */
public record PublishedMoments(double[] mean, double[] covariance) {
  private static final String MEAN = "mu.npy";
  private static final String COVARIANCE = "sigma.npy";
  private static final int MOST = 8192;
  private static final int HEADER = 1 << 16;

  /** Whether a path is such a file. */
  public static boolean areIn(Path path) {
    if (!path.toString().toLowerCase(Locale.ROOT).endsWith(".npz") || !Files.isRegularFile(path)) {
      return false;
    }
    try (Archive archive = ZipArchive.open(path)) {
      return archive.entries().containsKey(MEAN);
    } catch (IOException e) {
      throw DiskRefusal.unreadable(path, e);
    }
  }

  /**
   * Reads one.
   *
   * @throws InputException if it is damaged, or its arrays do not fit each other
   */
  public static PublishedMoments read(Path path) {
    double[] mean;
    double[] covariance;
    try (Archive archive = ZipArchive.open(path)) {
      mean = array(archive, MEAN, 1);
      covariance = array(archive, COVARIANCE, 2);
    } catch (IOException e) {
      throw DiskRefusal.unreadable(path, e);
    }
    if (covariance.length != mean.length * mean.length) {
      throw refused(path, "mu of " + mean.length + " numbers, sigma of " + covariance.length);
    }
    return new PublishedMoments(mean, covariance);
  }

  private static double[] array(Archive archive, String name, int axes) {
    if (!archive.entries().containsKey(name)) {
      throw refused(archive.path(), "no " + name);
    }
    Path where = archive.path().resolve(name);
    try {
      byte[] start = archive.start(name, HEADER);
      NpyHeader header = NpyHeader.read(where, new ByteArrayInputStream(start));
      int bytes = header.type().equals("<f8") ? Double.BYTES : Float.BYTES;
      long size = size(archive.path(), name, header, axes);
      Heap.require(where.toString(), size + " numbers", (bytes + Double.BYTES) * size);
      int end = Math.toIntExact(header.offset() + size * bytes);
      byte[] all = archive.start(name, end);
      if (all.length < end) {
        throw refused(archive.path(), name + " ends early");
      }
      return numbers(ByteBuffer.wrap(all, (int) header.offset(), (int) size * bytes), bytes);
    } catch (IOException e) {
      throw ArchiveName.damaged(archive.path(), DiskRefusal.reason(e), e);
    }
  }

  private static long size(Path path, String name, NpyHeader header, int axes) {
    long[] shape = header.shape();
    boolean square = Arrays.stream(shape).distinct().count() == 1;
    boolean known = header.type().equals("<f8") || header.type().equals("<f4");
    if (shape.length != axes || !square || shape[0] < 1 || shape[0] > MOST || !known) {
      throw refused(path, name + " " + header.type() + " " + Arrays.toString(shape));
    }
    return axes == 1 ? shape[0] : shape[0] * shape[0];
  }

  /** A covariance is the same in both orders. */
  private static double[] numbers(ByteBuffer bytes, int each) {
    ByteBuffer little = bytes.order(ByteOrder.LITTLE_ENDIAN);
    double[] numbers = new double[bytes.remaining() / each];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = each == Double.BYTES ? little.getDouble() : little.getFloat();
    }
    return numbers;
  }

  private static InputException refused(Path path, String found) {
    return new InputException(
        path.toString(),
        found,
        "mu [d] and sigma [d,d] of the same d, float64 or float32",
        "bring the reference again");
  }
}

package io.github.fdistill.evaluation;

import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.apache.logging.log4j.Logger;

/**
 * All that measures need to know of a reference, computed once and kept on disk.
 *
 * @param fingerprint what it was computed from
 */
public record ReferenceStatistics(
    Fingerprint fingerprint, Features features, Moments moments, Neighbours neighbours) {
  private static final Logger LOG = Logs.of(ReferenceStatistics.class);

  public ReferenceStatistics {
    if (features.count() != fingerprint.count()
        || features.count() != moments.count()
        || features.count() != neighbours.count()
        || features.dimension() != moments.dimension()) {
      throw new IllegalArgumentException("parts of different sets for " + fingerprint);
    }
  }

  /**
   * Computes them.
   *
   * @param k neighbours of each image
   * @param done is told how many images have their neighbours
   */
  public static ReferenceStatistics of(
      Fingerprint fingerprint, Features features, int k, LongConsumer done) {
    return new ReferenceStatistics(
        fingerprint, features, Moments.of(features), Neighbours.of(features, k, done));
  }

  /** The file in a cache's folder that holds, or would hold, the statistics of a fingerprint. */
  public static Path file(Path folder, Fingerprint fingerprint, int k) {
    return folder.resolve(fingerprint.key() + "-k" + k + ".statistics");
  }

  /**
   * Reads them from a cache's folder, or makes and writes them where they are not there.
   *
   * @param k neighbours of each image
   * @throws InputException if a file is there but damaged or of something else
   */
  public static ReferenceStatistics cached(
      Path folder, Fingerprint fingerprint, int k, Supplier<ReferenceStatistics> make) {
    Path file = file(folder, fingerprint, k);
    if (Files.exists(file)) {
      return read(file, fingerprint, k);
    }
    ReferenceStatistics made = make.get();
    keep(() -> made.write(file));
    return made;
  }

  /** Writes into a cache, or warns: what is written there is computed again where it is not. */
  static void keep(Runnable write) {
    try {
      write.run();
    } catch (InputException e) {
      LOG.warn(
          "What was computed of the reference is not kept, and is computed again the next time: {}",
          e.getMessage());
    }
  }

  /** Writes the file, whole or not at all, in place of one that may be there. */
  public void write(Path file) {
    StatisticsFile.write(file, this);
  }

  /**
   * Reads a file.
   *
   * @throws InputException if it is missing, damaged, of other features or images, or has another
   *     number of neighbours
   */
  public static ReferenceStatistics read(Path file, Fingerprint fingerprint, int k) {
    ReferenceStatistics read = StatisticsFile.read(file);
    fingerprint.requireSame(read.fingerprint, file.toString());
    if (read.neighbours.k() != k) {
      throw new InputException(
          file.toString(),
          read.neighbours.k() + " neighbours of each image",
          k + " neighbours",
          "delete the file: it is computed again");
    }
    return read;
  }
}

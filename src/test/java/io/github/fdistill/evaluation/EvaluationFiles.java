package io.github.fdistill.evaluation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What is kept of a reference, and its reading. */
public final class EvaluationFiles {
  private static final Fingerprint FINGERPRINT = new Fingerprint("net", "data", 6, "none");

  private EvaluationFiles() {}

  /** Features of six images, and what is computed of them. */
  public static void statistics(Path to) {
    StatisticsFile.write(
        to, ReferenceStatistics.of(FINGERPRINT, Recorded.vectors(8, 6, 2, 1, 2), 2, done -> {}));
  }

  /** Reads them. */
  public static void readStatistics(Path file) {
    StatisticsFile.read(file);
  }

  private static Path file(Path folder) {
    return folder.resolve(FINGERPRINT.key() + ".classes");
  }

  /** How many images each class has. */
  public static void classes(Path to) throws IOException {
    ReferenceClasses.write(to.getParent(), FINGERPRINT, new long[] {1, 2, 3});
    Files.copy(file(to.getParent()), to, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  /** Reads it, under the name that it is looked for by. */
  public static void readClasses(Path file) throws IOException {
    Files.copy(file, file(file.getParent()), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    ReferenceClasses.read(file.getParent(), FINGERPRINT, 3);
  }
}

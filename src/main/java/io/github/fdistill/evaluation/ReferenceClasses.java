package io.github.fdistill.evaluation;

import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.files.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How many images of a reference a features network takes for each class, kept on disk beside
 * {@link ReferenceStatistics}:
 *
 * <pre>
 * fdistill reference classes 1
 * network SHA-256
 * images SHA-256
 * count n
 * preprocessing WORDS
 * classes n_0 n_1 ...
 * </pre>
 */
final class ReferenceClasses {
  private static final String TITLE = "fdistill reference classes 1\n";
  private static final String CLASSES = "classes ";

  private ReferenceClasses() {}

  private static Path file(Path folder, Fingerprint fingerprint) {
    return folder.resolve(fingerprint.key() + ".classes");
  }

  /** Writes them in place of those that may be there, or warns that they are not kept. */
  static void write(Path folder, Fingerprint fingerprint, long[] counts) {
    String numbers =
        Arrays.stream(counts).mapToObj(Long::toString).collect(Collectors.joining(" "));
    String text = TITLE + fingerprint.text() + CLASSES + numbers + "\n";
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Path file = file(folder, fingerprint);
    ReferenceStatistics.keep(() -> WholeFile.write(file, out -> out.write(bytes)));
  }

  /**
   * Reads them.
   *
   * @param classes how many there are
   * @return none where they are not there, or not as they were written
   */
  static Optional<long[]> read(Path folder, Fingerprint fingerprint, int classes) {
    Path file = file(folder, fingerprint);
    String head = TITLE + fingerprint.text() + CLASSES;
    try {
      if (!Files.exists(file)) {
        return Optional.empty();
      }
      String text = RegularFile.text(file, FileKind.NOTE);
      if (!text.startsWith(head)) {
        return Optional.empty();
      }
      String[] numbers = text.substring(head.length()).strip().split(" ");
      long[] counts = Arrays.stream(numbers).mapToLong(Long::parseLong).toArray();
      boolean whole =
          counts.length == classes
              && Arrays.stream(counts).allMatch(n -> n >= 0 && n <= fingerprint.count())
              && Arrays.stream(counts).sum() == fingerprint.count();
      return whole ? Optional.of(counts) : Optional.empty();
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }
}

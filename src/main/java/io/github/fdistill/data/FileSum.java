package io.github.fdistill.data;

import java.nio.file.Path;

/** The SHA-256 of a file that is open, computed once: later another may lie there. */
final class FileSum {
  private final Path path;
  private String known;

  FileSum(Path path) {
    this.path = path;
  }

  /**
   * As it stands beside the file, or else of its bytes.
   *
   * @see Checksums#known
   */
  synchronized String get() {
    if (known == null) {
      known = Checksums.known(path).orElseGet(() -> Checksums.sha256(path));
    }
    return known;
  }
}

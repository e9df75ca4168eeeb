package io.github.fdistill.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What files this process has open, as Linux tells it. */
final class OpenFiles {
  private OpenFiles() {}

  /** Whether this process has a file open. */
  static boolean has(Path file) throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      Path real = file.toRealPath();
      return all.anyMatch(link -> real.equals(target(link)));
    }
  }

  private static Path target(Path link) {
    try {
      return Files.readSymbolicLink(link);
    } catch (IOException e) {
      return link; // The file of this listing itself, closed by now.
    }
  }
}

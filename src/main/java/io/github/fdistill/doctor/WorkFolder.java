package io.github.fdistill.doctor;

import io.github.fdistill.files.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * A folder that runs write to. It need not be there yet.
 *
 * @param name as it is shown
 * @param free bytes on its disk; 0 where it is not writable
 */
record WorkFolder(String name, boolean writable, long free) {
  private static final long LITTLE = 2_000_000_000L;

  /** Looks at the folder, or at the nearest above it that is there; leaves nothing behind. */
  static WorkFolder read(String name, Path folder) throws IOException {
    Path there = folder.toAbsolutePath().normalize();
    Optional<Path> nearest = Folders.nearest(there, Files::exists);
    if (nearest.filter(Files::isDirectory).filter(Files::isWritable).isEmpty()) {
      return new WorkFolder(name, false, 0);
    }
    return new WorkFolder(name, true, Files.getFileStore(nearest.get()).getUsableSpace());
  }

  Finding finding() {
    String what = "folder " + name;
    String text = String.format(Locale.ROOT, "%.1f GB free", free / 1e9);
    if (!writable) {
      return Finding.missing(
          what, "cannot be written", "change its permissions, or work in another folder");
    }
    return free < LITTLE
        ? Finding.warning(what, text, "make room: checkpoints and models take some GB")
        : Finding.found(what, text);
  }
}

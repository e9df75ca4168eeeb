package io.github.fdistill.files;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Writes files that belong together into a folder, which may hold others: into a hidden folder in
 * it, synced, and renamed one after another when all are there. What fails before leaves everything
 * as it was; a crash while they are renamed leaves the first of them, each whole. What a crash
 * leaves behind is removed by a later write in that folder.
 */
public final class FilesTogether {
  private FilesTogether() {}

  /**
   * Writes files in place of those that may be there; missing folders are made.
   *
   * @param files by their names in the folder, in the order in which they are renamed
   * @param old files of that folder that go before the first is renamed, where they are there
   * @throws io.github.fdistill.InputException if one cannot be written or removed
   */
  public static void write(Path folder, Map<String, AtomicFile.Content> files, List<Path> old) {
    Path whole = folder.toAbsolutePath();
    Path at = folder; // What is told of where something fails.
    try {
      Path temporary = Temporaries.claim(whole.resolve("files"));
      try {
        Files.createDirectory(temporary);
        for (Map.Entry<String, AtomicFile.Content> file : files.entrySet()) {
          at = folder.resolve(file.getKey());
          RegularFile.requireIfThere(at);
          write(temporary.resolve(file.getKey()), file.getValue());
        }
        Disk.syncTree(temporary);
        for (Path gone : old) {
          at = gone;
          Files.deleteIfExists(gone);
        }
        Disk.syncFolder(whole);
        for (String name : files.keySet()) {
          at = folder.resolve(name);
          Disk.rename(temporary.resolve(name), whole.resolve(name));
        }
      } finally {
        Temporaries.release(temporary);
      }
    } catch (IOException e) {
      throw WholeFile.refused(at, e);
    }
  }

  private static void write(Path file, AtomicFile.Content content) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
      content.writeTo(out);
    }
  }
}

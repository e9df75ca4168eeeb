package io.github.fdistill.files;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes a file that is whole or absent: into a hidden sibling, synced, renamed over the target,
 * and the folder synced. A crash at any moment leaves the old file or the new one, never a mixture;
 * the sibling a crash leaves behind is removed by the next process that writes in that folder, or
 * by this one when it has written there twice as often. A link that has the name is replaced, and
 * the file that it leads to stays; a pipe or a device is not replaced.
 */
public final class AtomicFile {
  private AtomicFile() {}

  /** What the file will hold. */
  @FunctionalInterface
  public interface Content {
    /** Writes all of it; the stream is buffered, and closed by the caller. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Writes {@code target}, replacing what has the name; creates its parent folders.
   *
   * @throws IOException what the disk or {@code content} threw, as a {@link DiskRefusal} of the
   *     target, or that this is no regular file; the old target is then untouched
   */
  public static void write(Path target, Content content) throws IOException {
    try {
      RegularFile.requireIfThere(target);
      replace(target.toAbsolutePath(), content);
    } catch (IOException e) {
      throw DiskRefusal.of(target, e);
    }
  }

  private static void replace(Path whole, Content content) throws IOException {
    Path temporary = Temporaries.claim(whole);
    try {
      try (OutputStream file = Files.newOutputStream(temporary, StandardOpenOption.CREATE_NEW);
          OutputStream out = new BufferedOutputStream(file, 1 << 16)) {
        content.writeTo(out);
      }
      Disk.syncFile(temporary);
      Disk.rename(temporary, whole);
    } finally {
      Temporaries.release(temporary);
    }
  }

  /** The same, with these bytes. */
  public static void write(Path target, byte[] bytes) throws IOException {
    write(target, out -> out.write(bytes));
  }

  /** The same, with this text in UTF-8. */
  public static void write(Path target, String text) throws IOException {
    write(target, text.getBytes(StandardCharsets.UTF_8));
  }
}

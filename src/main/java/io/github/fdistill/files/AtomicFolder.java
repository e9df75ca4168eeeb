package io.github.fdistill.files;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Writes a folder that is whole or absent: into a hidden sibling folder, every file and folder in
 * it synced, then renamed. What a crash leaves behind is removed by the next write beside it.
 */
public final class AtomicFolder {
  private AtomicFolder() {}

  /** What the folder will hold. */
  @FunctionalInterface
  public interface Content {
    /** Puts everything into {@code folder}, which exists and is empty. */
    void writeTo(Path folder) throws IOException;
  }

  /**
   * Writes {@code target}, which must not exist; creates its parent folders.
   *
   * @throws InputException if something has that name already
   * @throws IOException what the disk or {@code content} threw; {@code target} is then absent
   */
  public static void write(Path target, Content content) throws IOException {
    Path whole = target.toAbsolutePath();
    refuseIfThere(whole);
    Path temporary = Temporaries.claim(whole);
    try {
      content.writeTo(Files.createDirectory(temporary));
      Disk.syncTree(temporary);
      refuseIfThere(whole);
      Disk.rename(temporary, whole);
    } finally {
      Temporaries.release(temporary);
    }
  }

  /** Deletes a folder with all it holds; nothing where there is none. */
  public static void delete(Path folder) throws IOException {
    Disk.delete(folder);
  }

  private static void refuseIfThere(Path target) {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new InputException(
          target.toString(),
          "is there already",
          "a name that is free: nothing is written over",
          "choose another name, or move this one away");
    }
  }
}

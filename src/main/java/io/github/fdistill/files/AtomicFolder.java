package io.github.fdistill.files;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Writes a folder that is whole or absent: into a hidden sibling folder, every file and folder in
 * it synced, then renamed. What a crash leaves behind is removed as {@link AtomicFile} does it, and
 * by {@link Folders#tidy}.
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
   * @throws IOException what the disk or {@code content} threw, as a {@link DiskRefusal} of the
   *     target; the target is then absent
   */
  public static void write(Path target, Content content) throws IOException {
    try {
      create(target.toAbsolutePath(), content);
    } catch (IOException e) {
      throw DiskRefusal.of(target, e);
    }
  }

  private static void create(Path whole, Content content) throws IOException {
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

  /**
   * Deletes a folder with all it holds, in one step: a crash leaves it whole under its name, or
   * under that of a temporary. Nothing where there is none.
   *
   * @throws IOException what the disk threw, as a {@link DiskRefusal} of the folder
   */
  public static void delete(Path folder) throws IOException {
    try {
      if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
        remove(folder.toAbsolutePath());
      }
    } catch (IOException e) {
      throw DiskRefusal.of(folder, e);
    }
  }

  private static void remove(Path folder) throws IOException {
    Path temporary = Temporaries.claim(folder);
    try {
      Disk.rename(folder, temporary);
    } finally {
      Temporaries.release(temporary);
    }
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

package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/** A file's size in bytes, and when it was last changed: what can be known without reading it. */
record FileStamp(long size, FileTime changed) {
  /**
   * @throws InputException if there is no such file
   */
  static FileStamp of(Path file) {
    try {
      BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
      return new FileStamp(found.size(), found.lastModifiedTime());
    } catch (IOException e) {
      throw DiskRefusal.unreadable(file, e);
    }
  }

  /** Whether another file was not changed after this one. */
  boolean isAsNewAs(FileStamp other) {
    return changed.compareTo(other.changed) >= 0;
  }

  /** Size and time, as exact as the disk keeps it: of files that change within a second, too. */
  String exact() {
    return size + " " + changed;
  }

  /** Size and whole seconds since 1970, as {@code stat -c '%s %Y'} prints them. */
  @Override
  public String toString() {
    return size + " " + Math.floorDiv(changed.toMillis(), 1000);
  }
}

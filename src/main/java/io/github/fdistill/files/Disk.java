package io.github.fdistill.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** Folders created, synced, renamed and deleted as this room needs it. */
final class Disk {
  private static final boolean WINDOWS = System.getProperty("os.name").startsWith("Windows");

  private Disk() {}

  /** fsync of one file. */
  static void syncFile(Path file) throws IOException {
    // Windows flushes only what is open for writing; elsewhere a read-only file is synced too.
    StandardOpenOption mode = WINDOWS ? StandardOpenOption.WRITE : StandardOpenOption.READ;
    try (FileChannel channel = FileChannel.open(file, mode)) {
      channel.force(true);
    }
  }

  /** fsync of a folder's own entries: its files' names. Windows has no such call. */
  static void syncFolder(Path folder) throws IOException {
    if (WINDOWS) {
      return;
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** fsync of every file and folder at and below {@code folder}. */
  static void syncTree(Path folder) throws IOException {
    for (Path path : tree(folder)) {
      if (Files.isDirectory(path)) {
        syncFolder(path);
      } else {
        syncFile(path);
      }
    }
  }

  /** The folder and everything below it, each folder before what it holds. */
  static List<Path> tree(Path folder, FileVisitOption... options) throws IOException {
    try (Stream<Path> found = Files.walk(folder, options)) {
      return found.toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Creates a folder and those above it; a link to a folder counts as one. */
  static void createFolders(Path folder) throws IOException {
    // Before Java 20, createDirectories refuses a link to a folder (JDK-8294193).
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder);
    }
  }

  /** Deletes a file, or a folder with all it holds; nothing where there is none. */
  static void delete(Path path) throws IOException {
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      Files.deleteIfExists(path);
      return;
    }
    List<Path> tree = tree(path);
    for (int i = tree.size() - 1; i >= 0; i--) {
      Files.deleteIfExists(tree.get(i));
    }
  }

  /** Renames in one step, replacing a file that has the name, and makes the new name last. */
  static void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    syncFolder(to.getParent());
  }
}

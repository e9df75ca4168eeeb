package io.github.fdistill.files;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Hidden siblings named {@code .NAME.tmp-PID-COUNTER}, where NAME is written before it is renamed
 * into place. The process that made one is in its name, so what a killed process left is known.
 */
final class Temporaries {
  private static final Pattern NAME = Pattern.compile("\\..+\\.tmp-(\\d{1,18})-\\d+");
  private static final AtomicLong COUNTER = new AtomicLong();

  /** Those being written by this process; one with our pid that is not here is from a dead one. */
  private static final Set<Path> IN_USE = ConcurrentHashMap.newKeySet();

  private Temporaries() {}

  /**
   * A name beside {@code target} that nothing has, for {@link #release} to give back. Creates the
   * parent folder, and removes what dead processes left in it.
   */
  static Path claim(Path target) throws IOException {
    Disk.createFolders(target.getParent());
    // However the folder was spelled, IN_USE knows it by one path.
    Path parent = target.getParent().toRealPath();
    removeStale(parent);
    long pid = ProcessHandle.current().pid();
    String name = "." + target.getFileName() + ".tmp-" + pid + "-" + COUNTER.incrementAndGet();
    Path temporary = parent.resolve(name);
    IN_USE.add(temporary);
    return temporary;
  }

  /** Ends a claim; whatever still has the name is deleted. */
  static void release(Path temporary) throws IOException {
    try {
      Disk.delete(temporary);
    } finally {
      IN_USE.remove(temporary);
    }
  }

  /** Removes what dead processes left in a folder, a real path. */
  static void removeStale(Path parent) throws IOException {
    try (DirectoryStream<Path> hidden = Files.newDirectoryStream(parent, ".*.tmp-*")) {
      for (Path path : hidden) {
        if (isStale(path)) {
          deleteIfFree(path);
        }
      }
    }
  }

  private static void deleteIfFree(Path stale) {
    try {
      Disk.delete(stale);
    } catch (IOException e) {
      // Another process is deleting it too, or may and we may not: no reason not to write ours.
    }
  }

  private static boolean isStale(Path path) {
    Matcher name = NAME.matcher(path.getFileName().toString());
    if (!name.matches() || IN_USE.contains(path)) {
      return false;
    }
    long pid = Long.parseLong(name.group(1));
    // Our own pid, yet not in use: a container's earlier life had the same one.
    return pid == ProcessHandle.current().pid() || ProcessHandle.of(pid).isEmpty();
  }
}

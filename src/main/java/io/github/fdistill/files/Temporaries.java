package io.github.fdistill.files;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Hidden siblings named {@code .NAME.tmp-PID-COUNTER-HOST}, where NAME is written before it is
 * renamed into place. The process that made one is in its name, and the machine or container that
 * this ran on, so what a killed process left is known. Whether a process of another machine or
 * container is alive cannot be asked, nor of this one's before it was started again: what it left
 * is kept until the folder has seen a day of other writing, or somebody tells that nobody else
 * writes there.
 */
final class Temporaries {
  private static final Pattern NAME =
      Pattern.compile("\\..+\\.tmp-(\\d{1,18})-\\d+(?:-([0-9a-f]{8}))?");

  /** A hash of this machine's or container's name, and of the numbers that processes have in it. */
  static final String HOST = host(Path.of("/proc"));

  /** Nothing is written for so long. */
  private static final Duration LONG = Duration.ofDays(1);

  private static final AtomicLong COUNTER = new AtomicLong();

  /**
   * How many names this process has claimed in a folder, a real path. Folders that are gone are
   * dropped where there are as many as a power of two.
   */
  static final Map<Path, Integer> CLAIMS = new ConcurrentHashMap<>();

  /** Those being written by this process; one with our pid that is not here is from a dead one. */
  private static final Set<Path> IN_USE = ConcurrentHashMap.newKeySet();

  private Temporaries() {}

  /**
   * A name beside {@code target} that nothing has, for {@link #release} to give back. Creates the
   * parent folder, and removes what dead processes left in it at the first claim there, and then
   * when there are twice as many: a folder that is filled file by file would else be listed for
   * each.
   */
  static Path claim(Path target) throws IOException {
    Disk.createFolders(target.getParent());
    // However the folder was spelled, IN_USE knows it by one path.
    Path parent = target.getParent().toRealPath();
    if (Integer.bitCount(CLAIMS.merge(parent, 1, Integer::sum)) == 1) {
      if (Integer.bitCount(CLAIMS.size()) == 1) {
        CLAIMS.keySet().removeIf(Files::notExists);
      }
      removeStale(parent);
    }
    long pid = ProcessHandle.current().pid();
    String by = pid + "-" + COUNTER.incrementAndGet() + "-" + HOST;
    Path temporary = parent.resolve("." + target.getFileName() + ".tmp-" + by);
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

  /** Removes what any process left in a folder, a real path, where none but this one writes. */
  static void removeAll(Path parent) throws IOException {
    try (DirectoryStream<Path> hidden = Files.newDirectoryStream(parent, ".*.tmp-*")) {
      for (Path path : hidden) {
        if (NAME.matcher(path.getFileName().toString()).matches() && !IN_USE.contains(path)) {
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

  private static boolean isStale(Path path) throws IOException {
    Matcher name = NAME.matcher(path.getFileName().toString());
    if (!name.matches() || IN_USE.contains(path)) {
      return false;
    }
    if (name.group(2) != null && !name.group(2).equals(HOST)) {
      return isLongPast(path);
    }
    long pid = Long.parseLong(name.group(1));
    // Our own pid, yet not in use: a container's earlier life had the same one.
    return pid == ProcessHandle.current().pid() || ProcessHandle.of(pid).isEmpty();
  }

  /** By the times that one disk gave to both: clocks of several machines differ. */
  private static boolean isLongPast(Path path) throws IOException {
    try {
      FileTime last = Files.getLastModifiedTime(path.getParent());
      Duration since =
          Duration.between(Files.getLastModifiedTime(path).toInstant(), last.toInstant());
      return since.compareTo(LONG) > 0;
    } catch (NoSuchFileException e) {
      return false; // It was renamed into place meanwhile.
    }
  }

  /** Containers may have one name, that of their machine, and each a process 1. */
  static String host(Path proc) {
    String numbers = "";
    try {
      numbers = Files.readSymbolicLink(proc.resolve("self/ns/pid")).toString();
    } catch (IOException e) {
      // Not Linux, or not told: the name has to do.
    }
    return Sha256.ofText(name(proc) + numbers).substring(0, 8);
  }

  private static String name(Path proc) {
    try {
      return Files.readString(proc.resolve("sys/kernel/hostname")).strip();
    } catch (IOException e) {
      // Not Linux: one machine's processes are then told apart from another's by its name in DNS.
    }
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "";
    }
  }
}

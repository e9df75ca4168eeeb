package io.github.fdistill.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The checkpoints that this process has hashed and found whole: a resume asks for the newest one
 * several times, and a large one takes a while. One of whose files the size, the time or the
 * identity has changed since is none of them. Those that are gone are dropped where there are as
 * many as a power of two.
 */
final class WholeFolders {
  /**
   * A file that changes sooner after a look may keep its time. What is hashed within this is hashed
   * again, which is no wait.
   */
  private static final Duration TICK = Duration.ofMillis(20);

  private static final Map<Path, Look> WHOLE = new ConcurrentHashMap<>();

  /** How the files of a checkpoint are, without reading them. */
  record Look(List<Stamp> files, long nanoTime) {}

  private record Stamp(String sha256, long bytes, FileTime changed, Object identity) {}

  private WholeFolders() {}

  static Look look(Path folder, Manifest manifest) throws IOException {
    long now = System.nanoTime();
    List<Stamp> stamps = new ArrayList<>();
    for (Manifest.Entry file : manifest.files()) {
      BasicFileAttributes found =
          Files.readAttributes(folder.resolve(file.name()), BasicFileAttributes.class);
      stamps.add(new Stamp(file.sha256(), found.size(), found.lastModifiedTime(), found.fileKey()));
    }
    return new Look(stamps, now);
  }

  /** Whether it is one of them. */
  static boolean has(Path folder, Look look) {
    Look whole = WHOLE.get(folder.toAbsolutePath().normalize());
    return whole != null && whole.files().equals(look.files());
  }

  /**
   * Notes that it is whole.
   *
   * @param look from before it was hashed
   */
  static void add(Path folder, Look look) {
    if (System.nanoTime() - look.nanoTime() > TICK.toNanos()) {
      if (Integer.bitCount(WHOLE.size()) == 1) {
        WHOLE.keySet().removeIf(Files::notExists);
      }
      WHOLE.put(folder.toAbsolutePath().normalize(), look);
    }
  }
}

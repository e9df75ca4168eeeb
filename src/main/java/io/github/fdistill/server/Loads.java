package io.github.fdistill.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Versions of a model that are being loaded, each in a thread of its own, so that none waits for
 * another: one that never ends is given up after a time, and what comes of it later is let go.
 */
final class Loads {
  /** At a time. */
  private static final int MOST = 8;

  /** One that has begun. */
  static final class Load {
    private final long version;
    private final FolderStamp files;
    private final long since = System.nanoTime();
    private Thread thread;
    private boolean claimed;

    private Load(long version, FolderStamp files) {
      this.version = version;
      this.files = files;
    }

    long version() {
      return version;
    }

    /** The files that it began with. */
    FolderStamp files() {
      return files;
    }
  }

  /** What loads a version. */
  interface Task {
    void run(Load load);
  }

  private final Map<Long, Load> running = new TreeMap<>();
  private final String model;
  private boolean ended;

  Loads(String model) {
    this.model = model;
  }

  /** Begins, unless this version is being loaded, or as many as may be, or all has ended. */
  synchronized void begin(long version, FolderStamp files, Task task) {
    if (ended || running.containsKey(version) || running.size() == MOST) {
      return;
    }
    Load load = new Load(version, files);
    load.thread = new Thread(() -> task.run(load), model + "-" + version + "-load");
    load.thread.setDaemon(true);
    running.put(version, load);
    load.thread.start();
  }

  synchronized boolean has(long version) {
    return running.containsKey(version);
  }

  synchronized boolean any() {
    return !running.isEmpty();
  }

  /** Whether what came of one is wanted: it is given up no more. False: it has been. */
  synchronized boolean claim(Load load) {
    load.claimed = running.get(load.version) == load;
    return load.claimed;
  }

  /** Says that what came of one stands where it belongs. */
  synchronized void done(Load load) {
    running.remove(load.version, load);
  }

  /** Gives up those that have taken longer than this; they are told to end, if they can. */
  synchronized List<Load> giveUp(Duration limit) {
    List<Load> late = new ArrayList<>();
    for (Load load : List.copyOf(running.values())) {
      if (!load.claimed && System.nanoTime() - load.since > limit.toNanos()) {
        running.remove(load.version);
        load.thread.interrupt();
        late.add(load);
      }
    }
    return late;
  }

  /** Gives up all, and begins no more. */
  synchronized void end() {
    ended = true;
    giveUp(Duration.ofNanos(-1));
  }
}

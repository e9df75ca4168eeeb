package io.github.fdistill.cli;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Processes that have one core each, of those that this one may use: by {@code taskset} of Linux,
 * so that TensorFlow, which counts the cores that it may use, has one thread for its ops.
 */
final class OneCore {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String ALLOWED = "Cpus_allowed_list:";

  private OneCore() {}

  /**
   * A core for each, as the system numbers them.
   *
   * @throws InputException when there are too few, or the system is not Linux
   */
  static List<Integer> forEach(int processes) throws IOException {
    List<Integer> cores =
        Files.isReadable(STATUS) ? allowed(Files.readAllLines(STATUS)) : List.of();
    if (cores.size() < processes) {
      throw new InputException(
          "--workers " + processes,
          cores.isEmpty() ? "no list of cores in " + STATUS : cores.size() + " cores",
          "a core for each worker, on Linux",
          "take fewer workers; or on several machines --workers HOST:PORT,... --worker I");
    }
    return cores.subList(0, processes);
  }

  /** The cores in the lines of a process's status, where they stand as {@code 0-2,8}. */
  static List<Integer> allowed(List<String> status) {
    List<Integer> cores = new ArrayList<>();
    for (String line : status) {
      if (line.startsWith(ALLOWED)) {
        for (String range : line.substring(ALLOWED.length()).strip().split(",")) {
          String[] ends = range.split("-", 2);
          int last = Integer.parseInt(ends[ends.length - 1]);
          for (int core = Integer.parseInt(ends[0]); core <= last; core++) {
            cores.add(core);
          }
        }
      }
    }
    return cores;
  }

  /** A command line that has this core only. */
  static List<String> only(int core, List<String> command) {
    List<String> all = new ArrayList<>(List.of("taskset", "-c", Integer.toString(core)));
    all.addAll(command);
    return all;
  }
}

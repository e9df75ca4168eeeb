package io.github.fdistill.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * How many cores there are, and how many threads TensorFlow computes an op with.
 *
 * @param cores that this process may use at a time, a container's quota counted
 * @param threads TensorFlow's: one for each core it may run on, a quota not counted, unless the
 *     environment says otherwise
 */
record Threads(int cores, int threads) {
  private static final String VARIABLE = "TF_NUM_INTRAOP_THREADS";

  /**
   * @param root of the file system, for {@code /proc/self/status}
   * @param cores as Java counts them
   */
  static Threads read(Path root, Map<String, String> environment, int cores) throws IOException {
    String wanted = environment.getOrDefault(VARIABLE, "");
    if (wanted.matches("[1-9]\\d{0,4}")) {
      return new Threads(cores, Integer.parseInt(wanted));
    }
    Path status = root.resolve("proc/self/status");
    if (!Files.isReadable(status)) {
      return new Threads(cores, cores);
    }
    int allowed =
        Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("Cpus_allowed_list:"))
            .map(line -> count(line.substring(line.indexOf(':') + 1).strip()))
            .findFirst()
            .orElse(cores);
    return new Threads(cores, allowed);
  }

  /** Of a list such as {@code 0-3,8}: 5. */
  private static int count(String list) {
    int count = 0;
    for (String range : list.split(",")) {
      String[] ends = range.split("-");
      count += Integer.parseInt(ends[ends.length - 1]) - Integer.parseInt(ends[0]) + 1;
    }
    return count;
  }

  Finding finding() {
    String text = cores + " cores; TensorFlow uses " + threads + " threads";
    return threads > cores
        ? Finding.warning(
            "threads", text + ", which get in each other's way", "export " + VARIABLE + "=" + cores)
        : Finding.found("threads", text);
  }
}

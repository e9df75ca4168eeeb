package io.github.fdistill.device;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * What memory a process with somebody's model in it may take: what is free when it starts, and one
 * that goes on for days, while others come and go, what the machine has. TensorFlow then says that
 * it has not enough, where the system would end the process, or another. On Linux, whose shells set
 * such a limit (RLIMIT_DATA: all that is written to and no file); not where there is a GPU, whose
 * driver maps far more than it holds.
 */
public final class MemoryLimit {
  /** How many bytes, for the process itself. */
  private static final String PROPERTY = "fdistill.memory";

  private static final Path SHELL = Path.of("/bin/sh");

  /** Where a lower limit holds already, that stays. */
  private static final String SCRIPT = "ulimit -d \"$1\" 2>/dev/null || :; shift; exec \"$@\"";

  private static final List<Path> GPUS = List.of(Path.of("/dev/nvidiactl"), Path.of("/dev/dxg"));

  /** Java starts with less, and a model that is small runs. */
  private static final long LEAST = 1L << 30;

  /** What is mapped and never touched: of Java, and of each thread. */
  private static final long UNTOUCHED = 256L << 20;

  private static final long UNTOUCHED_OF_A_CORE = 16L << 20;

  private MemoryLimit() {}

  /**
   * A command line of Java's with what is free now; as it is where there is no limit.
   *
   * @param processes that share it
   */
  public static List<String> free(List<String> java, int processes) {
    return around(java, amount("MemAvailable", "SwapFree", processes));
  }

  /** The same with what the machine has, whatever of it is free now. */
  public static List<String> machine(List<String> java) {
    return around(java, amount("MemTotal", "SwapTotal", 1));
  }

  static List<String> around(List<String> java, OptionalLong bytes) {
    if (bytes.isEmpty()) {
      return java;
    }
    List<String> limited = new ArrayList<>(List.of(SHELL.toString(), "-c", SCRIPT, "sh"));
    limited.add(Long.toString(bytes.getAsLong() >> 10)); // In units of 1,024 bytes.
    limited.add(java.get(0));
    limited.add("-D" + PROPERTY + "=" + bytes.getAsLong());
    limited.addAll(java.subList(1, java.size()));
    return limited;
  }

  private static OptionalLong amount(String ofMemory, String ofSwap, int processes) {
    if (!Files.isExecutable(SHELL) || GPUS.stream().anyMatch(Files::exists)) {
      return OptionalLong.empty();
    }
    SystemMemory memory = new SystemMemory(Path.of("/"));
    try {
      OptionalLong bytes = memory.amount(ofMemory);
      long swap = memory.amount(ofSwap).orElse(0);
      return bytes.isEmpty() ? bytes : OptionalLong.of(limit(bytes.getAsLong(), swap, processes));
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  private static long limit(long bytes, long swap, int processes) {
    // A container's, where that is less.
    long usable =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    long cores = Runtime.getRuntime().availableProcessors();
    long untouched = UNTOUCHED + cores * UNTOUCHED_OF_A_CORE;
    return Math.max(LEAST, (Math.min(usable, bytes) + swap) / processes + untouched);
  }

  /** In a process under a limit: how much it is, such as "17.3 GB". */
  static String words() {
    Long bytes = Long.getLong(PROPERTY);
    return bytes == null ? "" : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
  }
}

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
 * What memory a process with somebody's model in it may take: what is free when it starts.
 * TensorFlow then says that it has not enough, where it would take all that the machine has. On
 * Linux, whose shells set such a limit (RLIMIT_DATA: all that is written to and no file); not where
 * there is a GPU, whose driver maps far more than it holds.
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

  /** A command line of Java's under the limit; as it is where there is none. */
  public static List<String> around(List<String> java) {
    return around(java, ofMachine());
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

  private static OptionalLong ofMachine() {
    if (!Files.isExecutable(SHELL) || GPUS.stream().anyMatch(Files::exists)) {
      return OptionalLong.empty();
    }
    SystemMemory memory = new SystemMemory(Path.of("/"));
    try {
      OptionalLong free = memory.amount("MemAvailable");
      long swap = memory.amount("SwapFree").orElse(0);
      return free.isEmpty() ? free : OptionalLong.of(limit(free.getAsLong(), swap));
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  private static long limit(long free, long swap) {
    // A container's, where that is less.
    long usable =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    long cores = Runtime.getRuntime().availableProcessors();
    long untouched = UNTOUCHED + cores * UNTOUCHED_OF_A_CORE;
    return Math.max(LEAST, Math.min(usable, free) + swap + untouched);
  }

  /** In a process under a limit: how much it is, such as "17.3 GB". */
  static String words() {
    Long bytes = Long.getLong(PROPERTY);
    return bytes == null ? "" : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
  }
}

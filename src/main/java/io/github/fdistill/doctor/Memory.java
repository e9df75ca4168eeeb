package io.github.fdistill.doctor;

import com.sun.management.OperatingSystemMXBean;
import io.github.fdistill.device.ResidentMemory;
import io.github.fdistill.device.SystemMemory;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * Memory, in bytes.
 *
 * @param heap the most that Java takes; TensorFlow's memory lies outside
 * @param usable by this process: the machine's, or a container's limit where that is less
 * @param machine all that the machine has
 */
public record Memory(long heap, long usable, long machine) {
  private static final long GIB = 1L << 30;
  private static final long LITTLE_HEAP = GIB / 2;
  private static final long LITTLE = 2 * GIB;

  /**
   * @param root of the file system, for {@code /proc/meminfo}
   */
  static Memory read(Path root) throws IOException {
    long usable =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    return new Memory(Runtime.getRuntime().maxMemory(), usable, machine(root, usable));
  }

  /**
   * What this process may hold in all: what it holds now and what is free, a container's limit at
   * the most. Known on Linux.
   */
  public static OptionalLong available() {
    OptionalLong held = ResidentMemory.here().now();
    try {
      return held.isEmpty()
          ? held
          : available(Path.of("/"), held.getAsLong(), read(Path.of("/")).usable());
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  static OptionalLong available(Path root, long held, long usable) throws IOException {
    OptionalLong free = new SystemMemory(root).amount("MemAvailable");
    return free.isEmpty() ? free : OptionalLong.of(Math.min(usable, held + free.getAsLong()));
  }

  /** What Linux says the machine has, whatever a container may use of it. */
  static long machine(Path root, long otherwise) throws IOException {
    return new SystemMemory(root).amount("MemTotal").orElse(otherwise);
  }

  Finding heapFinding() {
    String text = gib(heap) + " at most; TensorFlow's memory lies outside";
    return heap < LITTLE_HEAP
        ? Finding.warning("Java heap", text, "export FDISTILL_JAVA_FLAGS=-Xmx1g")
        : Finding.found("Java heap", text);
  }

  Finding machineFinding() {
    boolean limited = usable < machine - GIB / 8;
    String text = gib(usable) + (limited ? " (a limit; the machine has " + gib(machine) + ")" : "");
    return usable < LITTLE
        ? Finding.warning(
            "memory",
            text,
            limited ? "raise the container's limit" : "close other programs; lower batch_size")
        : Finding.found("memory", text);
  }

  static String gib(long bytes) {
    return String.format(Locale.ROOT, "%.1f GiB", (double) bytes / GIB);
  }
}

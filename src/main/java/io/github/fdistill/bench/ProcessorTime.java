package io.github.fdistill.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Processor time of this process, all its threads together. Java counts it in hundredths of a
 * second; Linux tells that of each living thread in nanoseconds. Of a thread that ends, what it
 * took until the last look is counted, and what it took after that is not.
 */
final class ProcessorTime {
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private final Path threads;
  private Map<Path, Long> last = Map.of();

  /** Nanoseconds of the threads that have ended. */
  private long ended;

  /**
   * @param threads a folder for each, {@code /proc/self/task}
   */
  ProcessorTime(Path threads) {
    this.threads = threads;
  }

  /** Of this process. */
  static ProcessorTime here() {
    return new ProcessorTime(Path.of("/proc/self/task"));
  }

  /** So far, no less than before; only differences mean something. */
  double seconds() {
    return Files.isReadable(threads.resolve("../schedstat")) ? ofThreads() : asJavaCounts();
  }

  private double ofThreads() {
    Map<Path, Long> living = new HashMap<>();
    try (DirectoryStream<Path> each = Files.newDirectoryStream(threads)) {
      for (Path thread : each) {
        living.put(thread, nanos(thread.resolve("schedstat")));
      }
    } catch (IOException e) {
      return asJavaCounts();
    }
    last.forEach(
        (thread, took) -> {
          // One that has taken less than before is another, with the number of one that has ended.
          ended += living.getOrDefault(thread, 0L) < took ? took : 0;
        });
    last = living;
    return (ended + living.values().stream().mapToLong(Long::longValue).sum()) / 1e9;
  }

  /** A thread that has ended meanwhile has no file. */
  private static long nanos(Path schedstat) {
    try {
      return Long.parseLong(Files.readString(schedstat).split(" ")[0]);
    } catch (IOException e) {
      return 0;
    }
  }

  private static double asJavaCounts() {
    return SYSTEM.getProcessCpuTime() / 1e9;
  }
}

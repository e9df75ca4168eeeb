package io.github.fdistill.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Processor time of this process, all its threads together. Java counts it in hundredths of a
 * second; Linux tells that of each living thread in nanoseconds.
 *
 * @param threads a folder for each, {@code /proc/self/task}
 */
record ProcessorTime(Path threads) {
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  /** Of this process. */
  static ProcessorTime here() {
    return new ProcessorTime(Path.of("/proc/self/task"));
  }

  /** So far; only differences mean something. */
  double seconds() {
    return Files.isReadable(threads.resolve("../schedstat")) ? ofThreads() : asJavaCounts();
  }

  private double ofThreads() {
    long nanos = 0;
    try (DirectoryStream<Path> each = Files.newDirectoryStream(threads)) {
      for (Path thread : each) {
        nanos += nanos(thread.resolve("schedstat"));
      }
      return nanos / 1e9;
    } catch (IOException e) {
      return asJavaCounts();
    }
  }

  /** A thread that has ended meanwhile has no file any more, and no time. */
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

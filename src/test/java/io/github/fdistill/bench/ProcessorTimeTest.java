package io.github.fdistill.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessorTimeTest {
  @TempDir Path process;

  @Test
  void addsUpTheThreads() throws IOException {
    Path threads = Files.createDirectories(process.resolve("task"));
    Files.writeString(process.resolve("schedstat"), "1 2 3\n");
    Files.createDirectories(threads.resolve("7"));
    Files.writeString(threads.resolve("7/schedstat"), "1500000000 12 3\n");
    Files.createDirectories(threads.resolve("8"));
    Files.writeString(threads.resolve("8/schedstat"), "250000000 1 1\n");
    Files.createDirectories(threads.resolve("9"));
    ProcessorTime time = new ProcessorTime(threads);
    assertEquals(1.75, time.seconds());
    Files.writeString(threads.resolve("8/schedstat"), "350000000 1 1\n");
    Files.delete(threads.resolve("7/schedstat"));
    Files.delete(threads.resolve("7"));
    assertEquals(1.85, time.seconds(), "what a thread took that has ended");
    Files.writeString(threads.resolve("8/schedstat"), "150000000 1 1\n");
    assertEquals(2, time.seconds(), "another thread with the number of one that has ended");
  }

  /** What the system says of it lags, by how much is its own affair. */
  @Test
  void growsByWhatAThreadTakes() {
    double took = 0;
    for (int i = 0; i < 5 && took < 0.03; i++) {
      took = grown();
    }
    assertTrue(took >= 0.03, "only " + took + " s");
  }

  /** By how much, while this thread takes 0.05 s. */
  private static double grown() {
    var bean = ManagementFactory.getThreadMXBean();
    double before = ProcessorTime.here().seconds();
    long end = bean.getCurrentThreadCpuTime() + 50_000_000;
    double waste = 0;
    while (bean.getCurrentThreadCpuTime() < end) {
      waste += Math.sin(waste + 1);
    }
    return ProcessorTime.here().seconds() - before;
  }

  @Test
  void withoutLinuxJavaCounts() {
    assertTrue(new ProcessorTime(process.resolve("none")).seconds() > 0);
  }
}

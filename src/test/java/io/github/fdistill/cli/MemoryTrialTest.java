package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.fdistill.ChildJvm;
import io.github.fdistill.Trials;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * 20,000 steps take no more memory than the first 1,000, but for 50 MB. The Java heap is as large
 * as it will be from the start, and resident: how soon a JVM makes its heap larger says nothing of
 * what is held.
 */
@Tag("trial")
class MemoryTrialTest {
  private static final int STEPS = 20_000;
  private static final int EVERY = 1_000;
  private static final double LIMIT_MB = 50;

  private static final String HEAP = "-Xms64m -Xmx64m -XX:+AlwaysPreTouch";

  /** Steps from one checkpoint, picture and evaluation to the next. */
  private static final int LOOKS = 100;

  private static final int MORE_THAN_TWO_LINES = 1 << 13;
  private static final Pattern LINE = Pattern.compile("\\{\"step\":(\\d+).*\n");

  @TempDir Path folder;

  @Test
  void twentyThousandSteps() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/self/status")), "the system tells a process's memory");
    TinyRun.place(folder);
    Path metrics = folder.resolve("runs/student/metrics.jsonl");
    StringBuilder table = new StringBuilder("| steps | resident, MB |\n|---:|---:|\n");
    try (ChildJvm run = start()) {
      double first = 0;
      double most = 0;
      for (int step = EVERY; step < STEPS; step += EVERY) {
        await(metrics, step, run);
        double megabytes = residentMegabytes(run.pid());
        table.append(String.format(Locale.ROOT, "| %,d | %.1f |%n", step, megabytes));
        first = step == EVERY ? megabytes : first;
        most = Math.max(most, megabytes);
      }
      String said = run.rest();
      assertTrue(said.contains("savedmodels/student/1"), said);
      run.assertExitCode(0);
      table.append(String.format(Locale.ROOT, "%nGrown by %.1f MB at most.%n", most - first));
      Trials.write("memory.md", table.toString());
      assertTrue(most - first < LIMIT_MB, table.toString());
    }
    assertEquals(STEPS, Files.readAllLines(metrics).size());
  }

  /** With a checkpoint, a picture and an evaluation every {@link #LOOKS} steps. */
  private ChildJvm start() throws IOException {
    List<Object> words = new ArrayList<>(List.of(folder));
    words.addAll(List.of(TinyRun.words(STEPS, LOOKS, LOOKS)));
    Map<String, String> with = Map.of("JAVA_TOOL_OPTIONS", HEAP, "TF_CPP_MIN_LOG_LEVEL", "3");
    return ChildJvm.start(with, ResumeTest.Program.class, words.toArray());
  }

  private static void await(Path metrics, int step, ChildJvm run) throws Exception {
    while (!run.hasEnded() && lastStep(metrics) < step) {
      Thread.sleep(50);
    }
  }

  /** The last step that has a whole line; -1 before there is one. */
  private static long lastStep(Path metrics) throws IOException {
    if (!Files.exists(metrics)) {
      return -1;
    }
    try (RandomAccessFile file = new RandomAccessFile(metrics.toFile(), "r")) {
      byte[] end = new byte[(int) Math.min(file.length(), MORE_THAN_TWO_LINES)];
      file.seek(file.length() - end.length);
      file.readFully(end);
      Matcher lines = LINE.matcher(new String(end, StandardCharsets.UTF_8));
      return lines.results().mapToLong(line -> Long.parseLong(line.group(1))).max().orElse(-1);
    }
  }

  private static double residentMegabytes(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1_024 / 1e6;
      }
    }
    throw new AssertionError("the process has no memory: has it ended?");
  }
}

package io.github.fdistill.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.files.FileKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsTest {
  @TempDir Path folder;

  @Test
  void whatTheLogWroteComesBack() throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    try (MetricsLog log = new MetricsLog(file, 0)) {
      log.write(0, Map.of("loss", 1.5f));
      log.write(1, Map.of("loss", Float.NaN));
      log.write(2, Map.of("loss", -2e-7f));
      log.write(4, Map.of("other", Float.NEGATIVE_INFINITY, "kind", "student"));
    }
    Files.writeString(file, "{\"step\":5,\"loss\":0.", StandardOpenOption.APPEND);
    Metrics read = Metrics.read(file);
    assertEquals(Set.of("loss", "other"), read.values().keySet(), "numbers only");
    assertArrayEquals(new double[] {1.5, Double.NaN, -2e-7}, read.values().get("loss"), 1e-12);
    assertArrayEquals(new double[] {0, 1, 2}, read.steps().get("loss"), "no line cut short");
    assertArrayEquals(new double[] {Double.NEGATIVE_INFINITY}, read.values().get("other"));
    assertArrayEquals(new double[] {4}, read.steps().get("other"));
  }

  /** Of a long run means are held, few of each name, and a pass hears every step. */
  @Test
  void aLongRunTakesNoMoreMemoryThanAShortOne() throws IOException {
    int count = 5 * Metrics.MOST_HELD + 1;
    StringBuilder lines = new StringBuilder();
    for (int step = 0; step < count; step++) {
      lines.append("{\"step\":").append(step).append(",\"loss\":").append(2 * step).append("}\n");
    }
    Path file = folder.resolve("metrics.jsonl");
    Files.writeString(file, lines);
    Metrics read = Metrics.read(file);
    double[] steps = read.steps().get("loss");
    double[] values = read.values().get("loss");
    assertTrue(steps.length <= Metrics.MOST_HELD, steps.length + " are held");
    assertTrue(steps.length >= Metrics.MOST_HELD / 2, steps.length + " are held");
    for (int i = 0; i < steps.length; i++) {
      assertEquals(2 * steps[i], values[i], "means of the same steps");
    }
    assertEquals(3.5, steps[0], "of eight steps each");
    assertEquals(count - 1, steps[steps.length - 1], "and the last of what is left");
    long[] heard = new long[1];
    Metrics.each(file, (step, numbers) -> heard[0] += step);
    assertEquals(count * (count - 1L) / 2, heard[0]);
  }

  /** A run of many million steps goes on too. */
  @Test
  void noSizeThatARunComesToIsRefused() {
    assertTrue(FileKind.METRICS.mostBytes() >= 1L << 40);
  }

  @Test
  void aMissingFileIsRefused() throws IOException {
    assertThrows(InputException.class, () -> Metrics.read(folder.resolve("none")));
    Path file = folder.resolve("metrics.jsonl");
    Files.writeString(file, "x".repeat(4 << 20));
    String said =
        assertThrows(InputException.class, () -> Metrics.each(file, (step, numbers) -> {}))
            .getMessage();
    assertTrue(said.contains("line 1 has no end") && said.contains("move it away"), said);
  }
}

package io.github.fdistill.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.fdistill.InputException;
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

  @Test
  void aMissingFileIsRefused() {
    assertThrows(InputException.class, () -> Metrics.read(folder.resolve("none")));
  }
}

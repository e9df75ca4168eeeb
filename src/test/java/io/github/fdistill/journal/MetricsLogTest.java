package io.github.fdistill.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsLogTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void inAFolderThatIsNotThereYet() {
    file = folder.resolve("run/metrics.jsonl");
  }

  private void write(long resumeStep, long... steps) throws IOException {
    try (MetricsLog log = new MetricsLog(file, resumeStep)) {
      for (long step : steps) {
        log.write(step, Map.of("loss", step / 10.0));
      }
    }
  }

  @Test
  void aLineHoldsItsValuesInTheOrderGivenAndIsThereAtOnce() throws IOException {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("kind", "student");
    values.put("loss", 0.1f);
    values.put("r", Double.NaN);
    values.put("h", Float.NEGATIVE_INFINITY);
    values.put("note", "a \"quoted\"\\ line\nand\u0001");
    try (MetricsLog log = new MetricsLog(file, 0)) {
      log.write(12, values);
      assertEquals(
          "{\"step\":12,\"kind\":\"student\",\"loss\":0.1,\"r\":\"NaN\",\"h\":\"-Infinity\","
              + "\"note\":\"a \\\"quoted\\\"\\\\ line\\nand\\u0001\"}\n",
          Files.readString(file));
    }
  }

  @Test
  void aResumedRunWritesEveryStepOnce() throws IOException {
    write(0, 0, 5, 9, 10, 11);
    String unbroken = Files.readString(file);
    write(9, 9, 10, 11);
    assertEquals(unbroken, Files.readString(file));
  }

  @Test
  void aLineCutShortByACrashIsDropped() throws IOException {
    write(0, 1, 2);
    String whole = Files.readString(file);
    for (int length = 1; length < "{\"step\":3,\"loss\":0.3}".length(); length++) {
      Files.writeString(file, whole + "{\"step\":3,\"loss\":0.3}".substring(0, length));
      write(100);
      assertEquals(whole, Files.readString(file));
    }
  }

  @Test
  void aRunThatStartsHasNoOldLines() throws IOException {
    write(0, 1, 2);
    write(0);
    assertEquals("", Files.readString(file));
  }

  @Test
  void theStepIsWrittenOnce() throws IOException {
    try (MetricsLog log = new MetricsLog(file, 0)) {
      assertThrows(IllegalArgumentException.class, () -> log.write(1, Map.of("step", 2)));
    }
  }
}

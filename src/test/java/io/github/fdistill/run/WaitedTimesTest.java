package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.journal.Metrics;
import io.github.fdistill.report.Figure;
import io.github.fdistill.report.Paragraph;
import io.github.fdistill.report.Section;
import io.github.fdistill.report.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WaitedTimesTest {
  private static Metrics metrics(Map<String, double[]> values) {
    Map<String, double[]> steps = new LinkedHashMap<>();
    values.keySet().forEach(name -> steps.put(name, new double[] {1, 2}));
    return new Metrics(values, steps);
  }

  private static Metrics ofThree() {
    Map<String, double[]> values = new LinkedHashMap<>();
    values.put("loss", new double[] {2, 1});
    values.put("waited_seconds/worker_0", new double[] {0.5, 0.25});
    values.put("waited_seconds/worker_1", new double[] {0, 0.01});
    values.put("waited_seconds/worker_2", new double[] {0.4, 0.4});
    return metrics(values);
  }

  /** Times of workers that have gone are not compared with those that came after. */
  @Test
  void eachWorkersMeanAndTheOneThatWaitedLeast(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    Files.writeString(file, "{\"step\":0,\"loss\":2}\n");
    assertEquals(Optional.empty(), WaitedTimes.of(file, 1));
    for (double[] waited : new double[][] {{0.5, 0, 0.4}, {0.25, 0.01, 0.4}}) {
      Files.writeString(file, line(waited), StandardOpenOption.APPEND);
    }
    Section section = WaitedTimes.of(file, 1).orElseThrow();
    assertEquals("Worker 1 waited least: for it the others waited.", told(section));
    assertEquals(
        List.of(List.of("0", "0.375"), List.of("1", "0.00500"), List.of("2", "0.400")),
        ((Table) section.blocks().get(1)).rows());

    Files.writeString(file, line(0.002, 0.5) + line(0, 0.5), StandardOpenOption.APPEND);
    section = WaitedTimes.of(file, 1).orElseThrow();
    assertEquals(
        "Worker 0 waited least: for it the others waited. So it was in the last 2 steps that these"
            + " made together.",
        told(section));
    assertEquals(
        List.of(List.of("0", "0.00100"), List.of("1", "0.500")),
        ((Table) section.blocks().get(1)).rows());

    Files.writeString(
        file, line(0.1, 0) + "{\"step\":9,\"loss\":1}\n", StandardOpenOption.TRUNCATE_EXISTING);
    assertEquals(
        "Worker 1 waited least: for it the others waited. So it was in the last 1 steps that these"
            + " made together.",
        told(WaitedTimes.of(file, 1).orElseThrow()));
  }

  /** A tenth of a step tells them apart. */
  @Test
  void ofThoseWhoAreAlikeNoneIsNamed(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("metrics.jsonl"), line(0.02, 0) + line(0, 0.016));
    assertEquals("None was much slower than the others.", told(file, 2 * 0.2));
    Files.writeString(file, line(0, 0.5, 0, 0.5));
    assertEquals("Workers 0, 2 waited least: for them the others waited.", told(file, 4.9));
    assertEquals("None was much slower than the others.", told(file, 5.1));
  }

  private static String told(Path file, double seconds) {
    return told(WaitedTimes.of(file, seconds).orElseThrow());
  }

  private static String told(Section section) {
    return ((Paragraph) section.blocks().get(0)).text();
  }

  private static String line(double... waited) {
    StringBuilder line = new StringBuilder("{\"step\":1,\"loss\":1");
    for (int i = 0; i < waited.length; i++) {
      line.append(",\"waited_seconds/worker_").append(i).append("\":").append(waited[i]);
    }
    return line.append("}\n").toString();
  }

  @Test
  void theirCurvesStandInOneChart() {
    List<String> captions =
        RunCharts.of(ofThree(), Optional.empty()).stream()
            .filter(block -> block instanceof Figure)
            .map(block -> ((Figure) block).caption())
            .toList();
    assertEquals(2, captions.size(), captions.toString());
    assertTrue(captions.get(1).startsWith("seconds waited: how long each worker"), captions.get(1));
  }
}

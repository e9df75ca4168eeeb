package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.journal.Metrics;
import io.github.fdistill.report.Figure;
import io.github.fdistill.report.Paragraph;
import io.github.fdistill.report.Section;
import io.github.fdistill.report.Table;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

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

  @Test
  void eachWorkersMeanAndTheOneThatWaitedLeast() {
    Section section = WaitedTimes.of(ofThree()).orElseThrow();
    Paragraph told = (Paragraph) section.blocks().get(0);
    assertEquals("Worker 1 waited least: for it the others waited.", told.text());
    assertEquals(
        List.of(List.of("0", "0.375"), List.of("1", "0.00500"), List.of("2", "0.400")),
        ((Table) section.blocks().get(1)).rows());
    assertEquals(Optional.empty(), WaitedTimes.of(metrics(Map.of("loss", new double[] {2, 1}))));
  }

  @Test
  void theirCurvesStandInOneChart() {
    List<String> captions =
        RunCharts.of(ofThree()).stream()
            .filter(block -> block instanceof Figure)
            .map(block -> ((Figure) block).caption())
            .toList();
    assertEquals(2, captions.size(), captions.toString());
    assertTrue(captions.get(1).startsWith("seconds waited: how long each worker"), captions.get(1));
  }
}

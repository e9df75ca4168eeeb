package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.journal.Metrics;
import io.github.fdistill.report.Block;
import io.github.fdistill.report.Figure;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunChartsTest {
  /** Metrics number the first step 0; pictures, best/STEP and sentences number it 1. */
  @Test
  void stepsAreNumberedAsTheyAreToldOf() {
    Metrics metrics =
        new Metrics(Map.of("loss", new double[] {3, 1}), Map.of("loss", new double[] {0, 99}));
    assertArrayEquals(new double[] {1, 100}, RunCharts.series(metrics, "loss", "").x());
  }

  /** Of few samples even real images cover few of many; what is best depends on the images. */
  @Test
  void noMeasureIsSaidToReachOne() {
    Map<String, double[]> values = new LinkedHashMap<>();
    Map<String, double[]> steps = new LinkedHashMap<>();
    for (String name : List.of("precision", "recall", "density", "coverage")) {
      values.put("average_0/" + name, new double[] {0.1, 0.2});
      steps.put("average_0/" + name, new double[] {0, 1});
    }
    List<Block> blocks = RunCharts.of(new Metrics(values, steps));
    List<String> captions =
        blocks.stream()
            .filter(Figure.class::isInstance)
            .map(block -> ((Figure) block).caption())
            .toList();
    assertEquals(4, captions.size());
    for (String caption : captions) {
      assertFalse(caption.contains("1 at best"), caption);
      assertTrue(caption.contains("evaluate DATASET:test tells what real images reach"), caption);
    }
    assertTrue(captions.get(3).contains("fewer samples than images"), captions.get(3));
  }
}

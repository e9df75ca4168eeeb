package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.data.PngFile;
import io.github.fdistill.journal.Metrics;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.report.Block;
import io.github.fdistill.report.Figure;
import io.github.fdistill.report.Paragraph;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    Metrics metrics = new Metrics(values, steps);
    String command = "./fdistill evaluate pictures:test";
    List<Block> blocks = RunCharts.of(metrics, Optional.of(command));
    String said = "What precision, recall, density and coverage real images reach: " + command;
    assertEquals(new Paragraph(said), blocks.get(1), "once for all");
    assertEquals(blocks.size() - 1, RunCharts.of(metrics, Optional.empty()).size());
    Metrics loss = new Metrics(Map.of("loss", new double[1]), Map.of("loss", new double[1]));
    assertEquals(2, RunCharts.of(loss, Optional.of(command)).size(), "nothing is measured");
    List<String> captions =
        blocks.stream()
            .filter(Figure.class::isInstance)
            .map(block -> ((Figure) block).caption())
            .toList();
    assertEquals(4, captions.size());
    for (String caption : captions) {
      assertFalse(caption.contains("1 at best"), caption);
      assertTrue(caption.endsWith("; higher is better."), caption);
      assertFalse(caption.contains("evaluate"), caption);
    }
    assertTrue(captions.get(3).contains("fewer samples than images"), captions.get(3));
  }

  /** Of a run whose dataset has a part for tests, and which measured on the way. */
  @Test
  void realImagesAreMeasuredAsTheRunsOwn(@TempDir Path root) throws IOException {
    BufferedImage picture = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    for (String file : List.of("train/0.png", "train/1.png", "test/0.png", "test/1.png")) {
      PngFile.write(root.resolve("my pictures/" + file), picture);
    }
    Files.createDirectories(root.resolve("eyes"));
    String command = "./fdistill evaluate 'my pictures:test' --features eyes --samples ";
    assertEquals(Optional.of(command + 2), ofTests(root, "", "my pictures"));
    String few = "evaluation { samples: 1 references: 9 }";
    assertEquals(Optional.of(command + "1 --references 9"), ofTests(root, few, "my pictures"));
    assertEquals(Optional.empty(), ofTests(root, "dataset { resize: '4x4' }", "my pictures"));
    assertEquals(Optional.empty(), ofTests(root, "", "my pictures/train"), "no parts");
    assertEquals(Optional.empty(), ofTests(root, "", "gone"));
  }

  private static Optional<String> ofTests(Path root, String config, String dataset)
      throws IOException {
    String settings = "\"command\": \"train\", \"config\": \"" + config + "\"";
    String inputs = "\"dataset\": {\"path\": \"%s\"}, \"features\": {\"path\": \"eyes\"}";
    Path record = root.resolve("record.json");
    Files.writeString(
        record,
        "{\"program\": \"fdistill\", " + settings + ", " + String.format(inputs, dataset) + "}");
    return new Yardstick(new Workspace(root)).ofTestImages(RecordFile.read(record));
  }
}

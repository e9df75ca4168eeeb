package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WatchdogTest {

  /** Warnings of so many steps with one value. */
  private static List<Watchdog.Warning> feed(Watchdog dog, Reading name, double value, int steps) {
    List<Watchdog.Warning> all = new java.util.ArrayList<>();
    for (int i = 0; i < steps; i++) {
      all.addAll(dog.see(Map.of(name, value)));
    }
    return all;
  }

  @ParameterizedTest
  @CsvSource({
    "DIVERSITY, 0.8, 0.45, 0.39, true",
    "FAKE_SCORE_LOSS, 0.5, 1.9, 2.1, true",
    "RATIO, 1, 0.16, 0.14, false",
    "RATIO, 1, 9.9, 10.1, false",
    "RATIO_CLIPPED, 0.1, 0.74, 0.76, false"
  })
  void aSignIsToldOncePastItsBound(
      Reading name, double usual, double odd, double alarming, boolean collapse) {
    Watchdog dog = new Watchdog();
    assertEquals(List.of(), feed(dog, name, usual, 100));
    assertEquals(List.of(), feed(dog, name, odd, 100), "odd");
    List<Watchdog.Warning> warnings = feed(dog, name, alarming, 200);
    assertEquals(1, warnings.size(), "told once");
    assertEquals(collapse, warnings.get(0).collapse());
    assertTrue(
        warnings.get(0).text().contains("metrics.jsonl: " + name + ")"), warnings.get(0).text());
    assertEquals(List.of(), feed(dog, name, usual, 100), "it has gone");
    assertEquals(1, feed(dog, name, alarming, 100).size(), "and come again");
  }

  @Test
  void aFewStepsAreNoSign() {
    Watchdog dog = new Watchdog();
    assertEquals(List.of(), feed(dog, Reading.DIVERSITY, 0.8, 100));
    assertEquals(List.of(), feed(dog, Reading.DIVERSITY, 0, Watchdog.WINDOW / 2 - 1));
    assertEquals(List.of(), feed(dog, Reading.DIVERSITY, Double.NaN, 100), "no number is no sign");
    assertEquals(1, feed(dog, Reading.DIVERSITY, 0, 2).size());
  }

  @Test
  void oneThatGoesOnKnowsWhatWasBefore(@TempDir Path folder) throws IOException {
    Path metrics = folder.resolve("metrics.jsonl");
    StringBuilder lines = new StringBuilder();
    for (int step = 0; step < 130; step++) {
      lines.append("{\"step\":").append(step).append(",\"diversity\":");
      lines.append(step < 100 ? "0.8}\n" : "0.01}\n");
    }
    Files.writeString(metrics, lines);
    // Of the steps from 100 on, 25 make the mean less than half of what it was.
    assertEquals(1, feed(Watchdog.after(metrics, 0, 100), Reading.DIVERSITY, 0.01, 26).size());
    assertEquals(1, feed(Watchdog.after(metrics, 0, 124), Reading.DIVERSITY, 0.01, 2).size());
    assertEquals(
        0, feed(Watchdog.after(metrics, 0, 130), Reading.DIVERSITY, 0.01, 40).size(), "was told");
    assertEquals(0, feed(Watchdog.after(metrics, 0, 0), Reading.DIVERSITY, 0.01, 100).size());
    Watchdog ofStage = Watchdog.after(metrics, 100, 124);
    assertEquals(0, feed(ofStage, Reading.DIVERSITY, 0.01, 100).size(), "of the stage from 100 on");
    Files.writeString(metrics, "x".repeat(4 << 20)); // A line without an end.
    assertEquals(0, feed(Watchdog.of(Optional.empty(), metrics, 130), Reading.LOSS, 1, 60).size());
    Files.writeString(metrics, "\n");
    assertEquals(
        1, feed(Watchdog.after(metrics, 0, 9), Reading.RATIO, 99, 60).size(), "it goes on");
  }
}

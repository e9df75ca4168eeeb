package io.github.fdistill.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TicksTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0.30000000000000004, 0.3",
    "-0.5, -0.5",
    "0.0001, 0.0001",
    "0.00002, 2e-5",
    "1500, 1500",
    "10000, 10k",
    "250000, 250k",
    "1500000, 1.5M",
    "1000000000, 1G",
    "1e15, 1e15",
    "-3e-14, -3e-14",
  })
  void numbersAreShort(double value, String label) {
    assertEquals(label, Ticks.label(value));
  }

  @Test
  void logarithmicLabelsThinOutAsTheAxisGrows() {
    assertEquals(List.of("0.3", "0.4", "0.5"), labels(0.3, 0.5, 0.3, 0.4, 0.5));
    assertEquals(List.of("1", "2", "", "5", "10"), labels(1, 100, 1, 2, 3, 5, 10));
    assertEquals(List.of("1", "", "10", "100"), labels(1, 1e4, 1, 2, 10, 100));
    assertEquals(List.of("1", "", "100", ""), labels(1e-9, 1e9, 1, 10, 100, 1000));
  }

  @Test
  void aRangeHoldsItsValuesAndIsNeverEmpty() {
    for (Axis axis : List.of(Axis.linear("x"), Axis.log("x"))) {
      for (double[] values :
          new double[][] {{}, {3}, {0.31, 0.44}, {2, 2}, {1e-9, 1e-9}, {1, 1e6}}) {
        Range range = Range.of(DoubleStream.of(values), axis);
        assertTrue(range.low() < range.high(), range.toString());
        for (double value : values) {
          assertTrue(range.low() <= value && value <= range.high(), value + " in " + range);
        }
      }
    }
  }

  private static List<String> labels(double low, double high, double... ticks) {
    return DoubleStream.of(ticks)
        .boxed()
        .flatMap(tick -> Stream.of(Ticks.of(Axis.log("x"), new Range(low, high)).apply(tick)))
        .toList();
  }
}

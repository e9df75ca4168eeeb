package io.github.fdistill.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.bench.MeasuredWork.Round;
import io.github.fdistill.bench.MeasuredWork.Time;
import io.github.fdistill.config.Precision;
import io.github.fdistill.flops.FloatOperations;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Numbers of a bench, and its report, from times that are made up. */
class MeasuredWorkTest {
  private static final long OPERATIONS = 6_000_000_000L;

  /** How much slower than in quiet the machine was in each of three rounds. */
  private static final double[] SLOWER = {1, 3, 2};

  /** A workload of 10 images that takes so long on a quiet machine, half of it in the session. */
  private static MeasuredWork measured(String variant, double seconds) {
    List<Round> rounds = new ArrayList<>();
    for (double slower : SLOWER) {
      double took = slower * seconds;
      rounds.add(
          new Round(
              new Time(slower, slower, 2, 10_000_000_000L),
              new Time(took, took / 2, 2 * seconds, OPERATIONS)));
    }
    Map<String, Long> byType = new LinkedHashMap<>();
    byType.put("Conv2D", OPERATIONS);
    Workload workload =
        new Workload(
            Work.STUDENT, 10, Precision.FLOAT32, new FloatOperations(byType, List.of()), how -> {});
    Map<String, Trace.Time> ops = new LinkedHashMap<>();
    ops.put("Conv2D", new Trace.Time(4, 3));
    ops.put("Mul", new Trace.Time(9, 1));
    return new MeasuredWork(variant, workload, rounds, new Trace(ops, 2, 5_000_000));
  }

  @Test
  void aSlowerMachineIsNoSlowerWorkload() {
    MeasuredWork one = measured("a", 0.5);
    assertEquals(new Spread(1, 0.75, 1.25), one.seconds());
    assertEquals(10, one.imagesPerSecond().median(), 1e-12);
    // Beside the matrices of the same round each round tells the same.
    assertSpread(1.2, one.shareOfMatrixRate());
    assertSpread(1.2, one.shareByProcessorTime());
    assertSpread(0.5, one.outside());
    assertSpread(2.5, measured("b", 0.2).timesAsFastAs(one));
    assertSpread(2.5, measured("b", 0.2).timesAsFastByProcessorTime(one));
    assertSpread(1, one.timesAsFastAs(one));
  }

  private static void assertSpread(double expected, Spread spread) {
    assertEquals(expected, spread.low(), 1e-12);
    assertEquals(expected, spread.median(), 1e-12);
    assertEquals(expected, spread.high(), 1e-12);
  }

  @Test
  void theRateOfAnOpIsByItsTimeInTheTrace() {
    assertEquals(OPERATIONS / 3.0, measured("a", 0.5).rate("Conv2D"), 1e-3);
    assertEquals(0, measured("a", 0.5).rate("Mul"), "no products");
    assertEquals(0.75, measured("a", 0.5).trace().share("Conv2D"), 1e-12);
  }

  private static BenchReport report(MeasuredWork... measured) {
    return new BenchReport(
        new Bench.Findings(List.of(measured), "student", 1.5, OptionalLong.of(7_000_000)),
        Optional.empty());
  }

  @Test
  void severalVariantsAreComparedWithTheFirst() {
    String alone = report(measured("a", 0.5)).text();
    assertFalse(alone.contains("times the first"), alone);
    String text = report(measured("a", 0.5), measured("b", 0.2)).text();
    assertTrue(text.contains("times the first"), text);
    List<String> rows = text.lines().filter(line -> line.startsWith("| student")).toList();
    assertEquals(2, rows.size(), text);
    assertTrue(rows.get(0).contains("1.000") && rows.get(1).contains("2.500"), text);
  }

  @Test
  void theRecordHasTheNumbersOfTheText() {
    Map<String, Object> entries = report(measured("a", 0.5), measured("b", 0.2)).entries();
    assertEquals(7_000_000L, entries.get("peak_resident_bytes"));
    List<?> measured = (List<?>) entries.get("measured");
    Map<?, ?> second = (Map<?, ?>) measured.get(1);
    assertEquals("b", second.get("variant"));
    assertEquals(3, second.get("rounds"));
    assertEquals(OPERATIONS, second.get("operations"));
    Map<?, ?> faster = (Map<?, ?>) second.get("times_as_fast_as_first");
    assertEquals(2.5, (double) faster.get("median"), 1e-12);
  }
}

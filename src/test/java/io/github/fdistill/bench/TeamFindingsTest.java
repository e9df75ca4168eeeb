package io.github.fdistill.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.Precision;
import java.util.List;
import org.junit.jupiter.api.Test;

class TeamFindingsTest {
  private static TeamFindings.Round round(double alone, double together) {
    return new TeamFindings.Round(
        new TeamFindings.Time(alone, 0.9 * alone),
        new TeamFindings.Time(together, 0.5 * together),
        0.1 * together);
  }

  private static TeamFindings found(int workers) {
    return new TeamFindings(
        "some",
        Precision.FLOAT32,
        60,
        workers,
        List.of(500_000L, 500_000L, 1_000_000L),
        List.of(round(2, 1), round(4, 2), round(3, 1)));
  }

  /** A machine that is slow for a while is so for both of a round. */
  @Test
  void ratiosAreOfTheSameRound() {
    assertEquals(2, found(2).timesAsFast().median(), 1e-12);
    assertEquals(3.6, found(2).timesAsFastByProcessorTime().median(), 1e-12);
    assertEquals(0.1, found(2).shareOfSums().median(), 1e-12);
  }

  /**
   * Each part of a vector goes N - 1 times from a worker to the next, added up, and as often whole.
   */
  @Test
  void aRingOfWorkersSendsItsVectorsPartByPart() {
    assertEquals(8_000_000, found(2).bytes());
    for (int workers : new int[] {2, 4, 64}) {
      double part = 8e6 / workers;
      assertEquals(2 * (workers - 1) * part, found(workers).bytesSent(), 1e-3);
    }
  }

  @Test
  void whatIsToldHasOneWorkerBesideAll() {
    String text = TeamFindings.text(List.of(found(2)));
    assertTrue(text.contains("| 1 | 20.0 | 3000.0 |"), text);
    assertTrue(text.contains("| 2 | 60.0 | 1000.0 |"), text);
    assertTrue(text.contains("3 sums a step of 8.00 MB in all"), text);
    assertTrue(text.contains("10.0% of a step"), text);
  }
}

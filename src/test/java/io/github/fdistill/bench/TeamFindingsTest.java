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
        List.of(
            new Exchange(Exchange.Kind.SUM, 500_000),
            new Exchange(Exchange.Kind.ROUNDED_SUM, 1_000_000),
            new Exchange(Exchange.Kind.GATHERING, 1_000_000)),
        List.of(round(2, 1), round(4, 2), round(3, 1)));
  }

  /** A machine that is slow for a while is so for both of a round. */
  @Test
  void ratiosAreOfTheSameRound() {
    assertEquals(2, found(2).timesAsFast().median(), 1e-12);
    assertEquals(3.6, found(2).timesAsFastByProcessorTime().median(), 1e-12);
    assertEquals(0.1, found(2).shareOfExchanges().median(), 1e-12);
  }

  /**
   * Each part of a vector goes N - 1 times from a worker to the next, added up, and as often whole;
   * of one that is gathered it goes whole alone.
   */
  @Test
  void aRingOfWorkersSendsItsVectorsPartByPart() {
    assertEquals(8_000_000, found(2).bytes());
    for (int workers : new int[] {2, 4, 64}) {
      double part = (2e6 + 2e6) / workers;
      double gathered = 4e6 / workers;
      double sent = (workers - 1) * (2 * part + gathered);
      assertEquals(sent, found(workers).bytesSent(), 1e-3);
    }
  }

  @Test
  void whatIsToldHasOneWorkerBesideAll() {
    String text = TeamFindings.text(List.of(found(2)));
    assertTrue(text.contains("| 1 | 20 | 3000.0 |"), text);
    assertTrue(text.contains("| 2 | 60 | 1000.0 |"), text);
    assertTrue(text.contains("3 exchanges a step of 8.00 MB in all"), text);
    assertTrue(text.contains("10.0% of a step"), text);
  }
}

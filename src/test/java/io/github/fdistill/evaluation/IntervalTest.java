package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IntervalTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 9, 10, 30, 99})
  void studentsTIsThatOfScipy(int freedom) {
    double t = Recorded.measure("student." + freedom);
    assertEquals(t, Interval.studentT(0.95, freedom), 1e-12 * t);
  }

  @Test
  void withManySeedsItIsTheNormalDistributionsOne() {
    assertEquals(1.959963984540054, Interval.studentT(0.95, 10_000_000), 1e-6);
  }

  @Test
  void threeSetsByHand() {
    // s = 2; t = 4.30265 for two degrees of freedom.
    Interval interval = Interval.of(3, 5, 7);
    assertEquals(5, interval.mean());
    assertEquals(4.302652729749462 * 2 / Math.sqrt(3), interval.halfWidth(), 1e-12);
    assertEquals(interval.mean() - interval.halfWidth(), interval.low());
    assertEquals(interval.mean() + interval.halfWidth(), interval.high());
    assertEquals("5.000 ± 5.0 (3 sets)", interval.toString());
  }

  @Test
  void oneSetSaysNothingAboutOthers() {
    Interval interval = Interval.of(2.5);
    assertEquals(Double.POSITIVE_INFINITY, interval.halfWidth());
    assertEquals("2.500 (1 set)", interval.toString());
  }
}

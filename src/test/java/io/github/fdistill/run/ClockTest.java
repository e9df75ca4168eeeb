package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ClockTest {
  private long nanos;

  private Clock clock(double minutes, double earlier, long planned) {
    return new Clock(minutes, earlier, planned, () -> nanos);
  }

  /** Makes steps until the clock wants another number of them, or all are made. */
  private long steps(Clock clock, long from, long to, double seconds) {
    long step = from;
    while (step < to && !clock.isRevised()) {
      nanos += Math.round(seconds * 1e9);
      clock.reached(++step);
    }
    return step;
  }

  /** Planned by steps of a second, while another program ran; then they take a tenth. */
  @Test
  void aSlowStartDoesNotDecide() {
    Clock clock = clock(10, 0, 600);
    nanos += 30_000_000_000L; // The start of the graph is no part of a step.
    long step = steps(clock, 0, 600, 0.1);
    assertTrue(clock.isRevised());
    long planned = clock.take().getAsLong();
    assertEquals(570 / 0.1, planned, 570);
    assertFalse(clock.isRevised());
    step = steps(clock, step, planned, 0.1);
    assertEquals(planned, step, "no other plan");
    assertEquals(600, nanos / 1e9, 60);
  }

  @Test
  void aRunThatSlowsDownEndsInTime() {
    Clock clock = clock(1, 0, 60_000);
    long planned = 60_000;
    long step = 0;
    while (step < planned) {
      step = steps(clock, step, planned, 0.5);
      OptionalLong other = clock.take();
      planned = other.orElse(planned);
    }
    assertEquals(60, nanos / 1e9, 6);
  }

  /** Every plan is a new start of the graph. */
  @Test
  void whatIsNearlyRightStays() {
    Clock clock = clock(10, 0, 600);
    assertEquals(600, steps(clock, 0, 600, 0.95));
    assertFalse(clock.isRevised());
  }

  /** A look falls on the last step: what is exported of it is the run's model. */
  @Test
  void afterTheLastStepNothingIsPlanned() {
    Clock clock = clock(1, 0, 4);
    assertEquals(4, steps(clock, 0, 4, 13));
    assertFalse(clock.isRevised());
  }

  /** Of an hour 2100 steps are undone: 1440 more fit after the first sixty of those that follow. */
  @Test
  void whatARunHasGoneBackFromIsNoPartOfAStep() {
    Clock clock = clock(60, 0, 3600);
    assertEquals(2100, steps(clock, 0, 2100, 1));
    steps(clock, 0, 200, 1);
    assertEquals(1500, clock.take().orElseThrow(), 15);
  }

  @Test
  void earlierSessionsCount() {
    Clock clock = clock(10, 595, 5000);
    nanos += 6_000_000_000L;
    clock.reached(4000);
    assertEquals(OptionalLong.of(4001), clock.take());
  }
}

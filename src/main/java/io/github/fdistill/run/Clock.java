package io.github.fdistill.run;

import io.github.fdistill.Logs;
import io.github.fdistill.training.TrainingLoop;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.apache.logging.log4j.Logger;

/**
 * Watches a run that is to take so many minutes. Its steps are planned by the speed of the first;
 * where the clock then shows that more or fewer fit into the time, it says how many.
 */
final class Clock {
  private static final Logger LOG = Logs.of(Clock.class);

  /** Shares of the time after which the plan is looked at. */
  private static final double[] LOOKS = {0.1, 0.3, 0.6, 0.85};

  /** A plan that is off by less stays: to change it costs a new start of the graph. */
  private static final double TOLERANCE = 0.1;

  private final double seconds;
  private final double earlier;
  private final LongSupplier nanoTime;
  private final long begun;
  private long planned;
  private int looks;
  private long timedFrom = -1;
  private long timedAt;
  private long last;
  private OptionalLong revised = OptionalLong.empty();

  /**
   * @param minutes in all
   * @param earlier seconds that earlier sessions took
   * @param planned steps
   */
  Clock(double minutes, double earlier, long planned, LongSupplier nanoTime) {
    this.seconds = 60 * minutes;
    this.earlier = earlier;
    this.planned = planned;
    this.nanoTime = nanoTime;
    begun = nanoTime.getAsLong();
    while (looks < LOOKS.length && earlier > LOOKS[looks] * seconds) {
      looks++;
    }
  }

  /**
   * So many steps are made. What comes before the first is no part of a step's time, nor are steps
   * that a run has gone back from. After the last nothing is planned: the model is made of it.
   */
  Map<String, Double> reached(long step) {
    long now = nanoTime.getAsLong();
    if (timedFrom < 0 || step <= last) {
      timedFrom = step;
      timedAt = now;
    }
    last = step;
    if (step >= planned) {
      return Map.of();
    }
    double left = seconds - earlier - (now - begun) / 1e9;
    double each = step > timedFrom ? (now - timedAt) / 1e9 / (step - timedFrom) : 0;
    if (left <= 0) {
      // One more, which is the last: pictures and measures are made of it.
      revise(step + 1, each, step + 1 < planned);
    } else if (each > 0 && isDue(step, left)) {
      long fitting = step + Math.max(1, (long) (left / each));
      revise(fitting, each, Math.abs(fitting - planned) > TOLERANCE * planned);
    }
    return Map.of();
  }

  /** Looks at the clock after every step. */
  TrainingLoop.Look look() {
    return new TrainingLoop.Look(1, (step, log) -> reached(step));
  }

  private boolean isDue(long step, double left) {
    boolean due = false;
    while (looks < LOOKS.length && seconds - left >= LOOKS[looks] * seconds) {
      looks++;
      due = true;
    }
    return due || step + 1 == planned && left > TOLERANCE * seconds;
  }

  private void revise(long steps, double each, boolean needed) {
    if (needed) {
      String why =
          each > 0 ? String.format(Locale.ROOT, "a step takes %.3g s", each) : "the time is over";
      LOG.info("{} minutes make {} steps, not {}: {}", seconds / 60, steps, planned, why);
      revised = OptionalLong.of(steps);
    }
  }

  /** Whether another number of steps is to be planned. */
  boolean isRevised() {
    return revised.isPresent();
  }

  /** The new number of steps, which counts as planned from then on. */
  OptionalLong take() {
    OptionalLong steps = revised;
    planned = steps.orElse(planned);
    revised = OptionalLong.empty();
    timedFrom = -1;
    return steps;
  }
}

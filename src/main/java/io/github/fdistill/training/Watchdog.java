package io.github.fdistill.training;

import io.github.fdistill.journal.Metrics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Sees a student collapse while there is time: by the mean of the last steps of what a step says of
 * itself. Each sign is told once, and again after it has gone.
 */
public final class Watchdog {
  /** Steps that a mean is over. */
  static final int WINDOW = 50;

  /**
   * What a sign is, in words.
   *
   * @param collapse whether going back may help
   */
  public record Warning(String text, boolean collapse) {}

  /** A rule over the mean of the last steps. */
  private static final class Rule {
    private final Reading reading;
    private final Test test;
    private final Warning warning;
    private final double[] last = new double[WINDOW];
    private int seen;
    private double lowest = Double.POSITIVE_INFINITY;
    private double highest = Double.NEGATIVE_INFINITY;
    private boolean told;

    /** Whether a mean is alarming, beside the lowest and the highest that there has been. */
    @FunctionalInterface
    private interface Test {
      boolean isAlarming(double mean, double lowest, double highest);
    }

    Rule(Reading reading, Test test, boolean collapse, String sign) {
      this.reading = reading;
      this.test = test;
      warning = new Warning(sign + " (metrics.jsonl: " + reading + ")", collapse);
    }

    /** Whether the rule is broken by this step and was not before. */
    boolean isNewlyBroken(double value) {
      last[seen++ % WINDOW] = value;
      if (seen < WINDOW) {
        return false;
      }
      double mean = 0;
      for (double v : last) {
        mean += v / WINDOW;
      }
      lowest = Math.min(lowest, mean);
      highest = Math.max(highest, mean);
      boolean broken = test.isAlarming(mean, lowest, highest);
      boolean news = broken && !told;
      told = broken;
      return news;
    }
  }

  /** Above ratio.min of default, 0.1: no mean is below what ratios are clipped to. */
  private static final double LOWEST_RATIO = 0.15;

  /** What it looks at. */
  static final List<Reading> READINGS = new Watchdog().rules.stream().map(r -> r.reading).toList();

  /** What of that a student's steps must have; of one image at a time there is no diversity. */
  static final List<Reading> NEEDED =
      READINGS.stream().filter(reading -> reading != Reading.DIVERSITY).toList();

  private final List<Rule> rules =
      List.of(
          new Rule(
              Reading.DIVERSITY,
              (mean, lowest, highest) -> mean < highest / 2,
              true,
              "the student's images have become alike: the spread over a batch has fallen to"
                  + " less than half of what it was"),
          new Rule(
              Reading.FAKE_SCORE_LOSS,
              (mean, lowest, highest) -> mean > 4 * lowest,
              true,
              "the fake score has lost the student: its loss is more than four times what it"
                  + " was"),
          new Rule(
              Reading.RATIO,
              (mean, lowest, highest) -> mean < LOWEST_RATIO || mean > 10,
              false,
              "the density ratio is not calibrated: its mean over the student's samples is far"
                  + " from 1"),
          new Rule(
              Reading.RATIO_CLIPPED,
              (mean, lowest, highest) -> mean > 0.75,
              false,
              "the discriminator knows too well: more than three quarters of the density ratios"
                  + " are clipped"));

  /**
   * One for a run that goes on from a step. Where there is no student, and nothing to go back from,
   * it has nothing to look at, and reads nothing.
   */
  static Watchdog of(Optional<Rollback> rollback, Path metricsJsonl, long step) {
    return rollback.map(stage -> after(metricsJsonl, stage.first(), step)).orElseGet(Watchdog::new);
  }

  /**
   * One that has seen the steps of a stage before a step already. Its memory is the run's own
   * numbers, not a part of the checkpoint: they are on the disk before a checkpoint is, whole, and
   * nothing else has the lowest and the highest mean of all steps. So a run that goes on warns as
   * an unbroken one does.
   *
   * @param metricsJsonl read where there are such steps
   * @param begun the step that the stage begins at: losses of another stage are of another measure
   */
  static Watchdog after(Path metricsJsonl, long begun, long step) {
    Watchdog watchdog = new Watchdog();
    Metrics.between(metricsJsonl, begun, step, (noted, numbers) -> watchdog.see(readings(numbers)));
    return watchdog;
  }

  /** What it looks at of the numbers of a step. */
  private static Map<Reading, Float> readings(Map<String, Double> numbers) {
    Map<Reading, Float> readings = new EnumMap<>(Reading.class);
    for (Reading reading : READINGS) {
      Double value = numbers.get(reading.toString());
      if (value != null) {
        readings.put(reading, value.floatValue());
      }
    }
    return readings;
  }

  /**
   * What this step is the first to show.
   *
   * @param readings of a step; one that a rule needs and that is missing or no number is passed
   *     over
   */
  public List<Warning> see(Map<Reading, ? extends Number> readings) {
    List<Warning> news = new ArrayList<>();
    for (Rule rule : rules) {
      Number value = readings.get(rule.reading);
      if (value != null
          && Double.isFinite(value.doubleValue())
          && rule.isNewlyBroken(value.doubleValue())) {
        news.add(rule.warning);
      }
    }
    return news;
  }
}

package io.github.fdistill.training;

import io.github.fdistill.journal.Metrics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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
    private final String number;
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

    Rule(String number, Test test, Warning warning) {
      this.number = number;
      this.test = test;
      this.warning = warning;
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

  private final List<Rule> rules =
      List.of(
          new Rule(
              "diversity",
              (mean, lowest, highest) -> mean < highest / 2,
              new Warning(
                  "the student's images have become alike: the spread over a batch has fallen to"
                      + " less than half of what it was (metrics.jsonl: diversity)",
                  true)),
          new Rule(
              "fake_score_loss",
              (mean, lowest, highest) -> mean > 4 * lowest,
              new Warning(
                  "the fake score has lost the student: its loss is more than four times what it"
                      + " was (metrics.jsonl: fake_score_loss)",
                  true)),
          new Rule(
              "ratio",
              (mean, lowest, highest) -> mean < 0.1 || mean > 10,
              new Warning(
                  "the density ratio is not calibrated: its mean over the student's samples is far"
                      + " from 1 (metrics.jsonl: ratio)",
                  false)),
          new Rule(
              "ratio_clipped",
              (mean, lowest, highest) -> mean > 0.75,
              new Warning(
                  "the discriminator knows too well: more than three quarters of the density ratios"
                      + " are clipped (metrics.jsonl: ratio_clipped)",
                  false)));

  /**
   * One that has seen the steps before a step already, of which a run's numbers tell.
   *
   * @param metricsJsonl read where there are such steps
   */
  static Watchdog after(Path metricsJsonl, long step) {
    Watchdog watchdog = new Watchdog();
    if (step > 0 && Files.exists(metricsJsonl)) {
      Metrics metrics = Metrics.read(metricsJsonl);
      for (Rule rule : watchdog.rules) {
        double[] values = metrics.values().getOrDefault(rule.number, new double[0]);
        for (int i = 0; i < values.length && metrics.steps().get(rule.number)[i] < step; i++) {
          watchdog.see(Map.of(rule.number, (float) values[i]));
        }
      }
    }
    return watchdog;
  }

  /**
   * What this step is the first to show.
   *
   * @param numbers of a step; one that a rule needs and that is missing or no number is passed over
   */
  public List<Warning> see(Map<String, ? extends Number> numbers) {
    List<Warning> news = new ArrayList<>();
    for (Rule rule : rules) {
      Number value = numbers.get(rule.number);
      if (value != null
          && Double.isFinite(value.doubleValue())
          && rule.isNewlyBroken(value.doubleValue())) {
        news.add(rule.warning);
      }
    }
    return news;
  }
}

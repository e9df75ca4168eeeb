package io.github.fdistill.run;

import io.github.fdistill.journal.Metrics;
import io.github.fdistill.report.Paragraph;
import io.github.fdistill.report.Section;
import io.github.fdistill.report.Table;
import io.github.fdistill.training.Reading;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** How long the workers of a run waited for each other. */
final class WaitedTimes {
  static final String MEANING =
      "how long each worker waited in a step for the slowest of them; one that never waits is the"
          + " one for which all others do";

  /** Of a step: one that waits so much less than the middle one is named. */
  private static final double SHARE = 0.1;

  private WaitedTimes() {}

  /** Whether a number of a run is a time that a worker waited. */
  static boolean is(String name) {
    return name.startsWith(Reading.WAITED);
  }

  /** What workers waited in the last steps that several made together. */
  private static final class Sums {
    private final Map<String, Double> seconds = new LinkedHashMap<>();
    private long steps;
    private long allSteps;

    /** Whether others made steps too, before, or one alone, since: nobody waits in these. */
    private boolean others;

    /** Takes a step in; where other workers have made it than those before, the sums begin anew. */
    void add(Map<String, Double> numbers) {
      allSteps++;
      Map<String, Double> waited = new LinkedHashMap<>(numbers);
      waited.keySet().removeIf(name -> !is(name));
      if (waited.isEmpty()) {
        others |= steps > 0;
        return;
      }
      if (!seconds.keySet().equals(waited.keySet())) {
        others |= steps > 0;
        seconds.clear();
        steps = 0;
      }
      waited.forEach((name, value) -> seconds.merge(name, value, Double::sum));
      steps++;
    }

    double mean(String name) {
      return seconds.get(name) / steps;
    }
  }

  /**
   * A row for each worker of those that made steps together last, and for whom the others waited,
   * if for anybody; none of a run that was made by one.
   *
   * @param runSeconds how long all steps took, with what was drawn and measured on the way
   */
  static Optional<Section> of(Path metricsJsonl, double runSeconds) {
    Sums sums = new Sums();
    Metrics.each(metricsJsonl, (step, numbers) -> sums.add(numbers));
    if (sums.steps == 0) {
      return Optional.empty();
    }
    Table table = Table.of("worker", "seconds waited in a step, in the mean");
    for (String name : sums.seconds.keySet()) {
      table = table.with(worker(name), String.format(Locale.ROOT, "%.3g", sums.mean(name)));
    }
    String when = " So it was in the last %,d steps that these made together.";
    Paragraph paragraph =
        new Paragraph(
            told(sums, runSeconds / sums.allSteps)
                + (sums.others ? String.format(Locale.ROOT, when, sums.steps) : ""));
    return Optional.of(new Section("Workers", List.of(paragraph, table)));
  }

  /** For whom the others waited: where all are alike, who waits least is chance. */
  private static String told(Sums sums, double secondsOfStep) {
    double[] means = sums.seconds.keySet().stream().mapToDouble(sums::mean).sorted().toArray();
    double few = means[means.length / 2] - SHARE * secondsOfStep;
    List<String> slow =
        sums.seconds.keySet().stream()
            .filter(name -> sums.mean(name) < few)
            .map(WaitedTimes::worker)
            .toList();
    return switch (slow.size()) {
      case 0 -> "None was much slower than the others.";
      case 1 -> "Worker " + slow.get(0) + " waited least: for it the others waited.";
      default ->
          "Workers " + String.join(", ", slow) + " waited least: for them the others waited.";
    };
  }

  private static String worker(String name) {
    return name.replaceAll(".*_", "");
  }
}

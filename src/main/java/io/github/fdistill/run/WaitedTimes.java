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

  private WaitedTimes() {}

  /** Whether a number of a run is a time that a worker waited. */
  static boolean is(String name) {
    return name.startsWith(Reading.WAITED);
  }

  /** What workers waited in the last steps that several made together. */
  private static final class Sums {
    private final Map<String, Double> seconds = new LinkedHashMap<>();
    private long steps;

    /** Whether others made steps too, before, or one alone, since: nobody waits in these. */
    private boolean others;

    /** Takes a step in; where other workers have made it than those before, the sums begin anew. */
    void add(Map<String, Double> numbers) {
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
   * A row for each worker of those that made steps together last, and who waited least; none of a
   * run that was made by one.
   */
  static Optional<Section> of(Path metricsJsonl) {
    Sums sums = new Sums();
    Metrics.each(metricsJsonl, (step, numbers) -> sums.add(numbers));
    if (sums.steps == 0) {
      return Optional.empty();
    }
    Table table = Table.of("worker", "seconds waited in a step, in the mean");
    String least = sums.seconds.keySet().iterator().next();
    for (String name : sums.seconds.keySet()) {
      table = table.with(worker(name), String.format(Locale.ROOT, "%.3g", sums.mean(name)));
      least = sums.mean(name) < sums.mean(least) ? name : least;
    }
    String told = "Worker " + worker(least) + " waited least: for it the others waited.";
    String when = " So it was in the last %,d steps that these made together.";
    Paragraph paragraph =
        new Paragraph(told + (sums.others ? String.format(Locale.ROOT, when, sums.steps) : ""));
    return Optional.of(new Section("Workers", List.of(paragraph, table)));
  }

  private static String worker(String name) {
    return name.replaceAll(".*_", "");
  }
}

package io.github.fdistill.run;

import io.github.fdistill.journal.Metrics;
import io.github.fdistill.report.Paragraph;
import io.github.fdistill.report.Section;
import io.github.fdistill.report.Table;
import io.github.fdistill.training.Reading;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
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

  /** A row for each worker, and who waited least; none of a run that was made by one. */
  static Optional<Section> of(Metrics metrics) {
    List<String> names = metrics.values().keySet().stream().filter(WaitedTimes::is).toList();
    if (names.isEmpty()) {
      return Optional.empty();
    }
    Table table = Table.of("worker", "seconds waited in a step, in the mean");
    String least = names.get(0);
    for (String name : names) {
      table = table.with(worker(name), String.format(Locale.ROOT, "%.3g", mean(metrics, name)));
      least = mean(metrics, name) < mean(metrics, least) ? name : least;
    }
    String told = "Worker " + worker(least) + " waited least: for it the others waited.";
    return Optional.of(new Section("Workers", List.of(new Paragraph(told), table)));
  }

  private static String worker(String name) {
    return name.replaceAll(".*_", "");
  }

  private static double mean(Metrics metrics, String name) {
    return Arrays.stream(metrics.values().get(name)).average().orElse(0);
  }
}

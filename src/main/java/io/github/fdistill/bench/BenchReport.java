package io.github.fdistill.bench;

import io.github.fdistill.device.Sessions;
import io.github.fdistill.journal.PerSecond;
import io.github.fdistill.report.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What a bench found, for people and for programs.
 *
 * @param peer what it is shown beside
 */
public record BenchReport(Bench.Findings findings, Optional<Peer> peer) {
  /** Op types below this share of the time everywhere are not told to people. */
  private static final double SMALL = 0.01;

  /** A product of matrices that gets less than this of the processors shares them. */
  private static final double BUSY = 0.8;

  /** Tables in Markdown. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (String variant : variants()) {
      List<MeasuredWork> measured = of(variant);
      text.append(variant).append("\n\n").append(speeds(measured).markdown());
      text.append("\n\nShare of the ops' time, by a trace:\n\n");
      text.append(shares(measured).markdown());
      text.append("\n\n10^9 operations a second of the products, by the same trace:\n\n");
      text.append(rates(measured).markdown()).append("\n\n");
    }
    peer.ifPresent(other -> text.append(other.beside(findings)));
    findings.measured().stream()
        .map(m -> m.workload().precision())
        .distinct()
        .forEach(precision -> text.append(matrices(precision.name())));
    text.append(
        String.format(
            Locale.ROOT,
            "%.2f s from the start of Java to the end of the first %s, graph and all.%n",
            findings.firstSeconds(),
            findings.first()));
    findings
        .peakBytes()
        .ifPresent(
            bytes ->
                text.append(String.format(Locale.ROOT, "At most %.0f MB held.%n", bytes / 1e6)));
    return text.toString();
  }

  private Set<String> variants() {
    Set<String> names = new LinkedHashSet<>();
    findings.measured().forEach(m -> names.add(m.variant()));
    return names;
  }

  private List<MeasuredWork> of(String variant) {
    return findings.measured().stream().filter(m -> m.variant().equals(variant)).toList();
  }

  /** The same workload of the first variant that has it. */
  private MeasuredWork first(MeasuredWork one) {
    return findings.measured().stream()
        .filter(m -> m.workload().work() == one.workload().work())
        .findFirst()
        .orElseThrow();
  }

  private Table speeds(List<MeasuredWork> measured) {
    List<String> header =
        new ArrayList<>(
            List.of(
                "workload",
                "images/s",
                "ms",
                "quartiles",
                "processor, ms",
                "GFLOP",
                "GFLOP/s",
                "of matrices",
                "by processor time",
                "outside TensorFlow",
                "tensors, MB"));
    boolean compares = variants().size() > 1;
    if (compares) {
      header.addAll(List.of("times the first", "by processor time"));
    }
    List<List<String>> rows = new ArrayList<>();
    for (MeasuredWork m : measured) {
      List<String> row = new ArrayList<>(speed(m));
      if (compares) {
        row.add(number("%.3f", m.timesAsFastAs(first(m)).median()));
        row.add(number("%.3f", m.timesAsFastByProcessorTime(first(m)).median()));
      }
      rows.add(row);
    }
    return new Table(header, rows);
  }

  private static List<String> speed(MeasuredWork m) {
    Spread seconds = m.seconds();
    return List.of(
        m.workload().work().toString(),
        PerSecond.text(m.imagesPerSecond().median()),
        number("%.1f", seconds.median() * 1e3),
        number("%.1f", seconds.low() * 1e3) + " to " + number("%.1f", seconds.high() * 1e3),
        number("%.1f", m.processorSeconds().median() * 1e3),
        number("%.2f", m.workload().operations().total() / 1e9),
        PerSecond.text(m.rate().median() / 1e9),
        percent(m.shareOfMatrixRate().median()),
        percent(m.shareByProcessorTime().median()),
        number("%.2f", m.outside().median() * 100) + "%",
        number("%.0f", m.trace().peakBytes() / 1e6));
  }

  private Table shares(List<MeasuredWork> measured) {
    Set<String> types = new LinkedHashSet<>();
    for (MeasuredWork m : measured) {
      m.trace().ops().keySet().stream()
          .filter(type -> m.trace().share(type) >= SMALL)
          .forEach(types::add);
    }
    return byType(measured, types, "op", (m, type) -> percent(m.trace().share(type)));
  }

  private Table rates(List<MeasuredWork> measured) {
    Set<String> types = new LinkedHashSet<>();
    for (MeasuredWork m : measured) {
      m.trace().ops().keySet().stream().filter(type -> m.rate(type) > 0).forEach(types::add);
    }
    return byType(measured, types, "product", (m, type) -> PerSecond.text(m.rate(type) / 1e9));
  }

  @FunctionalInterface
  private interface Cell {
    String of(MeasuredWork measured, String type);
  }

  private static Table byType(
      List<MeasuredWork> measured, Set<String> types, String corner, Cell cell) {
    List<String> header = new ArrayList<>(List.of(corner));
    measured.forEach(m -> header.add(m.workload().work().toString()));
    List<List<String>> rows = new ArrayList<>();
    for (String type : types) {
      List<String> row = new ArrayList<>(List.of(type));
      for (MeasuredWork m : measured) {
        row.add(m.trace().ops().containsKey(type) ? cell.of(m, type) : "");
      }
      rows.add(row);
    }
    return new Table(header, rows);
  }

  private String matrices(String precision) {
    List<MeasuredWork.Time> products =
        findings.measured().stream()
            .filter(m -> m.workload().precision().name().equals(precision))
            .flatMap(m -> m.times().stream())
            .map(MeasuredWork.Round::matrices)
            .toList();
    Spread rates = Spread.of(products.stream().mapToDouble(MeasuredWork.Time::rate).toArray());
    double cores =
        Spread.of(products.stream().mapToDouble(t -> t.processor() / t.seconds()).toArray())
            .median();
    int all = Runtime.getRuntime().availableProcessors();
    return String.format(
        Locale.ROOT,
        "Matrices in %s: %.0f GFLOP/s, quartiles %.0f to %.0f; on %.1f of %d processors.%s%n",
        precision.toLowerCase(Locale.ROOT),
        rates.median() / 1e9,
        rates.low() / 1e9,
        rates.high() / 1e9,
        cores,
        all,
        !Sessions.onGpu() && cores < BUSY * all
            ? " This machine has other work to do: go by processor time."
            : "");
  }

  private static String percent(double share) {
    return number("%.1f", share * 100) + "%";
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  /** All of it, for a record: numbers in seconds, bytes and floating-point operations. */
  public Map<String, Object> entries() {
    Map<String, Object> entries = new LinkedHashMap<>();
    entries.put("first_workload", findings.first());
    entries.put("first_seconds", findings.firstSeconds());
    findings.peakBytes().ifPresent(bytes -> entries.put("peak_resident_bytes", bytes));
    entries.put("measured", findings.measured().stream().map(this::entry).toList());
    peer.ifPresent(
        other -> {
          entries.put("against", other.name());
          entries.put("beside", other.entries(findings));
        });
    return entries;
  }

  private Map<String, Object> entry(MeasuredWork m) {
    Map<String, Object> entry = new LinkedHashMap<>();
    Workload workload = m.workload();
    entry.put("variant", m.variant());
    entry.put("workload", workload.work().toString());
    entry.put("images", workload.images());
    entry.put("precision", workload.precision().name());
    entry.put("rounds", m.times().size());
    entry.put("seconds", spread(m, MeasuredWork::seconds));
    entry.put("processor_seconds", spread(m, MeasuredWork::processorSeconds));
    entry.put("images_per_second", spread(m, MeasuredWork::imagesPerSecond));
    entry.put("operations", workload.operations().total());
    entry.put("operations_by_op", new LinkedHashMap<>(workload.operations().byType()));
    entry.put("operations_per_second", spread(m, MeasuredWork::rate));
    entry.put("matrix_operations_per_second", spread(m, MeasuredWork::matrixRate));
    entry.put("share_of_matrix_rate", spread(m, MeasuredWork::shareOfMatrixRate));
    entry.put("share_of_matrix_rate_by_processor", spread(m, MeasuredWork::shareByProcessorTime));
    entry.put("share_outside_tensorflow", spread(m, MeasuredWork::outside));
    entry.put("times_as_fast_as_first", spread(m, one -> one.timesAsFastAs(first(one))));
    entry.put(
        "times_as_fast_by_processor", spread(m, one -> one.timesAsFastByProcessorTime(first(one))));
    entry.put("peak_tensor_bytes", m.trace().peakBytes());
    entry.put("traced_seconds", m.trace().seconds());
    List<Map<String, Object>> ops = new ArrayList<>();
    m.trace().ops().forEach((type, time) -> ops.add(op(m, type, time)));
    entry.put("ops", ops);
    return entry;
  }

  private static Map<String, Object> op(MeasuredWork m, String type, Trace.Time time) {
    Map<String, Object> op = new LinkedHashMap<>();
    op.put("op", type);
    op.put("count", time.count());
    op.put("seconds", time.seconds());
    op.put("share", m.trace().share(type));
    return op;
  }

  private static Map<String, Object> spread(MeasuredWork m, Function<MeasuredWork, Spread> of) {
    return of.apply(m).entry();
  }
}

package io.github.fdistill.bench;

import io.github.fdistill.config.Precision;
import io.github.fdistill.device.ResidentMemory;
import io.github.fdistill.journal.Progress;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Times workloads side by side: round by round each of them once, those that are to be compared one
 * after another, and before each a product of matrices, so that what else the machine does meets
 * all of them.
 */
public final class Bench implements AutoCloseable {
  private static final int WARM_UP = 2;
  private static final int TRACES = 3;

  /**
   * Settings to be timed.
   *
   * @param name as {@code graphs/fashion-mnist}
   * @param subjects opened in this order
   */
  public record Variant(String name, List<Subject.Opening> subjects) {}

  /**
   * What was found.
   *
   * @param measured in the order of the variants, and in each of its workloads
   * @param first what was done first of all
   * @param firstSeconds from the start of Java until it was done, graph and all
   * @param peakBytes the most that the process held; none where the system does not tell
   */
  public record Findings(
      List<MeasuredWork> measured, String first, double firstSeconds, OptionalLong peakBytes) {}

  private record Entry(String variant, Workload workload, List<MeasuredWork.Round> times) {}

  private final List<Subject> open = new ArrayList<>();
  private final List<Entry> entries = new ArrayList<>();
  private final Map<Precision, Workload> matrices = new EnumMap<>(Precision.class);
  private final ProcessorTime clock = ProcessorTime.here();
  private final BooleanSupplier stop;
  private String first = "";
  private double firstSeconds;

  private Bench(BooleanSupplier stop) {
    this.stop = stop;
  }

  /**
   * Times.
   *
   * @param wanted the others are left out
   * @param rounds how often each is timed, at least once
   * @param stop asked before each workload; once it is true, nothing more is begun
   * @return nothing where it was stopped
   */
  public static Optional<Findings> run(
      List<Variant> variants,
      Set<Work> wanted,
      int rounds,
      Progress.Options how,
      BooleanSupplier stop) {
    try (Bench bench = new Bench(stop);
        Progress progress = Progress.start("bench", 0, rounds + 2L, how)) {
      variants.forEach(variant -> bench.open(variant, wanted));
      progress.stepTo(1, 0, "");
      for (int round = 0; round < rounds; round++) {
        bench.round();
        progress.stepTo(round + 2L, 0, "");
      }
      List<MeasuredWork> measured = bench.measured();
      if (stop.getAsBoolean()) {
        return Optional.empty();
      }
      progress.stepTo(rounds + 2L, 0, "");
      OptionalLong peak = ResidentMemory.here().peak();
      return Optional.of(new Findings(measured, bench.first, bench.firstSeconds, peak));
    }
  }

  private void open(Variant variant, Set<Work> wanted) {
    for (Subject.Opening opening : variant.subjects()) {
      if (stop.getAsBoolean()) {
        return;
      }
      Subject subject = opening.open();
      open.add(subject);
      for (Workload workload : subject.workloads()) {
        if (wanted.contains(workload.work()) && !stop.getAsBoolean()) {
          warmUp(workload);
          entries.add(new Entry(variant.name(), workload, new ArrayList<>()));
          matrices.computeIfAbsent(workload.precision(), this::matrices);
        }
      }
    }
  }

  private Workload matrices(Precision precision) {
    Subject subject = MatrixRate.open(precision);
    open.add(subject);
    Workload product = subject.workloads().get(0);
    warmUp(product);
    return product;
  }

  private void warmUp(Workload workload) {
    for (int i = 0; i < WARM_UP; i++) {
      time(workload);
      if (first.isEmpty()) {
        first = workload.work().toString();
        firstSeconds = ManagementFactory.getRuntimeMXBean().getUptime() / 1e3;
      }
    }
  }

  private void round() {
    // Stable: workloads that are the same work come together, in the order of their variants.
    List<Work> works = entries.stream().map(e -> e.workload().work()).distinct().toList();
    entries.stream()
        .sorted(Comparator.comparingInt(e -> works.indexOf(e.workload().work())))
        .takeWhile(entry -> !stop.getAsBoolean())
        .forEach(
            entry -> {
              MeasuredWork.Time product = time(matrices.get(entry.workload().precision()));
              entry.times().add(new MeasuredWork.Round(product, time(entry.workload())));
            });
  }

  private MeasuredWork.Time time(Workload workload) {
    Stopwatch within = new Stopwatch();
    double processor = clock.seconds();
    long start = System.nanoTime();
    workload.doing().accept(within);
    double seconds = (System.nanoTime() - start) / 1e9;
    return new MeasuredWork.Time(
        seconds, within.seconds(), clock.seconds() - processor, workload.operations().total());
  }

  private List<MeasuredWork> measured() {
    List<MeasuredWork> measured = new ArrayList<>();
    for (Entry entry : entries) {
      if (stop.getAsBoolean()) {
        break;
      }
      Trace shortest = Trace.of(entry.workload());
      for (int i = 1; i < TRACES; i++) {
        Trace trace = Trace.of(entry.workload());
        shortest = trace.seconds() < shortest.seconds() ? trace : shortest;
      }
      measured.add(new MeasuredWork(entry.variant(), entry.workload(), entry.times(), shortest));
    }
    return measured;
  }

  @Override
  public void close() {
    open.forEach(Subject::close);
  }
}

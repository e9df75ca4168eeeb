package io.github.fdistill.bench;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What was measured of a workload.
 *
 * @param variant of the settings, as {@code graphs/fashion-mnist}
 * @param times one a round, beside the others of the round
 * @param trace the shortest of some
 */
public record MeasuredWork(String variant, Workload workload, List<Round> times, Trace trace) {

  /**
   * Doing something once.
   *
   * @param seconds of it all
   * @param within seconds within runs of the session
   * @param processor seconds of the processor, of all threads together: hardly more where other
   *     programs take turns
   * @param operations floating-point
   */
  public record Time(double seconds, double within, double processor, long operations) {

    /** Operations a second. */
    public double rate() {
      return operations / seconds;
    }

    /** Operations a second of a thread. */
    public double processorRate() {
      return operations / processor;
    }
  }

  /** The workload, and the product of matrices just before. */
  public record Round(Time matrices, Time workload) {}

  public MeasuredWork {
    times = List.copyOf(times);
  }

  private Spread spread(ToDoubleFunction<Round> number) {
    return Spread.of(times.stream().mapToDouble(number).toArray());
  }

  /** Of doing it once. */
  public Spread seconds() {
    return spread(round -> round.workload.seconds);
  }

  /** Of the processor, for doing it once. */
  public Spread processorSeconds() {
    return spread(round -> round.workload.processor);
  }

  public Spread imagesPerSecond() {
    return spread(round -> workload.images() / round.workload.seconds);
  }

  /** Floating-point operations a second. */
  public Spread rate() {
    return spread(round -> round.workload.rate());
  }

  /** Of the matrices. */
  public Spread matrixRate() {
    return spread(round -> round.matrices.rate());
  }

  /** The one rate beside the other. */
  public Spread shareOfMatrixRate() {
    return spread(round -> round.workload.rate() / round.matrices.rate());
  }

  /** The same by processor time: near the former on a machine with nothing else to do. */
  public Spread shareByProcessorTime() {
    return spread(round -> round.workload.processorRate() / round.matrices.processorRate());
  }

  /** The share of the time outside runs of the session: waiting for batches, feeding, fetching. */
  public Spread outside() {
    return spread(round -> 1 - round.workload.within / round.workload.seconds);
  }

  /** How many times as fast as another, by images and round by round. */
  public Spread timesAsFastAs(MeasuredWork other) {
    return timesAsFastAs(other, Time::seconds);
  }

  /** The same by processor time. */
  public Spread timesAsFastByProcessorTime(MeasuredWork other) {
    return timesAsFastAs(other, Time::processor);
  }

  private Spread timesAsFastAs(MeasuredWork other, ToDoubleFunction<Time> time) {
    double[] ratios = new double[times.size()];
    for (int i = 0; i < ratios.length; i++) {
      double mine = workload.images() / time.applyAsDouble(times.get(i).workload);
      double others = other.workload.images() / time.applyAsDouble(other.times.get(i).workload);
      ratios[i] = mine / others;
    }
    return Spread.of(ratios);
  }

  /** Operations a second of the ops of a type, in the trace; 0 of those without. */
  public double rate(String type) {
    long operations = workload.operations().byType().getOrDefault(type, 0L);
    return operations == 0 ? 0 : operations / trace.ops().get(type).seconds();
  }
}

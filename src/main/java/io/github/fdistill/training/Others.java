package io.github.fdistill.training;

import io.github.fdistill.device.SessionRuns;
import io.github.fdistill.workers.Crew;
import io.github.fdistill.workers.Order;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.tensorflow.Session;
import org.tensorflow.op.Op;

/**
 * What a training has to do with the other workers that make its steps: it tells them what to do,
 * and hears of theirs. Alone it has nothing to do.
 */
final class Others {
  /** Of a report, before the readings: whether the worker was asked to stop, and its seconds. */
  private static final int HEAD = 2;

  private final Optional<Crew> crew;
  private final Optional<Op> shared;
  private final Optional<Shards> shards;
  private final Stragglers stragglers;
  private Map<String, Double> waited = Map.of();
  private boolean askedToStop;

  /**
   * The workers that a share is beside.
   *
   * @param shared target that gives all the first worker's state
   * @param shards what of the state each worker has a share of
   */
  Others(Share share, Optional<Op> shared, Optional<Shards> shards) {
    this.crew = share.crew();
    this.shared = shared;
    this.shards = shards;
    stragglers = new Stragglers(share);
  }

  /** Of a worker alone. */
  static Others none() {
    return new Others(Share.ALL, Optional.empty(), Optional.empty());
  }

  /** Gives all workers this one's state. */
  void share(Session session) {
    crew.ifPresent(c -> c.order(Order.of(Order.Kind.SHARE, 0)));
    shared.ifPresent(target -> session.runner().addTarget(target).run().close());
    shards.ifPresent(all -> all.give(session));
  }

  /**
   * Makes a step with all.
   *
   * @param own this worker's part of it
   * @return the readings, as means over all workers
   */
  Map<Reading, Float> step(long number, StepRunner runner, Supplier<Map<Reading, Float>> own) {
    if (crew.isEmpty()) {
      return own.get();
    }
    shards.ifPresent(Shards::forget);
    crew.get().order(Order.of(Order.Kind.STEP, number));
    Map<Reading, Float> mine = own.get();
    List<double[]> reports = new ArrayList<>();
    reports.add(report(mine, runner.ownSeconds(), false));
    reports.addAll(crew.get().reports(HEAD + mine.size()));
    askedToStop = reports.stream().anyMatch(report -> report[0] != 0);
    waited = stragglers.see(reports.stream().mapToDouble(report -> report[1]).toArray());
    Map<Reading, Float> means = new LinkedHashMap<>();
    int i = HEAD;
    for (Reading reading : mine.keySet()) {
      int at = i++;
      double sum = reports.stream().mapToDouble(report -> report[at]).sum();
      means.put(reading, (float) (sum / reports.size()));
    }
    return means;
  }

  private static double[] report(Map<Reading, Float> readings, double seconds, boolean stop) {
    double[] report = new double[HEAD + readings.size()];
    report[0] = stop ? 1 : 0;
    report[1] = seconds;
    int i = HEAD;
    for (float value : readings.values()) {
      report[i++] = value;
    }
    return report;
  }

  /** The readings of the last step, and how long each worker waited in it, in seconds, by name. */
  Map<String, Number> told(Map<Reading, Float> readings) {
    Map<String, Number> told = new LinkedHashMap<>(Reading.byText(readings));
    told.putAll(waited);
    return told;
  }

  /** Whether this worker, or another in the last step, was asked to stop. */
  boolean stopped(BooleanSupplier here) {
    return askedToStop || here.getAsBoolean();
  }

  /** Says that no more steps are made. */
  void done() {
    crew.ifPresent(c -> c.order(Order.of(Order.Kind.DONE, 0)));
  }

  /**
   * The part of a worker that is not the first: does what it is told until the training is done.
   *
   * @param runner of its steps
   * @param step the batches of one, and the turns that each is for
   * @param stop asked before each step
   */
  void follow(Session session, StepRunner runner, List<List<Turn>> step, BooleanSupplier stop) {
    Crew all = crew.orElseThrow();
    for (Order order = all.ordered(); ; order = all.ordered()) {
      switch (order.kind()) {
        case SHARE -> session.runner().addTarget(shared.orElseThrow()).run().close();
        case STEP -> {
          Map<Reading, Float> readings = runner.run(step, order.numbers()[0], SessionRuns.PLAIN);
          all.report(report(readings, runner.ownSeconds(), stop.getAsBoolean()));
        }
        case GIVE, GATHER -> shards.orElseThrow().follow(session, order);
        case DONE -> {
          return;
        }
        case BUILD, END -> throw new IllegalStateException("the order " + order.kind());
      }
    }
  }
}

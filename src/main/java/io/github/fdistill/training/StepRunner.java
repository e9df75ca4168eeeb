package io.github.fdistill.training;

import io.github.fdistill.data.Batch;
import io.github.fdistill.data.Batches;
import io.github.fdistill.data.BatchesAhead;
import io.github.fdistill.device.SessionRuns;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.types.TFloat32;

/**
 * Makes steps of a training graph, one at a time; beside each, the batches of the next are made.
 */
final class StepRunner implements AutoCloseable {
  private final Session session;
  private final StepInputs inputs;
  private final BatchesAhead batches;
  private double ownSeconds;

  StepRunner(Session session, StepInputs inputs, Batches batches) {
    this.session = session;
    this.inputs = inputs;
    this.batches = new BatchesAhead(inputs.ofRowsHere(batches));
  }

  /**
   * Makes one.
   *
   * @param step its batches, and the turns that each is for
   * @param number of the step
   * @return the step's readings; those of several runs of one kind are averaged
   */
  Map<Reading, Float> run(List<List<Turn>> step, long number, SessionRuns how) {
    Numbers numbers = new Numbers();
    ownSeconds = 0;
    for (int i = 0; i < step.size(); i++) {
      long batchNumber = number * step.size() + i;
      long asked = System.nanoTime();
      Batch batch = batches.at(batchNumber);
      ownSeconds += secondsSince(asked);
      for (Turn turn : step.get(i)) {
        for (Turn.Run run : turn.runs()) {
          long begun = System.nanoTime();
          for (int part : run.eachPart() ? inputs.partsHere() : List.of(0)) {
            try (Feed feed = Feed.of(inputs, batch, batchNumber, part)) {
              take(run, feed, how, numbers);
            }
          }
          ownSeconds += run.eachPart() ? secondsSince(begun) : 0;
        }
      }
    }
    return numbers.means();
  }

  private static double secondsSince(long begun) {
    return (System.nanoTime() - begun) / 1e9;
  }

  private void take(Turn.Run run, Feed feed, SessionRuns how, Numbers numbers) {
    Session.Runner runner = feed.into(session.runner()).addTarget(run.target());
    run.scalars().values().forEach(runner::fetch);
    try (Result result = how.run(runner)) {
      int i = 0;
      for (Reading reading : run.scalars().keySet()) {
        numbers.add(reading, ((TFloat32) result.get(i++)).getFloat());
      }
    }
  }

  /**
   * How long this worker took for what it did of the last step by itself: its images, where they
   * were not there yet, and its parts; not what it did with others, for whom it waits.
   */
  double ownSeconds() {
    return ownSeconds;
  }

  /** Waits for the batches that are being made for later steps. */
  void awaitBatches() {
    batches.await();
  }

  @Override
  public void close() {
    batches.close();
  }

  /** Means of readings. */
  private static final class Numbers {
    private final Map<Reading, Float> sums = new LinkedHashMap<>();
    private final Map<Reading, Integer> counts = new LinkedHashMap<>();

    void add(Reading reading, float value) {
      sums.merge(reading, value, Float::sum);
      counts.merge(reading, 1, Integer::sum);
    }

    Map<Reading, Float> means() {
      Map<Reading, Float> means = new LinkedHashMap<>();
      sums.forEach((reading, sum) -> means.put(reading, sum / counts.get(reading)));
      return means;
    }
  }
}

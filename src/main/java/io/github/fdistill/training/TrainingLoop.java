package io.github.fdistill.training;

import io.github.fdistill.InputException;
import io.github.fdistill.data.Batch;
import io.github.fdistill.data.Batches;
import io.github.fdistill.journal.Checkpoint;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.journal.MetricsLog;
import io.github.fdistill.journal.Progress;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.types.TFloat32;

/**
 * Runs the steps of a training graph: from the newest checkpoint to the last step, with a
 * checkpoint, a line of numbers and a look at the state where one is asked for.
 */
public final class TrainingLoop {

  /**
   * What to run.
   *
   * @param name for the progress line
   * @param step the batches of one step, and the turns that each is for
   * @param steps how many steps there are in all
   * @param checkpointEvery steps from one checkpoint to the next
   * @param headline the numbers to show on the progress line
   */
  public record Plan(
      String name,
      List<List<Turn>> step,
      long steps,
      long checkpointEvery,
      List<String> headline) {}

  /**
   * Where to put what comes out.
   *
   * @param looks at the state on the way
   */
  public record Outputs(
      Checkpoints checkpoints,
      java.nio.file.Path metrics,
      Progress.Options progress,
      List<Look> looks) {}

  /**
   * A look at the state after every so many steps, and after the last.
   *
   * @param every steps from one look to the next; 0: never
   */
  public record Look(long every, Looking at) {
    private boolean isDue(long step, long steps) {
      return every > 0 && (step % every == 0 || step == steps);
    }
  }

  /** Draws or measures the state after a step. */
  @FunctionalInterface
  public interface Looking {
    /** What is to stand beside the step's own numbers, by name. */
    Map<String, ? extends Number> after(long step) throws IOException;
  }

  /**
   * How a run ended.
   *
   * @param step steps done
   * @param images read for them, over all sessions of the run
   * @param finished whether that is all of them
   * @param last the numbers of the last step; none where no step was left to run
   */
  public record Outcome(long step, long images, boolean finished, Map<String, Float> last) {}

  private static final Logger LOG = LogManager.getLogger(TrainingLoop.class);

  private final Session session;
  private final StepInputs inputs;
  private final State state;
  private final Batches batches;
  private boolean warned;

  public TrainingLoop(Session session, StepInputs inputs, State state, Batches batches) {
    this.session = session;
    this.inputs = inputs;
    this.state = state;
    this.batches = batches;
  }

  /** Runs until the last step or until asked to stop; the state is saved either way. */
  public Outcome run(Plan plan, Outputs outputs, BooleanSupplier stop) throws IOException {
    long first = begin(plan, outputs.checkpoints());
    Map<String, Float> numbers = Map.of();
    if (first >= plan.steps()) {
      return new Outcome(first, first * imagesPerStep(plan), true, numbers);
    }
    long step = first;
    try (MetricsLog metrics = new MetricsLog(outputs.metrics(), first);
        Progress progress = Progress.start(plan.name(), first, plan.steps(), outputs.progress())) {
      while (step < plan.steps() && !stop.getAsBoolean()) {
        numbers = step(plan, step);
        warnOnce(step, numbers);
        Map<String, Number> line = new LinkedHashMap<>(numbers);
        for (Look look : outputs.looks()) {
          if (look.isDue(step + 1, plan.steps())) {
            line.putAll(look.at().after(step + 1));
          }
        }
        metrics.write(step, line);
        step++;
        progress.stepTo(step, (step - first) * imagesPerStep(plan), line(plan, numbers));
        if (step % plan.checkpointEvery() == 0 && step < plan.steps()) {
          save(outputs.checkpoints(), step);
        }
      }
    }
    if (step > first) {
      save(outputs.checkpoints(), step);
    }
    return new Outcome(step, step * imagesPerStep(plan), step >= plan.steps(), numbers);
  }

  /**
   * Says that a number is none: an update with such a gradient is skipped, and nobody would see.
   */
  private void warnOnce(long step, Map<String, Float> numbers) {
    for (Map.Entry<String, Float> number : numbers.entrySet()) {
      if (!warned && !Float.isFinite(number.getValue())) {
        warned = true;
        LOG.warn(
            "Step {}: {} is {}; updates whose gradient is not finite are skipped. If this goes on,"
                + " lower the learning rates (metrics.jsonl has every step)",
            step,
            number.getKey(),
            number.getValue());
      }
    }
  }

  /** The first step to run: 0, or the newest checkpoint's, which is loaded. */
  private long begin(Plan plan, Checkpoints checkpoints) throws IOException {
    Optional<Checkpoint> latest = checkpoints.latest();
    if (latest.isPresent()) {
      long step = latest.get().step();
      if (step > plan.steps()) {
        throw new InputException(
            "field steps: " + plan.steps(),
            "the run has made " + step + " steps already: " + latest.get().folder(),
            step + " or more, to go on or to finish",
            "--set steps=" + step + ", or take another name with --set name=...");
      }
      state.restore(session, latest.get().folder());
      return step;
    }
    state.initialise(session);
    return 0;
  }

  private void save(Checkpoints checkpoints, long step) throws IOException {
    checkpoints.save(step, folder -> state.save(session, folder));
  }

  private long imagesPerStep(Plan plan) {
    return (long) plan.step().size() * inputs.batchSize();
  }

  /** One step; the numbers of several runs of one kind are averaged. */
  private Map<String, Float> step(Plan plan, long step) {
    Numbers numbers = new Numbers();
    for (int i = 0; i < plan.step().size(); i++) {
      long number = step * plan.step().size() + i;
      Batch batch = batches.at(number);
      for (Turn turn : plan.step().get(i)) {
        for (Turn.Run run : turn.runs()) {
          for (int part = 0; part < (run.eachPart() ? inputs.parts() : 1); part++) {
            try (Feed feed = Feed.of(inputs, batch, number, part)) {
              take(run, feed, numbers);
            }
          }
        }
      }
    }
    return numbers.means();
  }

  private void take(Turn.Run run, Feed feed, Numbers numbers) {
    Session.Runner runner = feed.into(session.runner()).addTarget(run.target());
    run.scalars().values().forEach(runner::fetch);
    try (Result result = runner.run()) {
      int i = 0;
      for (String name : run.scalars().keySet()) {
        numbers.add(name, ((TFloat32) result.get(i++)).getFloat());
      }
    }
  }

  /** Means of numbers by name. */
  private static final class Numbers {
    private final Map<String, Float> sums = new LinkedHashMap<>();
    private final Map<String, Integer> counts = new LinkedHashMap<>();

    void add(String name, float value) {
      sums.merge(name, value, Float::sum);
      counts.merge(name, 1, Integer::sum);
    }

    Map<String, Float> means() {
      Map<String, Float> means = new LinkedHashMap<>();
      sums.forEach((name, sum) -> means.put(name, sum / counts.get(name)));
      return means;
    }
  }

  private static String line(Plan plan, Map<String, Float> numbers) {
    StringBuilder line = new StringBuilder();
    for (String name : plan.headline()) {
      if (numbers.containsKey(name)) {
        line.append(String.format(Locale.ROOT, "%s %.4g  ", name, numbers.get(name)));
      }
    }
    return line.toString().strip();
  }
}

package io.github.fdistill.training;

import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import io.github.fdistill.config.WatchConfig;
import io.github.fdistill.data.Batches;
import io.github.fdistill.device.SessionRuns;
import io.github.fdistill.journal.Checkpoint;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.journal.RunLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.logging.log4j.Logger;
import org.tensorflow.Operation;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;

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
   * @param watch what to do when training goes wrong
   * @param headline what to show on the progress line
   */
  public record Plan(
      String name,
      List<List<Turn>> step,
      long steps,
      long checkpointEvery,
      Watch watch,
      List<Reading> headline) {

    public Plan {
      Set<Reading> readings = EnumSet.noneOf(Reading.class);
      step.forEach(turns -> turns.forEach(turn -> readings.addAll(turn.scalars().keySet())));
      requireAmong(readings, headline, "the progress line");
      if (watch.rollback().isPresent()) {
        requireAmong(readings, Watchdog.NEEDED, "the watchdog");
      }
    }

    /** What the runs of a step do and say. */
    Set<Operation> operations() {
      Set<Operation> all = new LinkedHashSet<>();
      step.forEach(
          turns ->
              turns.forEach(
                  turn -> {
                    turn.runs().forEach(run -> all.add(run.target().op()));
                    turn.scalars().values().forEach(scalar -> all.add(scalar.op()));
                  }));
      return all;
    }

    private static void requireAmong(
        Set<Reading> readings, Collection<Reading> needed, String whose) {
      if (!readings.containsAll(needed)) {
        throw new IllegalArgumentException(whose + " needs " + needed + "; steps have " + readings);
      }
    }
  }

  /**
   * What to do when training goes wrong.
   *
   * @param nonFiniteSteps steps in a row with a number that is none, after which the run ends; 0:
   *     it never does
   * @param rollback after a student's collapse, which the watchdog sees; none: there is no student
   */
  public record Watch(int nonFiniteSteps, Optional<Rollback> rollback) {
    static Watch of(WatchConfig config) {
      return new Watch(config.getNonfiniteSteps(), Optional.empty());
    }
  }

  /**
   * Where to put what comes out.
   *
   * @param looks at the state on the way
   */
  public record Outputs(
      Checkpoints checkpoints, RunLog.Files log, Progress.Options progress, List<Look> looks) {}

  /**
   * A look at the state after every so many steps, and after the last.
   *
   * @param every steps from one look to the next; 0: never
   * @param waits whether it is left to the next session where the run is to stop, for it takes long
   */
  public record Look(long every, Looking at, boolean waits) {
    /** One that is always made. */
    public Look(long every, Looking at) {
      this(every, at, false);
    }

    /** One that is left to the next session where the run is to stop. */
    public static Look mayBeLeft(long every, Looking at) {
      return new Look(every, at, true);
    }

    boolean isDue(long step, long steps) {
      return every > 0 && (step % every == 0 || step == steps);
    }
  }

  /** Draws or measures the state after a step. */
  @FunctionalInterface
  public interface Looking {
    /**
     * Looks at the state.
     *
     * @param step steps done
     * @param log of the step before it
     * @return what is to stand beside the step's own numbers, by name
     * @throws LeftLook where the run is to stop: it is then made when the run goes on
     */
    Map<String, ? extends Number> after(long step, RunLog log) throws IOException;
  }

  /**
   * How a run ended.
   *
   * @param step steps done
   * @param images read for them, over all sessions of the run
   * @param finished whether that is all of them, and no look is left
   * @param last the readings of the last step; none where no step was left to run
   */
  public record Outcome(long step, long images, boolean finished, Map<Reading, Float> last) {}

  private static final Logger LOG = Logs.of(TrainingLoop.class);

  /** Steps that are timed. */
  private static final int TIMED = 4;

  private static final int MOST_TIMED = 40;
  private static final double TIMED_SECONDS = 2;

  private final Ops tf;
  private final Session session;
  private final StepInputs inputs;
  private final State state;
  private final Batches batches;
  private final Others others;

  /**
   * A loop that has not begun.
   *
   * @param others that make the steps with this worker
   */
  TrainingLoop(
      Ops tf, Session session, StepInputs inputs, State state, Batches batches, Others others) {
    this.tf = tf;
    this.session = session;
    this.inputs = inputs;
    this.state = state;
    this.batches = batches;
    this.others = others;
  }

  /**
   * Runs until the last step or until asked to stop; the state is saved either way.
   *
   * @throws InputException when training has diverged, or a checkpoint cannot be read or written
   */
  public Outcome run(Plan plan, Outputs outputs, BooleanSupplier stop) throws IOException {
    long first = begin(plan, outputs.checkpoints());
    if (first >= plan.steps() && !RunLog.areLooksLeft(outputs.log(), first)) {
      return new Outcome(first, first * imagesPerStep(plan), true, Map.of());
    }
    try (CheckpointWriter writer = new CheckpointWriter(kept(plan, outputs.checkpoints()));
        StepRunner runner = new StepRunner(session, inputs, batches)) {
      Looks looks = new Looks(outputs, plan.steps(), () -> others.stopped(stop));
      Stretch stretch = new Stretch(plan, outputs, looks, writer, runner, first);
      while (stretch.run(stop)) {
        stretch = new Stretch(plan, outputs, looks, writer, runner, stretch.step);
      }
      if (stretch.step > stretch.first) {
        writer.save(stretch.step, () -> state.copy(session));
      }
      writer.await();
      long step = stretch.step;
      boolean finished = step >= plan.steps() && !looks.areLeft();
      return new Outcome(step, step * imagesPerStep(plan), finished, stretch.numbers);
    }
  }

  private static Checkpoints kept(Plan plan, Checkpoints checkpoints) {
    Optional<Rollback> rollback = plan.watch().rollback();
    return rollback.map(r -> checkpoints.keeping(r::mayNeed)).orElse(checkpoints);
  }

  /**
   * How long a step takes: the median of a few, of more where they are short. The first two prepare
   * the graph.
   */
  double secondsPerStep(Plan plan) {
    state.initialise(session);
    List<Double> seconds = new ArrayList<>();
    try (StepRunner runner = new StepRunner(session, inputs, batches)) {
      step(runner, plan, 0);
      step(runner, plan, 1);
      double all = 0;
      for (int i = 0; i < TIMED || all < TIMED_SECONDS && i < MOST_TIMED; i++) {
        long start = System.nanoTime();
        step(runner, plan, 2 + i);
        seconds.add((System.nanoTime() - start) / 1e9);
        all += seconds.get(i);
      }
    }
    Collections.sort(seconds);
    return seconds.get(seconds.size() / 2);
  }

  /** Makes two steps from where the run stands, to see what they take; writes nothing. */
  Rehearsal rehearse(Plan plan, Checkpoints checkpoints, Holdings holdings) throws IOException {
    long first = begin(plan, checkpoints);
    try (StepRunner runner = new StepRunner(session, inputs, batches)) {
      return Rehearsal.of(first, holdings, step -> step(runner, plan, step));
    }
  }

  /** The first step to run: 0, or the newest checkpoint's, which is loaded. */
  private long begin(Plan plan, Checkpoints checkpoints) throws IOException {
    Optional<Checkpoint> latest = checkpoints.latest();
    if (latest.isPresent()) {
      requireNoneTooMany(latest.get().step(), latest.get().folder(), plan.steps());
      state.restore(session, latest.get().folder());
    } else {
      state.initialise(session);
    }
    others.share(session);
    return latest.map(Checkpoint::step).orElse(0L);
  }

  /**
   * Refuses to go on from a later step than the last.
   *
   * @param made its checkpoint, or its model
   * @param steps that there are to be in all
   */
  public static void requireNoneTooMany(long step, Path made, long steps) {
    if (step > steps) {
      throw new InputException(
          "field steps: " + steps,
          "the run has made " + step + " steps already: " + made,
          step + " or more, to go on or to finish",
          "--set steps=" + step + ", or take another name with --set name=...");
    }
  }

  private long imagesPerStep(Plan plan) {
    return (long) plan.step().size() * inputs.batchSize();
  }

  /** Steps in their order, until the run ends or goes back. */
  private final class Stretch {
    private final Plan plan;
    private final Outputs outputs;
    private final Looks looks;
    private final CheckpointWriter writer;
    private final StepRunner runner;
    private final long first;
    private final Watchdog watchdog;
    private long step;
    private Map<Reading, Float> numbers = Map.of();
    private int nonFinite;

    Stretch(
        Plan plan,
        Outputs outputs,
        Looks looks,
        CheckpointWriter writer,
        StepRunner runner,
        long first) {
      this.plan = plan;
      this.outputs = outputs;
      this.looks = looks;
      this.writer = writer;
      this.runner = runner;
      this.first = first;
      step = first;
      watchdog = Watchdog.of(plan.watch().rollback(), outputs.log().metrics(), first);
    }

    /** Whether to go on with another stretch, from the step that this one has gone back to. */
    boolean run(BooleanSupplier stop) throws IOException {
      try (RunLog log = RunLog.open(outputs.log(), first);
          Progress progress =
              Progress.start(plan.name(), first, plan.steps(), outputs.progress())) {
        looks.makeUp(first, log, writer);
        while (step < plan.steps() && !others.stopped(stop)) {
          numbers = others.step(step, runner, () -> TrainingLoop.step(runner, plan, step));
          requireNumbers();
          looks.after(step + 1, others.told(numbers), log, writer);
          step++;
          progress.stepTo(
              step, (step - first) * imagesPerStep(plan), Reading.shown(plan.headline(), numbers));
          if (hasCollapsed() && goesBack()) {
            return true;
          }
          if (step % plan.checkpointEvery() == 0 && step < plan.steps()) {
            log.sync();
            writer.save(step, () -> state.copy(session));
          }
        }
      }
      return false;
    }

    private boolean hasCollapsed() {
      boolean collapsed = false;
      for (Watchdog.Warning warning : watchdog.see(numbers)) {
        LOG.warn("Step {}: {}", step - 1, warning.text());
        collapsed |= warning.collapse();
      }
      return collapsed;
    }

    private boolean goesBack() throws IOException {
      if (plan.watch().rollback().isEmpty()) {
        return false;
      }
      writer.await();
      OptionalLong from =
          plan.watch().rollback().get().from(step, session, state, outputs.checkpoints());
      if (from.isPresent()) {
        others.share(session);
      }
      step = from.orElse(step);
      return from.isPresent();
    }

    /** Says once that a number is none, and ends a run in which that goes on. */
    private void requireNumbers() throws IOException {
      Optional<Reading> none =
          numbers.keySet().stream().filter(n -> !Float.isFinite(numbers.get(n))).findFirst();
      nonFinite = none.isPresent() ? nonFinite + 1 : 0;
      if (nonFinite == 1) {
        LOG.warn(
            "Step {}: {} is {}; updates whose gradient is not finite are skipped, or what is not"
                + " counts as 0 by nonfinite_as_zero (metrics.jsonl has every step)",
            step,
            none.get(),
            numbers.get(none.get()));
      }
      if (nonFinite > 0 && nonFinite == plan.watch().nonFiniteSteps()) {
        throw diverged(none.get());
      }
    }

    private InputException diverged(Reading number) throws IOException {
      writer.await();
      Optional<String> tensor = NonFinite.first(session, tf, inputs, batches, plan.step(), step);
      Optional<Checkpoint> kept = outputs.checkpoints().latest();
      return new InputException(
          outputs.log().metrics() + ", step " + step,
          number
              + " is "
              + numbers.get(number)
              + ", in "
              + nonFinite
              + " steps in a row"
              + tensor.map(name -> "; the first tensor that is not finite: " + name).orElse(""),
          "finite numbers",
          kept.map(c -> "the checkpoint of step " + c.step() + " is whole: ").orElse("")
              + "train under another name (--set name=...) with lower learning rates, or with"
              + " optimiser.clip_norm");
    }
  }

  private static Map<Reading, Float> step(StepRunner runner, Plan plan, long step) {
    return runner.run(plan.step(), step, SessionRuns.PLAIN);
  }
}

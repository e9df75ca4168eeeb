package io.github.fdistill.training;

import io.github.fdistill.journal.RunLog;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The looks at a run's state, whose numbers stand in the log beside those of the step before. A
 * look may take minutes, and who asks a run to stop may wait for seconds: then it is left, the log
 * says so, and the session that goes on from there makes the step's looks before its first step. So
 * a run that was stopped has seen what an unbroken one has.
 */
final class Looks {
  private final TrainingLoop.Outputs outputs;
  private final long steps;
  private final BooleanSupplier stopped;
  private boolean left;

  /**
   * Looks at the steps of a run, of which none is left yet.
   *
   * @param steps of the run in all
   * @param stopped whether the run is to stop
   */
  Looks(TrainingLoop.Outputs outputs, long steps, BooleanSupplier stopped) {
    this.outputs = outputs;
    this.steps = steps;
    this.stopped = stopped;
  }

  /** Makes the looks that the last session has left. */
  void makeUp(long made, RunLog log, CheckpointWriter writer) throws IOException {
    Optional<Map<String, Number>> owed = log.left();
    if (owed.isPresent()) {
      Map<String, Number> seen = seen(made, true, log, writer);
      if (!left) { // Until then its line says that they are.
        log.complete(made - 1, owed.get(), seen);
      }
    }
  }

  /**
   * Looks at the state after a step, and writes the step down.
   *
   * @param own numbers of the step
   * @param writer awaited before each look: its copy and what is drawn from are not there at once
   */
  void after(long made, Map<String, ? extends Number> own, RunLog log, CheckpointWriter writer)
      throws IOException {
    Map<String, Number> line = new LinkedHashMap<>(own);
    line.putAll(seen(made, false, log, writer));
    if (left) {
      log.leave(made - 1, line);
    } else {
      log.numbers(made - 1, line);
    }
  }

  /**
   * What the looks that are due see, but those that are left.
   *
   * @param late whether the step's session made those that are never left
   */
  private Map<String, Number> seen(long made, boolean late, RunLog log, CheckpointWriter writer)
      throws IOException {
    Map<String, Number> seen = new LinkedHashMap<>();
    left = false;
    for (TrainingLoop.Look look : outputs.looks()) {
      if (look.isDue(made, steps) && (look.waits() || !late)) {
        try {
          seen.putAll(at(look, made, log, writer));
        } catch (LeftLook e) {
          left = true;
        }
      }
    }
    return seen;
  }

  private Map<String, ? extends Number> at(
      TrainingLoop.Look look, long made, RunLog log, CheckpointWriter writer) throws IOException {
    if (look.waits() && stopped.getAsBoolean()) {
      throw new LeftLook();
    }
    writer.await();
    return look.at().after(made, log);
  }

  /** Whether those after the last step are left. */
  boolean areLeft() {
    return left;
  }
}

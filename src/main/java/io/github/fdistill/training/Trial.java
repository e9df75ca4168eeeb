package io.github.fdistill.training;

import io.github.fdistill.data.Batches;
import io.github.fdistill.device.SessionRuns;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;

/**
 * A training graph whose turns are made one by one, outside any run: to time them, and to see what
 * is in them. What is trained is lost with its session.
 */
public final class Trial {
  private final Graph graph;
  private final StepInputs inputs;
  private final List<List<Turn>> step;
  private final StepRunner runner;

  private Trial(Ops tf, StepInputs inputs, List<List<Turn>> step, StepRunner runner) {
    this.graph = (Graph) tf.scope().env();
    this.inputs = inputs;
    this.step = step;
    this.runner = runner;
  }

  /** Gives the variables their first values. */
  static Trial begin(
      Ops tf,
      Session session,
      StepInputs inputs,
      State state,
      List<List<Turn>> step,
      Batches batches) {
    state.initialise(session);
    return new Trial(tf, inputs, step, new StepRunner(session, inputs, batches));
  }

  /** What everything runs in. */
  public Graph graph() {
    return graph;
  }

  /** Images of a batch. */
  public int batchSize() {
    return inputs.batchSize();
  }

  /** Parts that a batch is computed in. */
  public int parts() {
    return inputs.parts();
  }

  /** The batches of a step, and the turns that each is for. */
  public List<List<Turn>> step() {
    return step;
  }

  /** The turns of a step, each once. */
  public Set<Turn> turns() {
    Set<Turn> turns = new LinkedHashSet<>();
    step.forEach(turns::addAll);
    return turns;
  }

  /** Makes a step. */
  public void make(long number, SessionRuns how) {
    runner.run(step, number, how);
  }

  /** Makes one turn, on a batch. */
  public void make(Turn turn, long batch, SessionRuns how) {
    runner.run(List.of(List.of(turn)), batch, how);
  }
}

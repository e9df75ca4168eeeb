package io.github.fdistill.training;

import io.github.fdistill.data.Batches;
import io.github.fdistill.device.SessionRuns;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;

/**
 * A training graph whose turns are made one by one, outside any run: to time them, and to see what
 * is in them. What is trained is lost with its session.
 */
public final class Trial implements AutoCloseable {
  private final Graph graph;
  private final Session session;
  private final StepInputs inputs;
  private final List<List<Turn>> step;
  private final Batches batches;
  private final List<StepRunner> runners = new ArrayList<>();

  private Trial(
      Graph graph, Session session, StepInputs inputs, List<List<Turn>> step, Batches batches) {
    this.graph = graph;
    this.session = session;
    this.inputs = inputs;
    this.step = step;
    this.batches = batches;
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
    return new Trial((Graph) tf.scope().env(), session, inputs, step, batches);
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

  /**
   * Steps of these turns, on batches that follow each other. As in a run, the batches of the next
   * step are made beside a step; unlike there, the step ends when they are made too. So it is what
   * a step of a long run takes, and none makes batches in the time of others.
   *
   * @param turns as {@link #step}
   * @return makes the next one
   */
  public Consumer<SessionRuns> repeated(List<List<Turn>> turns) {
    StepRunner runner = new StepRunner(session, inputs, batches);
    runners.add(runner);
    AtomicLong number = new AtomicLong();
    return how -> {
      runner.run(turns, number.getAndIncrement(), how);
      runner.awaitBatches();
    };
  }

  @Override
  public void close() {
    runners.forEach(StepRunner::close);
  }
}

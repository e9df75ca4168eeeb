package io.github.fdistill.training;

import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.data.Batches;
import io.github.fdistill.device.Kernels;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Placement;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.savedmodel.Weights;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;

/**
 * What a training runs in, whatever it trains: a graph with its inputs and its variables, and a
 * session. First the steps are built in the graph, then it is {@link #open opened}; whoever builds
 * closes it, also where the building fails.
 */
public final class TrainingGraph implements AutoCloseable {
  private final Graph graph = Sessions.graph();
  private final Ops tf = NodeNames.ops(graph);
  private final State state;
  private final StepInputs inputs;
  private final Share share;
  private Others others;
  private boolean ran;
  private TrainingLoop.Plan plan;
  private List<List<String>> trainedTogether;
  private long drawn;
  private Session session;

  /**
   * A graph with its inputs alone.
   *
   * @param batchSize a multiple of the number of parts, and of workers
   * @param parts that each worker computes its share of a batch in
   * @param image [H,W,C]
   * @param conditioning what the networks take
   * @param memories that it is built for, whatever there are here
   */
  TrainingGraph(
      int batchSize,
      int parts,
      Shape image,
      Conditioning conditioning,
      long seed,
      Share share,
      Memories memories) {
    this.share = share;
    state = new State(tf, share.crew().map(crew -> new Shards(tf, crew)), memories);
    try {
      inputs =
          StepInputs.create(
              tf, batchSize, parts * share.workers(), image, conditioning, seed, share);
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
  }

  /**
   * Opens the session, once all steps are built.
   *
   * @param plan of the run
   * @param trainedTogether the networks whose gradients are there at the same time
   * @param drawn models that images are drawn from, one at a time
   */
  void open(TrainingLoop.Plan plan, List<List<String>> trainedTogether, Weights... drawn) {
    this.plan = plan;
    this.trainedTogether = trainedTogether;
    this.drawn =
        Stream.of(drawn).mapToLong(w -> Float.BYTES * w.parameters().length()).max().orElse(0);
    Optional<Op> shared =
        share.shared(tf, state.changedHere()).map(given -> state.copiedAgain(tf, List.of(given)));
    others = new Others(share, shared, state.shards());
    session = share.crew().map(crew -> crew.open(graph)).orElseGet(() -> Sessions.open(graph));
  }

  Ops tf() {
    return tf;
  }

  State state() {
    return state;
  }

  StepInputs inputs() {
    return inputs;
  }

  Session session() {
    return session;
  }

  /**
   * Runs to the last step or until asked to stop. The other workers are there until this is closed:
   * of what is trained they have a part.
   */
  public TrainingLoop.Outcome run(
      Batches batches, TrainingLoop.Outputs outputs, BooleanSupplier stop) throws IOException {
    TrainingLoop.Outcome outcome = loop(batches).run(plan, outputs, stop);
    ran = true;
    return outcome;
  }

  /**
   * Makes the steps that the first worker orders, until it is done; of a worker that is not the
   * first.
   *
   * @param stop asked before each step whether the run is to stop, which the first is told
   */
  public void follow(Batches batches, BooleanSupplier stop) {
    state.initialise(session);
    try (StepRunner runner = new StepRunner(session, inputs, batches)) {
      others.follow(session, runner, plan.step(), stop);
    }
  }

  /**
   * How long a step takes, by the time of a few.
   *
   * @param room hears of the variables before there are any, and throws if there is no room
   */
  public double secondsPerStep(Batches batches, Consumer<Holdings> room) {
    room.accept(holdings());
    return loop(batches).secondsPerStep(plan);
  }

  /**
   * Makes two steps from where the run stands, to see what they take; writes nothing.
   *
   * @param checkpoints of the run; there need be none
   * @param room hears of the variables before there are any, and throws if there is no room
   */
  public Rehearsal rehearse(Batches batches, Checkpoints checkpoints, Consumer<Holdings> room)
      throws IOException {
    Holdings holdings = holdings();
    room.accept(holdings);
    return loop(batches).rehearse(plan, checkpoints, holdings);
  }

  /** What its variables hold, before there are any too. */
  public Holdings holdings() {
    return Holdings.of(
        state.bytes(),
        state.onHost(),
        trainedTogether,
        drawn,
        state.shareableBytes(),
        state.bytesKeptAlone());
  }

  /** Where a GPU would compute the ops of a step. */
  public Placement onGpu() {
    return Placement.of(plan.operations(), Kernels.ofGpuBuild());
  }

  /** The steps one at a time, from the beginning; the caller closes it. */
  public Trial trial(Batches batches) {
    return Trial.begin(tf, session, inputs, state, plan.step(), batches);
  }

  private TrainingLoop loop(Batches batches) {
    return new TrainingLoop(tf, session, inputs, state, batches, others);
  }

  /** A variable's numbers when they are asked for: while this is open. */
  Weights weights(FloatVariable variable) {
    return state.weights(session, variable);
  }

  @Override
  public void close() {
    try {
      if (ran) {
        others.done();
      }
    } finally {
      state.shards().ifPresent(Shards::close);
      free();
    }
  }

  private void free() {
    if (session != null) {
      session.close();
    }
    graph.close();
  }
}

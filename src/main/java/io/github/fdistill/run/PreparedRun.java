package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.training.Holdings;
import io.github.fdistill.training.Reading;
import io.github.fdistill.training.Rehearsal;
import io.github.fdistill.training.Share;
import io.github.fdistill.training.TrainingLoop;
import io.github.fdistill.workers.Crew;
import io.github.fdistill.workers.Order;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.logging.log4j.Logger;

/**
 * A run whose settings and inputs are read and checked, and that can begin or go on. Nothing of it
 * is written before {@link #run}, but for images and captions that are encoded ahead.
 */
public final class PreparedRun implements AutoCloseable {
  private static final Logger LOG = Logs.of(PreparedRun.class);

  private final RunOrder order;
  private final RunPlan plan;
  private final Batching batching;
  private final Work work;

  /**
   * How many images a step takes at once.
   *
   * @param size images of a batch
   * @param parts that a batch is computed in
   * @param together images that a part has a multiple of
   */
  record Batching(int size, int parts, int together) {}

  /**
   * How a work session ended.
   *
   * @param model the SavedModel, if the last step was made
   */
  record Trained(TrainingLoop.Outcome outcome, Optional<Path> model) {}

  /** What is done between the beginning of a run and its end. */
  interface Work extends AutoCloseable {

    /** Trains to the last step or until asked to stop; exports the model of the last step. */
    Trained train(RunSession session) throws IOException;

    /**
     * Builds what the first worker orders, and makes its steps with it until that training is done.
     *
     * @param order to build
     * @param stop asked before each step
     */
    void follow(Order order, Share share, BooleanSupplier stop) throws IOException;

    /**
     * Makes two steps from where the run stands, of each stage that is left, to see what they take;
     * writes nothing.
     *
     * @param made the run's checkpoints
     * @param rows images at a time
     * @param room hears of the variables before there are any, and throws if there is no room
     */
    Rehearsal rehearse(Checkpoints made, int rows, Consumer<Holdings> room) throws IOException;

    /** Images at a time that the networks take, where they do not take any number. */
    default OptionalInt mostRows() {
      return OptionalInt.empty();
    }

    /** What a GPU would do. */
    OnGpu onGpu();

    /** What is measured of the model at the end. */
    default Map<String, Double> measures(Path model) {
      return Map.of();
    }

    /** What is trained on. */
    ImageSource images();

    /** What is to be known of the images before the run, a line each. */
    default List<String> notes() {
      return images().notes();
    }

    /** The images that could not be read, whatever for: see {@link ImageSource#unread}. */
    default Map<String, String> unread() {
      return images().unread();
    }

    @Override
    default void close() {}
  }

  PreparedRun(RunOrder order, RunPlan plan, Batching batching, Work work) {
    this.order = order;
    this.plan = plan;
    this.batching = batching;
    this.work = work;
  }

  /** What was asked for. */
  public RunOrder order() {
    return order;
  }

  /** Runs to the last step, or finds that it was made before. */
  public RunResult run() throws IOException {
    return run(() -> false);
  }

  /**
   * Runs to the last step or until asked to stop. What a run has saved it goes on from; of a run
   * that is finished it says where the model is.
   *
   * @param stop asked before each step; the state is saved before this returns. An interrupt of
   *     this thread is no request to stop: it closes the files that are being written, and the run
   *     is then as its last checkpoint has it
   * @throws io.github.fdistill.InputException when a run goes on in its folder, it was begun with
   *     other settings, a folder cannot be written, or training has diverged
   * @throws IllegalStateException when it was {@link RunOrder#dry ordered} as one to be tried only
   */
  public RunResult run(BooleanSupplier stop) throws IOException {
    if (order.dry()) {
      throw new IllegalStateException("ordered as a dry run, which writes nothing");
    }
    requireSameForAll();
    RunResult result = made(stop);
    order.crew().ifPresent(crew -> crew.end(result.finished()));
    return result;
  }

  private RunResult made(BooleanSupplier stop) throws IOException {
    try (RunSession session = RunSession.open(order, plan, stop)) {
      Optional<Path> before = session.exported();
      if (before.isPresent()) {
        long step = ExportNote.read(session.files().folder()).orElseThrow().step();
        return result(session, step, Map.of(), before);
      }
      session.begin();
      Trained trained = trained(session);
      TrainingLoop.Outcome outcome = trained.outcome();
      return result(session, outcome.step(), outcome.last(), trained.model());
    }
  }

  /**
   * The run of a worker that is not the first: makes the steps that the first orders, and writes
   * nothing.
   *
   * @param stop asked before each step; the first is told, and all stop
   * @return whether the run has finished
   * @throws io.github.fdistill.InputException when another worker is lost, or has failed
   */
  public boolean follow(BooleanSupplier stop) throws IOException {
    Crew crew = order.crew().orElseThrow();
    requireSameForAll();
    Order next = crew.ordered();
    try {
      for (; next.kind() == Order.Kind.BUILD; next = crew.ordered()) {
        work.follow(next, new Share(order.crew()), stop);
      }
    } catch (InputException e) {
      crew.note(RunSession.unread(work.unread()));
      throw e;
    }
    return next.numbers()[0] != 0;
  }

  private void requireSameForAll() {
    order.crew().ifPresent(crew -> crew.requireSame(plan.readByAll()));
  }

  /** Trains; images that end it, for they cannot be read here or by another worker, are noted. */
  private Trained trained(RunSession session) throws IOException {
    order.crew().ifPresent(crew -> crew.onNote(lines -> noteUnread(session, lines)));
    try {
      return work.train(session);
    } catch (InputException e) {
      session.noteUnread(RunSession.unread(work.unread()));
      throw e;
    }
  }

  private static void noteUnread(RunSession session, String lines) {
    try {
      session.noteUnread(lines);
    } catch (IOException | InputException e) {
      LOG.warn("What another worker could not read is not noted: {}", e.getMessage());
    }
  }

  /** What is to be known of the images and settings before the run, a line each. */
  public List<String> notes() {
    List<String> notes = new ArrayList<>(work.notes());
    Offload.note(plan.settings().get(RunPlan.CONFIG)).ifPresent(notes::add);
    return notes;
  }

  private RunResult result(
      RunSession session, long step, Map<Reading, Float> last, Optional<Path> model) {
    Map<String, Double> measures = model.map(work::measures).orElse(Map.of());
    return new RunResult(session.files().folder(), step, session.steps(), last, model, measures);
  }

  /** The run as one that is only tried; {@link #rehearse} makes its steps. */
  public DryRun dryRun() {
    return DryRun.here(order, plan, batching, work.mostRows());
  }

  /**
   * Makes two steps of each stage that is left, from where the run stands, or from the beginning
   * where another run has its folder, to see what they take; writes nothing.
   *
   * @param rows images at a time
   * @param room hears of the variables before there are any, and throws if there is no room
   */
  public Rehearsal rehearse(int rows, Consumer<Holdings> room) throws IOException {
    Path folder = RunSession.folder(order.workspace(), plan.name());
    boolean other = SameRun.taken(folder, plan).isPresent();
    return work.rehearse(
        other
            ? Checkpoints.toRead(folder.resolve("none"))
            : RunSession.checkpoints(order.workspace(), plan),
        rows,
        room);
  }

  /** What a GPU would do of the first stage; this needs no GPU. */
  public OnGpu onGpu() {
    return work.onGpu();
  }

  @Override
  public void close() {
    work.close();
  }
}

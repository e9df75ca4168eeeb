package io.github.fdistill.run;

import com.google.protobuf.Message;
import io.github.fdistill.InputException;
import io.github.fdistill.config.CheckpointConfig;
import io.github.fdistill.config.Configs;
import io.github.fdistill.device.Device;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.files.Folders;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.journal.RunFolder;
import io.github.fdistill.journal.RunLog;
import io.github.fdistill.journal.RunRecord;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.training.LeftLook;
import io.github.fdistill.training.Reading;
import io.github.fdistill.training.Share;
import io.github.fdistill.training.Span;
import io.github.fdistill.training.TrainingGraph;
import io.github.fdistill.training.TrainingLoop;
import io.github.fdistill.workers.Order;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * A run while it goes on: its folder {@code runs/NAME} (locked), its record, whether it is to stop,
 * and where its model goes, {@code savedmodels/NAME/VERSION}.
 */
public final class RunSession implements AutoCloseable {
  private final RunOrder order;
  private final Workspace workspace;
  private RunPlan plan;
  private final RunFiles files;
  private Exports exports;
  private final RunFolder lock;
  private final RunRecord record;
  private final PictureRows rows;
  private final BooleanSupplier stop;
  private final Progress.Options progress;
  private final Room room;
  private SampleGrid shown;
  private final StringBuilder unread = new StringBuilder();

  /** Writes a model, whole or not at all, into a version folder that is not there yet. */
  @FunctionalInterface
  public interface Export {
    /** Writes it there. */
    void writeTo(Path version) throws IOException;
  }

  private RunSession(
      RunOrder order, RunPlan plan, Exports exports, RunFolder lock, BooleanSupplier stop)
      throws IOException {
    this.order = order;
    this.workspace = order.workspace();
    this.plan = plan;
    this.files = new RunFiles(exports.run());
    this.exports = exports;
    this.lock = lock;
    List<String> words = order.words().stream().map(workspace::relative).toList();
    boolean goesOn = !checkpoints(workspace, plan).isEmpty();
    record = goesOn ? RunRecord.resume(words, files.record()) : RunRecord.begin(words);
    boolean told = goesOn && Files.exists(files.record());
    rows =
        new PictureRows(
            record, told ? Optional.of(RecordFile.read(files.record())) : Optional.empty());
    progress = order.progress();
    this.stop = stop;
    room = Room.here(order, plan); // Before other workers hold what they train.
  }

  /**
   * Opens the run's folder, or goes on in it.
   *
   * @param stop asked before each step whether the run is to stop
   * @throws InputException when a run goes on there, it was begun with other settings, or a folder
   *     cannot be written
   */
  static RunSession open(RunOrder order, RunPlan plan, BooleanSupplier stop) throws IOException {
    requireName(plan);
    Path path = folder(order.workspace(), plan.name());
    Exports exports = new Exports(order.workspace(), plan, path);
    Path models = exports.folder();
    RunFolder lock = RunFolder.open(path);
    try {
      Folders.requireWritable(Files.exists(models) ? models : models.getParent());
      SameRun.require(path, plan);
      return new RunSession(order, plan, exports, lock, stop);
    } catch (RuntimeException | IOException e) {
      lock.close();
      throw e;
    }
  }

  /**
   * Refuses a run whose variables do not fit into memory, before there are any.
   *
   * @throws InputException with the sum, and what would help
   */
  void requireRoom(TrainingGraph graph) {
    room.of(plan).require(graph.holdings(), 1);
  }

  /**
   * What pictures on the way show: as much as is drawn in time, found out at the first of them.
   *
   * @param all that they could show
   */
  SampleGrid shown(SampleGrid all, Sampler sampler) {
    if (shown == null) {
      shown = DrawingTime.within(all, sampler);
    }
    return shown;
  }

  /** Lets a look be left where the run is to stop while a sampler draws for it. */
  Sampler onTheWay(Sampler sampler) {
    return sampler.by(
        prepared -> {
          if (stopped()) {
            throw new LeftLook();
          }
          return prepared.run();
        });
  }

  /** Whether the last session has left looks at the state of its last step. */
  boolean looksAreLeft() throws IOException {
    return RunLog.areLooksLeft(log(), lastCheckpoint());
  }

  private RunLog.Files log() {
    return new RunLog.Files(files.metrics(), Optional.of(files.events()), files.pictures());
  }

  /** Refuses a name that is none for folders. */
  static void requireName(RunPlan plan) {
    RunName.require(plan.name());
  }

  /** The folder of a run. */
  static Path folder(Workspace workspace, String name) {
    return workspace.path("runs").resolve(name);
  }

  /** The checkpoints of a run, to be read. */
  public static Checkpoints checkpoints(Workspace workspace, RunPlan plan) {
    return Checkpoints.toRead(new RunFiles(folder(workspace, plan.name())).checkpoints());
  }

  /**
   * Which of each batch is computed here, in a training that is built next; where there are other
   * workers, they build it too.
   *
   * @param settings of the training
   * @param span its steps
   */
  Share share(Message settings, Span span) {
    order
        .crew()
        .ifPresent(
            crew -> crew.order(Order.build(span.first(), span.end(), settings.toByteArray())));
    return new Share(order.crew());
  }

  /** What stands where in the run's folder. */
  RunFiles files() {
    return files;
  }

  /** Shows how far something is that is done after the steps, and counted in runs of a session. */
  Progress progress(String name, int runs) {
    return Progress.start(name, "run", 0, runs, progress);
  }

  /** Whether the run is to stop at the next step. */
  public boolean stopped() {
    return stop.getAsBoolean();
  }

  /**
   * Notes what the run is, before its first step.
   *
   * @throws InputException when it has made more steps already than it is to have
   */
  public void begin() throws IOException {
    if (SameRun.requireStepsLeft(files.folder(), plan) == 0) {
      // Those of a run that was here before, under settings that may have been others.
      AtomicFolder.delete(files.best());
      AtomicFolder.delete(files.teacher());
      Files.deleteIfExists(files.studentAndTeacher());
      Files.deleteIfExists(files.samples());
      Files.deleteIfExists(files.measures());
    }
    SameRun.tellSteps(files.folder(), plan, order.file());
    SameRun.note(files.folder(), plan);
    record.plan(plan.steps());
    record.put("command", plan.command());
    record.put("seed", plan.seed());
    order.crew().ifPresent(crew -> record.put("workers", crew.workers()));
    record.put("devices", Sessions.devices().stream().map(RunSession::entries).toList());
    for (RunPlan.Input input : plan.inputs()) {
      Map<String, String> which = new LinkedHashMap<>();
      which.put("path", input.path());
      which.put("sha256", input.sha256());
      record.put(input.role(), which);
    }
    putSettings();
    if (order.first().isPresent()) {
      record.put("repeats", workspace.relative(order.file()));
    }
    record.write(files.record());
    order.first().ifPresent(first -> first.tellDifferences(RecordFile.read(files.record())));
  }

  private void putSettings() {
    for (Map.Entry<String, Message> settings : plan.settings().entrySet()) {
      String name = settings.getKey().replace(".pbtxt", "");
      record.put(name, Configs.print(ConfigPaths.relative(workspace, settings.getValue())));
    }
  }

  private static Map<String, Object> entries(Device device) {
    Map<String, Object> entries = new LinkedHashMap<>();
    entries.put("name", device.shortName());
    entries.put("type", device.type());
    entries.put("memory_bytes", device.memoryBytes());
    return entries;
  }

  /**
   * What watches the time of a run that is to take so many minutes; none of one that has steps.
   *
   * @param config with the fields minutes and steps
   */
  Optional<Clock> clock(Message config) {
    double minutes = Budget.of(order.file(), config).minutes();
    return minutes > 0
        ? Optional.of(new Clock(minutes, record.seconds(), plan.steps(), System::nanoTime))
        : Optional.empty();
  }

  /** What is asked before each step whether the run is to stop, or to be planned anew. */
  BooleanSupplier stop(Optional<Clock> clock) {
    return () -> stopped() || clock.isPresent() && clock.get().isRevised();
  }

  /** Plans another number of steps, and notes it. */
  void replan(long steps, Message config) throws IOException {
    plan = plan.withSteps(steps, config);
    exports = new Exports(workspace, plan, files.folder());
    SameRun.note(files.folder(), plan);
    record.goOn().plan(steps);
    putSettings();
    record.write(files.record());
  }

  /** Steps that the run is to have in all. */
  long steps() {
    return plan.steps();
  }

  /** Notes how far the run has come. */
  public void end(TrainingLoop.Outcome outcome) throws IOException {
    record.put(Exports.STEPS, outcome.step()).put("images", outcome.images());
    if (!outcome.last().isEmpty()) {
      record.put("last", Reading.byText(outcome.last()));
    }
    record.end().write(files.record());
  }

  /** Where the run has put the model of its last step, if it has and the model is still there. */
  public Optional<Path> exported() throws IOException {
    Optional<Path> noted = exports.noted();
    return noted.isPresent() ? noted : exports.noteAfterKill(record.run(), lastCheckpoint());
  }

  /**
   * Exports a model as the next version, and notes where.
   *
   * @param step the last one, whose model it is
   */
  public Path export(long step, Export export) throws IOException {
    Path version = exports.next();
    record.put(Exports.MODEL, workspace.relative(version));
    export.writeTo(version);
    record.end().write(files.record());
    exports.note(step, version);
    return version;
  }

  /**
   * Notes the images that could not be read, here or by another worker: when they are whole, the
   * run may go on.
   *
   * @param lines as {@link #unread} gives them
   */
  synchronized void noteUnread(String lines) throws IOException {
    if (!lines.isEmpty()) {
      unread.append(lines);
      AtomicFile.write(files.unreadImages(), unread.toString());
    }
  }

  /** A line for each image that could not be read: its name, and that of the list of contents. */
  static String unread(Map<String, String> images) {
    StringBuilder lines = new StringBuilder();
    images.forEach((name, line) -> lines.append(name).append('\t').append(line).append('\n'));
    return lines.toString();
  }

  /** What the rows of the run's pictures show, to be noted. */
  PictureRows rows() {
    return rows;
  }

  /** Notes something that was measured. */
  public void note(String name, Object value) {
    record.put(name, value);
  }

  /** Puts the record as it is beside a model: of the best on the way, one that has not ended. */
  public void addRecord(Path version) throws IOException {
    record.write(RunFiles.recordOf(version));
  }

  /** The step of the newest whole checkpoint; 0 where there is none. */
  long lastCheckpoint() throws IOException {
    return Checkpoints.toRead(files.checkpoints()).lastStep();
  }

  /**
   * The record is written with each checkpoint: the time up to there is not lost.
   *
   * @param parts that a batch is computed in
   */
  TrainingLoop.Outputs outputs(
      CheckpointConfig checkpoints, int parts, List<TrainingLoop.Look> looks) {
    record.saveEvery(checkpoints.getEverySteps());
    record.computeInParts(parts);
    List<TrainingLoop.Look> all = new ArrayList<>(looks);
    all.add(
        new TrainingLoop.Look(
            checkpoints.getEverySteps(),
            (step, log) -> {
              record.write(files.record());
              return Map.of();
            }));
    return new TrainingLoop.Outputs(
        new Checkpoints(
            files.checkpoints(), checkpoints.getKeep(), checkpoints.getKeepEverySteps()),
        log(),
        progress,
        all);
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}

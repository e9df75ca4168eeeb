package io.github.fdistill.cli;

import com.google.protobuf.Message;
import io.github.fdistill.InputException;
import io.github.fdistill.config.CheckpointConfig;
import io.github.fdistill.config.Configs;
import io.github.fdistill.device.Device;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.Folders;
import io.github.fdistill.journal.Checkpoint;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.journal.RunFolder;
import io.github.fdistill.journal.RunLog;
import io.github.fdistill.journal.RunRecord;
import io.github.fdistill.journal.StopSignal;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.training.TrainingLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;

/**
 * A run while it goes on: its folder {@code runs/NAME} (locked), its record, the signal to stop,
 * and where its model goes, {@code savedmodels/NAME/VERSION}.
 */
final class RunSession implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** Of a SavedModel, for what TensorFlow does not read. */
  private static final String EXTRA = "assets.extra";

  /** In the record: steps made. */
  private static final String STEPS = "steps";

  private final Place place;
  private final RunPlan plan;
  private final Path path;
  private final List<String> words;
  private final RunFolder lock;
  private final RunRecord record;
  private final StopSignal stop;
  private final Progress.Options progress;

  /** Writes a model, whole or not at all, into a version folder that is not there yet. */
  @FunctionalInterface
  interface Export {
    void writeTo(Path version) throws IOException;
  }

  private RunSession(
      Place place, RunPlan plan, Path path, List<String> words, RunFolder lock, boolean quiet)
      throws IOException {
    this.place = place;
    this.plan = plan;
    this.path = path;
    this.words = words;
    this.lock = lock;
    record = RunRecord.resume(words.stream().map(place::relative).toList(), recordFile(path));
    progress = Progress.Options.of(Progress.Display.choose(quiet));
    stop = StopSignal.install(PATIENCE);
  }

  /**
   * Opens the run's folder, or goes on in it.
   *
   * @param words the whole command line
   * @throws InputException when a run goes on there, it was begun with other settings, or a folder
   *     cannot be written
   */
  static RunSession open(Place place, RunPlan plan, CommandLine line, List<String> words)
      throws IOException {
    if (!plan.name().matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new InputException(
          "field name",
          "'" + plan.name() + "'",
          "letters, digits, '.', '_' and '-': it names folders",
          "give the run a name with --set name=...");
    }
    Path path = folder(place, plan.name());
    Path model = modelFolder(place, plan);
    RunFolder lock = RunFolder.open(path);
    try {
      Folders.requireWritable(Files.exists(model) ? model : model.getParent());
      SameRun.require(path, plan);
      return new RunSession(place, plan, path, words, lock, line.hasOption("quiet"));
    } catch (RuntimeException | IOException e) {
      lock.close();
      throw e;
    }
  }

  /** The folder of a run. */
  static Path folder(Place place, String name) {
    return place.path("runs").resolve(name);
  }

  private static Path modelFolder(Place place, RunPlan plan) {
    return place.path("savedmodels").resolve(plan.name());
  }

  private static Path recordFile(Path run) {
    return run.resolve("record.json");
  }

  Path path() {
    return path;
  }

  boolean stopped() {
    return stop.requested();
  }

  /**
   * Notes what the run is, before its first step.
   *
   * @throws InputException when it has made more steps already than it is to have
   */
  void begin() throws IOException {
    SameRun.requireStepsLeft(path, plan);
    SameRun.note(path, plan);
    record.plan(plan.steps());
    record.put("seed", plan.seed());
    record.put("devices", Sessions.devices().stream().map(RunSession::entries).toList());
    for (RunPlan.Input input : plan.inputs()) {
      Map<String, String> which = new LinkedHashMap<>();
      which.put("path", input.path());
      which.put("sha256", input.sha256());
      record.put(input.role(), which);
    }
    for (Map.Entry<String, Message> settings : plan.settings().entrySet()) {
      String name = settings.getKey().replace(".pbtxt", "");
      record.put(name, place.relative(Configs.print(settings.getValue())));
    }
    record.write(recordFile(path));
  }

  private static Map<String, Object> entries(Device device) {
    Map<String, Object> entries = new LinkedHashMap<>();
    entries.put("name", device.shortName());
    entries.put("type", device.type());
    entries.put("memory_bytes", device.memoryBytes());
    return entries;
  }

  /** Notes how far the run has come, and where it stopped says how to go on. */
  void end(TrainingLoop.Outcome outcome) throws IOException {
    record.put(STEPS, outcome.step()).put("images", outcome.images());
    if (!outcome.last().isEmpty()) {
      record.put("last", outcome.last());
    }
    record.write(recordFile(path));
    if (!outcome.finished()) {
      place
          .out()
          .printf(
              "Stopped at step %d of %d and saved in %s%nGo on:    ./fdistill %s%n",
              outcome.step(), plan.steps(), place.relative(path), commandLine());
    }
  }

  private String commandLine() {
    return String.join(
        " ", words.stream().map(w -> w.matches("[\\w./=:,+-]+") ? w : "'" + w + "'").toList());
  }

  /** Where the run has put the model of its last step, if it has and the model is still there. */
  Optional<Path> exported() throws IOException {
    Optional<Path> noted =
        ExportNote.read(path)
            .filter(note -> note.step() >= plan.steps())
            .map(note -> place.path(note.version()))
            .filter(Files::isDirectory);
    return noted.isPresent() ? noted : exportedWithoutNote();
  }

  /** A model that was exported just before the run was killed: its own record tells of this run. */
  private Optional<Path> exportedWithoutNote() throws IOException {
    Optional<Path> version =
        SavedModel.newestVersion(modelFolder(place, plan))
            .filter(v -> Files.exists(recordFile(v.resolve(EXTRA))));
    if (version.isEmpty()) {
      return version;
    }
    Path besideIt = recordFile(version.get().resolve(EXTRA));
    RecordFile told = RecordFile.read(besideIt);
    double step = told.number(STEPS).orElse(-1.0);
    if (!told.run().equals(Optional.of(record.run()))
        || step < plan.steps()
        || step != lastCheckpoint()) {
      return Optional.empty();
    }
    AtomicFile.write(recordFile(path), Files.readAllBytes(besideIt));
    noteExport((long) step, version.get());
    return version;
  }

  /**
   * Exports a model as the next version, and notes where.
   *
   * @param step the last one, whose model it is
   */
  Path export(long step, Export export) throws IOException {
    Path version = nextVersion();
    record.put("model", place.relative(version));
    export.writeTo(version);
    record.write(recordFile(path));
    noteExport(step, version);
    return version;
  }

  private void noteExport(long step, Path version) throws IOException {
    Files.deleteIfExists(path.resolve(RunMeasurement.FILE));
    new ExportNote(step, place.relative(version)).write(path);
  }

  /** Notes something that was measured. */
  void note(String name, Object value) {
    record.put(name, value);
  }

  /** Puts the record beside an exported model. */
  void addRecord(Path version) throws IOException {
    Path folder = Files.createDirectories(version.resolve(EXTRA));
    record.write(recordFile(folder));
  }

  private Path nextVersion() {
    Path model = modelFolder(place, plan);
    long newest =
        SavedModel.newestVersion(model)
            .map(v -> Long.parseLong(v.getFileName().toString()))
            .orElse(0L);
    return model.resolve(Long.toString(newest + 1));
  }

  /** The step of the newest whole checkpoint; 0 where there is none. */
  long lastCheckpoint() throws IOException {
    return new Checkpoints(path.resolve(SameRun.CHECKPOINTS), 1)
        .latest()
        .map(Checkpoint::step)
        .orElse(0L);
  }

  /** The record is written with each checkpoint: the time up to there is not lost. */
  TrainingLoop.Outputs outputs(CheckpointConfig checkpoints, List<TrainingLoop.Look> looks) {
    List<TrainingLoop.Look> all = new ArrayList<>(looks);
    all.add(
        new TrainingLoop.Look(
            checkpoints.getEverySteps(),
            (step, log) -> {
              record.write(recordFile(path));
              return Map.of();
            }));
    return new TrainingLoop.Outputs(
        new Checkpoints(
            path.resolve(SameRun.CHECKPOINTS),
            checkpoints.getKeep(),
            checkpoints.getKeepEverySteps()),
        new RunLog.Files(path.resolve("metrics.jsonl"), Optional.of(path.resolve("events"))),
        progress,
        all);
  }

  @Override
  public void close() throws IOException {
    try {
      lock.close();
    } finally {
      stop.close();
    }
  }
}

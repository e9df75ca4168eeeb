package io.github.fdistill.cli;

import com.google.protobuf.Message;
import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.Folders;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.journal.RunFolder;
import io.github.fdistill.journal.RunRecord;
import io.github.fdistill.journal.StopSignal;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.training.TrainingLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.cli.CommandLine;

/**
 * A run while it goes on: its folder {@code runs/NAME} (locked), its record, the signal to stop,
 * and where its model goes, {@code savedmodels/NAME/VERSION}.
 */
final class RunSession implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** Settings that may change between a run and its resumption. */
  private static final Set<String> FREE = Set.of("steps", "checkpoint", "picture_every_steps");

  private static final String EXPORTED = "exported";

  private final String name;
  private final RunFolder folder;
  private final RunRecord record;
  private final StopSignal stop;
  private final Progress.Options progress;

  private RunSession(
      String name, RunFolder folder, RunRecord record, StopSignal stop, Progress.Options progress) {
    this.name = name;
    this.folder = folder;
    this.record = record;
    this.stop = stop;
    this.progress = progress;
  }

  /**
   * Opens the run's folder, or goes on in it.
   *
   * @throws InputException when a run goes on there, it was begun with other settings, or a folder
   *     cannot be written
   */
  static RunSession open(String name, Message config, CommandLine line, List<String> words)
      throws IOException {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new InputException(
          "field name",
          "'" + name + "'",
          "letters, digits, '.', '_' and '-': it names folders",
          "give the run a name with --set name=...");
    }
    Path path = Path.of("runs", name);
    Folders.requireWritable(path);
    Folders.requireWritable(Path.of("savedmodels"));
    RunFolder folder = RunFolder.open(path);
    try {
      requireSameSettings(path.resolve("config.pbtxt"), config);
    } catch (RuntimeException | IOException e) {
      folder.close();
      throw e;
    }
    RunRecord record = RunRecord.start(words).put("config", Configs.print(config));
    Progress.Display display = Progress.Display.choose(line.hasOption("quiet"));
    return new RunSession(
        name, folder, record, StopSignal.install(PATIENCE), Progress.Options.of(display));
  }

  private static void requireSameSettings(Path file, Message config) throws IOException {
    boolean begun = Files.isDirectory(file.resolveSibling("checkpoints"));
    if (begun && Files.exists(file)) {
      Message before = Configs.read(file, config.getDefaultInstanceForType(), List.of());
      String difference = difference(before, config);
      if (!difference.isEmpty()) {
        throw new InputException(
            file.toString(),
            "the run was begun with other settings: " + difference,
            "the same settings, to go on (only " + FREE.stream().sorted().toList() + " may change)",
            "take the old settings, another name with --set name=..., or remove "
                + file.getParent());
      }
    }
    AtomicFile.write(file, Configs.print(config));
  }

  /** The first setting that differs, or "". */
  private static String difference(Message before, Message now) {
    List<String> old = fixed(before).lines().toList();
    List<String> present = fixed(now).lines().toList();
    for (int i = 0; i < Math.max(old.size(), present.size()); i++) {
      String a = i < old.size() ? old.get(i).strip() : "nothing";
      String b = i < present.size() ? present.get(i).strip() : "nothing";
      if (!a.equals(b)) {
        return "'" + a + "' then, '" + b + "' now";
      }
    }
    return "";
  }

  private static String fixed(Message config) {
    Message.Builder builder = config.toBuilder();
    FREE.forEach(
        field -> {
          var descriptor = config.getDescriptorForType().findFieldByName(field);
          if (descriptor != null) {
            builder.clearField(descriptor);
          }
        });
    return Configs.print(builder.build());
  }

  Path path() {
    return folder.path();
  }

  RunRecord record() {
    return record;
  }

  boolean stopped() {
    return stop.requested();
  }

  /** The folder of the next version of the run's model. */
  Path nextVersion() {
    Path model = Path.of("savedmodels", name);
    long newest =
        SavedModel.newestVersion(model)
            .map(v -> Long.parseLong(v.getFileName().toString()))
            .orElse(0L);
    return model.resolve(Long.toString(newest + 1));
  }

  /** Where the finished run has put its model, if it has and the model is still there. */
  Optional<Path> exportedVersion() throws IOException {
    Path note = path().resolve(EXPORTED);
    if (!Files.exists(note)) {
      return Optional.empty();
    }
    return Optional.of(Path.of(Files.readString(note).strip())).filter(Files::isDirectory);
  }

  /** Notes where the finished run has put its model. */
  void exported(Path version) throws IOException {
    AtomicFile.write(path().resolve(EXPORTED), version + "\n");
  }

  TrainingLoop.Outputs outputs(int keep, TrainingLoop.PictureWriter picture) {
    return new TrainingLoop.Outputs(
        new Checkpoints(path().resolve("checkpoints"), keep),
        path().resolve("metrics.jsonl"),
        progress,
        picture);
  }

  @Override
  public void close() throws IOException {
    record.write(path().resolve("record.json"));
    folder.close();
    stop.close();
  }
}

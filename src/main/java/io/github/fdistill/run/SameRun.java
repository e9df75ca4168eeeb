package io.github.fdistill.run;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.EvaluationConfig;
import io.github.fdistill.config.FreeSettings;
import io.github.fdistill.config.Occasion;
import io.github.fdistill.config.SettingPaths;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.journal.Checkpoint;
import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.journal.RunFolder;
import io.github.fdistill.training.TrainingLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.logging.log4j.Logger;

/** A run goes on with the settings and inputs it was begun with, or not at all. */
public final class SameRun {
  private static final Logger LOG = Logs.of(SameRun.class);
  private static final Pattern INPUT = Pattern.compile("(\\w+) ([0-9a-f]{64})  (.+)");

  /** Settings that a run may find by what it reads, where they are not said. */
  private static final Set<String> FILLED =
      Set.of("noise", "student_sigma", "student_level", "precision");

  /** Letters of a line that is none. */
  private static final int MOST_SHOWN = 80;

  private SameRun() {}

  /**
   * Compares the plan with what the folder's run was begun with, if it has saved anything: a state
   * to go on from, or the model that is told of where it has finished. Writes nothing.
   *
   * @throws InputException when they differ
   */
  public static void require(Path folder, RunPlan plan) throws IOException {
    if (new RunFiles(folder).hasSaved()) {
      Message config = plan.settings().get(RunPlan.CONFIG);
      RunSettings.requireCommand(new RunFiles(folder), config.getDescriptorForType());
      boolean measured = isMeasured(plan.inputs()) && isMeasured(inputs(folder));
      for (Map.Entry<String, Message> settings : plan.settings().entrySet()) {
        requireSameSettings(folder.resolve(settings.getKey()), settings.getValue(), measured);
      }
      requireSameInputs(new RunFiles(folder).inputs(), plan.inputs());
    }
  }

  /**
   * The same of what the settings say alone, before anything is read or encoded for it: all but
   * {@link #FILLED}.
   *
   * @param asked as they were asked for
   * @throws InputException when they differ
   */
  static void requireAsked(Path folder, Message asked) {
    RunFiles run = new RunFiles(folder);
    if (run.hasSaved()) {
      RunSettings.requireCommand(run, asked.getDescriptorForType());
      Message before = begun(run.config(), asked);
      requireSameSettings(run.config(), unfilled(before), unfilled(asked), false);
    }
  }

  /**
   * Whether these settings are those of a run that has saved something, so that it goes on: then no
   * others of them may be given than may change on the way.
   *
   * @param asked with the field {@code name}
   */
  static boolean goesOn(Workspace workspace, Message asked) {
    FieldDescriptor name = asked.getDescriptorForType().findFieldByName("name");
    Path folder = RunSession.folder(workspace, (String) asked.getField(name));
    try {
      requireAsked(folder, asked);
      return new RunFiles(folder).hasSaved();
    } catch (InputException e) {
      return false; // It is another run's folder.
    }
  }

  /** What a run's file says, of settings like others. */
  private static Message begun(Path file, Message settings) {
    return Configs.read(file, settings.getDefaultInstanceForType(), RunSettings::asThen);
  }

  private static Message unfilled(Message config) {
    Message.Builder rest = config.toBuilder();
    config.getDescriptorForType().getFields().stream()
        .filter(field -> FILLED.contains(field.getName()))
        .forEach(rest::clearField);
    return rest.build();
  }

  /**
   * Refuses fewer steps than the folder's run has made. Writes nothing.
   *
   * @return the step that the run goes on from; 0: it begins
   */
  public static long requireStepsLeft(Path folder, RunPlan plan) throws IOException {
    Optional<Checkpoint> newest = Checkpoints.toRead(new RunFiles(folder).checkpoints()).latest();
    newest.ifPresent(c -> TrainingLoop.requireNoneTooMany(c.step(), c.folder(), plan.steps()));
    return newest.map(Checkpoint::step).orElse(0L);
  }

  /**
   * Says so where a run that was begun for some steps goes on to others.
   *
   * @param file that the settings stand in
   */
  static void tellSteps(Path folder, RunPlan plan, Path file) {
    Path before = folder.resolve(RunPlan.CONFIG);
    if (Files.exists(before) && Files.isDirectory(new RunFiles(folder).checkpoints())) {
      Message config = plan.settings().get(RunPlan.CONFIG);
      Message begun = begun(before, config);
      Object steps = begun.getField(begun.getDescriptorForType().findFieldByName("steps"));
      if (!steps.equals(plan.steps())) {
        String by = givenBy(file, config, plan.steps());
        LOG.info("The run was to have {} steps and goes on to {}{}", steps, plan.steps(), by);
      }
    }
  }

  /** What gives a run so many steps, where neither the command line does nor its stages. */
  private static String givenBy(Path file, Message config, long steps) {
    if (config.getDescriptorForType().findFieldByName("minutes") != null) {
      Budget budget = Budget.of(file, config);
      if (budget.isGiven()) {
        return ", as many as " + budget + " makes";
      }
    }
    try {
      Message own = Configs.read(file, config.getDefaultInstanceForType(), List.of());
      FieldDescriptor field = own.getDescriptorForType().findFieldByName("steps");
      return own.hasField(field) && own.getField(field).equals(steps)
          ? ", as " + file + " says now (--set steps=N: to others)"
          : "";
    } catch (InputException e) {
      return ""; // Of settings that stand in no file, or in a record.
    }
  }

  /**
   * Whether the folder belongs to another run than the plan's, or one goes on there; in words.
   *
   * @return nothing where the plan could begin there or go on
   */
  static Optional<String> taken(Path folder, RunPlan plan) throws IOException {
    try {
      RunFolder.requireFree(folder);
      require(folder, plan);
      return Optional.empty();
    } catch (InputException e) {
      return Optional.of(e.found());
    }
  }

  /**
   * Notes in the folder what its run goes on with; of one that is no longer measured on the way
   * still by which features it was and by how many samples, as it may be again.
   */
  public static void note(Path folder, RunPlan plan) throws IOException {
    List<RunPlan.Input> inputs = new ArrayList<>(plan.inputs());
    if (Files.isDirectory(new RunFiles(folder).checkpoints()) && !isMeasured(inputs)) {
      inputs(folder).stream().filter(SameRun::isFeatures).forEach(inputs::add);
    }
    boolean pauses = isMeasured(inputs) && !isMeasured(plan.inputs());
    for (Map.Entry<String, Message> settings : plan.settings().entrySet()) {
      Path file = folder.resolve(settings.getKey());
      Message now = settings.getValue();
      AtomicFile.write(file, Configs.print(pauses ? measuredAsBefore(file, now) : now));
    }
    AtomicFile.write(new RunFiles(folder).inputs(), text(inputs));
  }

  /** The settings with how the run was measured, which it is not for now. */
  private static Message measuredAsBefore(Path file, Message settings) {
    FieldDescriptor how = evaluation(settings);
    if (how == null) {
      return settings;
    }
    Message before = begun(file, settings);
    EvaluationConfig kept = (EvaluationConfig) before.getField(how);
    return settings.toBuilder().setField(how, kept.toBuilder().setEverySteps(0).build()).build();
  }

  private static boolean isFeatures(RunPlan.Input input) {
    return input.role().equals(RunPlan.Input.FEATURES);
  }

  private static boolean isMeasured(List<RunPlan.Input> inputs) {
    return inputs.stream().anyMatch(SameRun::isFeatures);
  }

  /** Without the features of a run that is measured on the way now and was not before, say. */
  private static List<RunPlan.Input> compared(List<RunPlan.Input> all, boolean measured) {
    return all.stream().filter(input -> measured || !isFeatures(input)).toList();
  }

  /**
   * What a folder's run reads.
   *
   * @throws InputException when the folder does not say
   */
  public static List<RunPlan.Input> inputs(Path folder) throws IOException {
    Path file = new RunFiles(folder).inputs();
    if (!Files.exists(file)) {
      throw unknownInputs(file, "no such file");
    }
    List<RunPlan.Input> inputs = new ArrayList<>();
    for (String line : RegularFile.text(file, FileKind.NOTE).lines().toList()) {
      Matcher parts = INPUT.matcher(line);
      if (!parts.matches()) {
        String start = line.substring(0, Math.min(MOST_SHOWN, line.length()));
        throw unknownInputs(file, "garbled: '" + start + "'");
      }
      inputs.add(new RunPlan.Input(parts.group(1), parts.group(3), parts.group(2)));
    }
    return inputs;
  }

  /**
   * The first that a folder's run reads for a role, if it reads any for it.
   *
   * @throws InputException when the folder does not say what the run reads
   */
  static Optional<RunPlan.Input> input(Path folder, String role) throws IOException {
    return RunPlan.Input.of(inputs(folder), role);
  }

  private static InputException unknownInputs(Path file, String found) {
    return new InputException(
        file.toString(),
        found,
        "what the run was begun with, a line each: role, SHA-256, path",
        "put the file back, or name the folder of another run; to begin this one anew, remove "
            + file.getParent());
  }

  /**
   * @param measured whether the run was measured on the way once, and is to be
   */
  private static void requireSameSettings(Path file, Message config, boolean measured) {
    Message before = begun(file, config);
    requireSameSettings(file, before, config, measured && tellsHowMeasured(before));
  }

  /**
   * @param compared whether how the run was measured on the way counts
   */
  private static void requireSameSettings(
      Path file, Message before, Message config, boolean compared) {
    String difference = difference(fixed(before, compared), fixed(config, compared));
    if (!difference.isEmpty()) {
      throw other(
          file,
          "settings: " + difference,
          "the same settings (only "
              + FreeSettings.of(config.getDescriptorForType(), Occasion.RESUME)
              + " may change)");
    }
  }

  private static void requireSameInputs(Path file, List<RunPlan.Input> inputs) throws IOException {
    List<RunPlan.Input> begun = inputs(file.getParent());
    List<RunPlan.Input> now =
        inputs.stream()
            .map(i -> new RunPlan.Input(i.role(), i.path(), i.sha256Like(begun)))
            .toList();
    boolean measured = isMeasured(begun) && isMeasured(now);
    String difference =
        difference(hashes(text(compared(begun, measured))), hashes(text(compared(now, measured))));
    if (!difference.isEmpty()) {
      String needed =
          "files with the same SHA-256 (large sets of images with their times: rsync -a, cp -p)";
      throw other(file, "images or models: " + difference, needed);
    }
  }

  private static InputException other(Path file, String found, String needed) {
    return new InputException(
        file.toString(),
        "the run was begun with other " + found,
        needed + ", to go on",
        "take the old ones, give the run another name with --set name=..., or remove "
            + file.getParent());
  }

  /** The first line that differs, or "". */
  static String difference(String before, String now) {
    List<String> old = before.lines().toList();
    List<String> present = now.lines().toList();
    for (int i = 0; i < Math.max(old.size(), present.size()); i++) {
      String a = i < old.size() ? old.get(i).strip() : "nothing";
      String b = i < present.size() ? present.get(i).strip() : "nothing";
      if (!a.equals(b)) {
        return "'" + a + "' then, '" + b + "' now";
      }
    }
    return "";
  }

  /**
   * What may not change.
   *
   * @param measured whether the run was measured on the way and is to be: else how does not count
   */
  private static String fixed(Message config, boolean measured) {
    Message fixed = FreeSettings.without(config, Occasion.RESUME);
    FieldDescriptor how = evaluation(config);
    return SettingPaths.of(
        measured || how == null ? fixed : fixed.toBuilder().clearField(how).build());
  }

  /** Settings of before this was kept may not. */
  private static boolean tellsHowMeasured(Message config) {
    FieldDescriptor how = evaluation(config);
    return how != null && !((EvaluationConfig) config.getField(how)).getFeatures().isEmpty();
  }

  private static FieldDescriptor evaluation(Message config) {
    return config.getDescriptorForType().findFieldByName("evaluation");
  }

  private static String text(List<RunPlan.Input> inputs) {
    StringBuilder text = new StringBuilder();
    for (RunPlan.Input input : inputs) {
      text.append(input.role()).append(' ').append(input.sha256());
      text.append("  ").append(input.path()).append('\n');
    }
    return text.toString();
  }

  /** The lines without their paths: what was moved is the same still. */
  private static String hashes(String text) {
    return text.replaceAll("(?m)  .*$", "");
  }
}

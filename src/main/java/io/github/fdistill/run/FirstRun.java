package io.github.fdistill.run;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DiscriminatorConfig;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.EvaluationConfig;
import io.github.fdistill.config.FreeSettings;
import io.github.fdistill.config.Occasion;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.config.RunLength;
import io.github.fdistill.journal.Circumstances;
import io.github.fdistill.journal.RecordFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A run that its record tells of, and that is to be run again. */
public record FirstRun(RecordFile record) {
  private static final Set<String> COMMANDS = Set.of("train", "pretrain", "features");

  /** Settings that name an input, where its role does not. */
  private static final Map<String, String> SETTINGS =
      Map.of(
          RunPlan.Input.DATASET, "dataset.path",
          RunPlan.Input.TEST_IMAGES, "test_dataset.path",
          RunPlan.Input.FAKE_SCORE, "fake_score.start",
          RunPlan.Input.FEATURES, "evaluation.features");

  /** What the run was a run of. */
  public String command() {
    // Older records have the command line alone.
    String command =
        record
            .find("command")
            .or(() -> record.texts("command_line").stream().findFirst())
            .orElse("");
    if (!COMMANDS.contains(command)) {
      throw new InputException(
          record.file().toString(),
          "the record of the command '" + command + "'",
          "a run of " + COMMANDS.stream().sorted().toList(),
          "name the record.json of such a run");
    }
    return command;
  }

  /** Some of the settings, as the record has them. */
  public <M extends Message> M settings(String name, M defaultInstance) {
    String then = RunSettings.asThen(unclipped(record.text(name)));
    return Configs.parse(record.file(), then, defaultInstance);
  }

  /** What it measured on the way. */
  EvaluationConfig onTheWay() {
    return command().equals("train")
        ? settings("config", DistillConfig.getDefaultInstance()).getEvaluation()
        : settings("config", PretrainConfig.getDefaultInstance()).getEvaluation();
  }

  /** Records have all defaults: one without this is of before levels of noise could be clipped. */
  private static String unclipped(String settings) {
    return settings.contains("clip_max:")
        ? settings
        : settings.replaceFirst("(?m)^noise \\{$", "noise {\n  clip_min: 0\n  clip_max: 1e6");
  }

  /**
   * The run's config with another name, and as many steps as the run was to have, however fast this
   * machine is.
   *
   * @param overrides of what may change at a rerun: its name, and where the same inputs lie now
   * @throws InputException where an override is of any other setting
   */
  public <M extends Message> M config(M defaultInstance, List<String> overrides) {
    List<String> free = FreeSettings.of(defaultInstance.getDescriptorForType(), Occasion.RERUN);
    for (String override : overrides) {
      String field = override.replaceFirst("\\s*=.*", "").replaceAll("\\[\\d+]", "[N]");
      if (!free.contains(field)) {
        throw new InputException(
            "--set " + override,
            "a run that is run again keeps its settings",
            "one of " + free,
            "for other settings run ./fdistill "
                + command()
                + " --config runs/NAME/config.pbtxt --set name=NEW");
      }
    }
    M config = settings("config", defaultInstance);
    Message.Builder builder = config.toBuilder();
    RunLength.clearBudgets(builder);
    FieldDescriptor name = field(config, "name");
    builder.setField(name, config.getField(name) + "-rerun");
    @SuppressWarnings("unchecked") // A message's builder builds messages of the same class.
    M renamed = (M) builder.build();
    return Configs.with(renamed, overrides);
  }

  private static FieldDescriptor field(Message message, String name) {
    return message.getDescriptorForType().findFieldByName(name);
  }

  /**
   * Refuses inputs that are not those of the run.
   *
   * @throws InputException that names the first that differs, or of which the record does not tell
   */
  void requireSame(List<RunPlan.Input> inputs) {
    for (RunPlan.Input input : inputs) {
      String role = input.role();
      String was = record.find(role, "path").orElse("?");
      String sha256 =
          record
              .find(role, "sha256")
              .orElseThrow(() -> other(input, "the record tells of none", "no " + role, was));
      if (!sha256.equals(input.sha256()) && !input.former().contains(sha256)) {
        String needed = "SHA-256 " + sha256 + ", as the first run had it in " + was;
        throw other(input, "SHA-256 " + input.sha256(), needed, was);
      }
    }
  }

  private InputException other(RunPlan.Input input, String found, String needed, String was) {
    String field = SETTINGS.getOrDefault(input.role(), input.role());
    return new InputException(
        record.file() + ": " + input.role() + ": " + input.path(),
        found,
        needed,
        "bring it back (a large set of images with its times: rsync -a, cp -p), or say where it"
            + " lies now, with --set "
            + field
            + "=... (then "
            + was
            + ")");
  }

  /**
   * What may make other bits of the same settings and inputs, a line each: what is not the same now
   * as in all sessions of the run.
   *
   * @param now the record of the run that repeats it
   */
  public List<String> differences(RecordFile now) {
    List<String> lines = new ArrayList<>();
    for (String name : Circumstances.NAMES) {
      List<String> then = each(record, name);
      List<String> today = each(now, name);
      boolean known = !then.isEmpty() || !name.equals(Circumstances.ONEDNN);
      if (known && (then.size() > 1 || today.size() > 1 || !then.equals(today))) {
        lines.add(name + ": " + listed(then) + " then, " + listed(today) + " now");
      }
    }
    if (now.find("commit").orElse("").endsWith("-dirty") && lines.isEmpty()) {
      lines.add("commit: both programs had changes that no commit has");
    }
    List<Long> planned = record.stepsPlanned();
    List<String> by = planned.size() > 1 ? bySteps() : List.of();
    if (!by.isEmpty()) {
      String what = String.join(" and ", by);
      lines.add(
          "steps: " + planned + ", one after the other: " + what + " went by the number of then");
    }
    List<Long> every = record.savedEvery();
    if (every.size() > 1 && mayGoBack()) {
      lines.add(
          "checkpoint.every_steps: "
              + every
              + ", one after the other: watch.rollbacks went back to multiples of the number of"
              + " then");
    }
    List<Long> parts = record.parts();
    if (parts.size() > 1) {
      lines.add(
          "accumulation_steps: "
              + parts
              + ", one after the other: sums were rounded by the number of then");
    }
    return lines;
  }

  /** Whether it is a distillation that may go back to an earlier checkpoint. */
  private boolean mayGoBack() {
    return command().equals("train")
        && settings("config", DistillConfig.getDefaultInstance()).getWatch().getRollbacks() > 0;
  }

  /** What of a run goes by how many steps it is to have. */
  private List<String> bySteps() {
    List<String> all = new ArrayList<>();
    if (record.find("config").orElse("").contains("schedule: COSINE")) {
      all.add("the rates of schedule COSINE");
    }
    if (command().equals("train")) {
      DiscriminatorConfig c =
          settings("config", DistillConfig.getDefaultInstance()).getDiscriminator();
      if (c.getGanWeight() != 0 && c.getGanGrowth() != 1) {
        all.add("the weight of the GAN loss, with its gan_growth,");
      }
    }
    return all;
  }

  /** What a run's sessions had one after the other, each once. */
  private static List<String> each(RecordFile record, String name) {
    return record.circumstances().stream()
        .flatMap(session -> Optional.ofNullable(session.entries().get(name)).stream())
        .distinct()
        .toList();
  }

  private static String listed(List<String> values) {
    return values.isEmpty() ? "?" : String.join(" and later ", values);
  }
}

package io.github.fdistill.run;

import com.google.protobuf.Message;
import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.FreeSettings;
import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.config.Occasion;
import io.github.fdistill.config.OptimiserConfig;
import io.github.fdistill.config.SettingChecks;
import io.github.fdistill.config.SettingPaths;
import io.github.fdistill.config.StageConfig;
import io.github.fdistill.training.Span;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A stage of a distillation.
 *
 * @param config of the run, as the stage changes it
 * @param span its steps
 */
public record Stage(DistillConfig config, Span span) {

  /**
   * The stages of a run, at least one.
   *
   * @param file that the config was read from
   * @throws InputException when a stage changes what must stay, or their steps are not the run's
   */
  public static List<Stage> of(Path file, DistillConfig config) {
    if (config.getStageCount() == 0) {
      return List.of(new Stage(config, new Span(0, config.getSteps())));
    }
    List<Stage> stages = new ArrayList<>();
    long first = 0;
    for (int i = 0; i < config.getStageCount(); i++) {
      StageConfig stage = config.getStage(i);
      String field = "stage[" + i + "]";
      Configs.check(stage.getSteps() >= 1, file, field + ".steps", stage.getSteps(), "1 or more");
      DistillConfig changed = Configs.with(config, stage.getSetList(), place(file, field));
      requireSameNetworks(file, field, config, changed);
      requireSameMoments(file, field, config, changed);
      if (i > 0) {
        requireSameBins(file, field, stages.get(i - 1).config(), changed);
      }
      check(file, field, changed.toBuilder().setSteps(stage.getSteps()).build());
      stages.add(new Stage(changed, new Span(first, first + stage.getSteps())));
      first += stage.getSteps();
    }
    Configs.check(
        config.getSteps() == first,
        file,
        "steps",
        config.getSteps(),
        first + ", as many as the stages have");
    return stages;
  }

  /** The settings of each stage, or of a run without any. */
  static Stream<DistillConfig> configs(DistillConfig config) {
    return config.getStageCount() == 0
        ? Stream.of(config)
        : IntStream.range(0, config.getStageCount()).mapToObj(stage -> changed(config, stage));
  }

  /** Where an alpha is given and no stage's divergence has one, so. */
  static Optional<String> noteOfAlpha(List<Stage> stages) {
    double usual = DistillConfig.getDefaultInstance().getAlpha();
    DistillConfig first = stages.get(0).config();
    boolean used =
        stages.stream()
            .anyMatch(each -> each.config().getDivergence() == DistillConfig.Divergence.ALPHA);
    return used || stages.stream().allMatch(each -> each.config().getAlpha() == usual)
        ? Optional.empty()
        : Optional.of(
            "alpha: without effect, the divergence is "
                + first.getDivergence()
                + " (--set divergence=ALPHA takes it)");
  }

  /** Whether the student's loss has a part that is the discriminator's. */
  boolean hasGanLoss() {
    return config.getDiscriminator().getGanWeight() > 0;
  }

  /** How many of its steps come after a step of the run. */
  long stepsAfter(long step) {
    return Math.max(0, span.end() - Math.max(step, span.first()));
  }

  /**
   * What stages that compute as much have alike: their settings, in which all numbers stand for
   * each other but 0 and 1, by which a part of a step is left out.
   */
  DistillConfig outline() {
    return outline(Configs.resolved(config));
  }

  @SuppressWarnings("unchecked") // A message's builder builds messages of the same class.
  private static <M extends Message> M outline(M settings) {
    Message.Builder outline = settings.toBuilder();
    settings
        .getAllFields()
        .forEach(
            (field, value) -> {
              if (value instanceof Message group) {
                outline.setField(field, outline(group));
              } else if (value instanceof Double number && number != 0 && number != 1) {
                outline.setField(field, 2.0);
              }
            });
    return (M) outline.build();
  }

  /** The settings that a run ends with: those of its last stage. */
  static DistillConfig last(DistillConfig config) {
    int stages = config.getStageCount();
    return stages == 0 ? config : changed(config, stages - 1);
  }

  private static DistillConfig changed(DistillConfig config, int stage) {
    return Configs.with(config, config.getStage(stage).getSetList(), "stage[" + stage + "].set");
  }

  /** Where the changes of a stage stand. */
  private static String place(Path file, String field) {
    return file + ": " + field + ".set";
  }

  /** The config with as many steps as its stages have, where it does not say how many itself. */
  public static DistillConfig withSteps(DistillConfig config) {
    if (config.getStageCount() == 0 || config.hasSteps()) {
      return config;
    }
    long steps = config.getStageList().stream().mapToLong(StageConfig::getSteps).sum();
    return config.toBuilder().setSteps(steps).build();
  }

  /** What is refused is what the stage makes of the settings: those of the run were checked. */
  private static void check(Path file, String field, DistillConfig alone) {
    try {
      SettingChecks.check(file, alone);
      SettingChecks.warmUps(file, alone);
    } catch (InputException e) {
      throw Configs.ofChange(e, file, place(file, field));
    }
  }

  private static void requireSameNetworks(
      Path file, String field, DistillConfig run, DistillConfig stage) {
    String difference = SameRun.difference(fixed(run), fixed(stage));
    if (!difference.isEmpty()) {
      throw new InputException(
          place(file, field),
          "a change of " + difference,
          "changes of losses, ratios, noise and rates alone: networks, data and batches stay",
          "a stage may change "
              + String.join(", ", FreeSettings.of(run.getDescriptorForType(), Occasion.STAGE)));
    }
  }

  private static void requireSameMoments(
      Path file, String field, DistillConfig run, DistillConfig stage) {
    if (!moments(run).equals(moments(stage))) {
      throw new InputException(
          place(file, field),
          "moments that are kept in another way than the run's: another optimiser.state, or beside"
              + " one that is not FLOAT32 beta1 0 in one and not in the other",
          "moments that are kept in the same way from the run's beginning to its end",
          "set it outside the stages, for all of them");
    }
  }

  /** Refuses bins of other noise levels than those whose means go on in them. */
  private static void requireSameBins(
      Path file, String field, DistillConfig before, DistillConfig stage) {
    boolean kept = stage.getRatio().getBins() > 0 && stage.getRatio().getDecay() > 0;
    NoiseConfig then = before.getNoise();
    NoiseConfig noise = stage.getNoise();
    boolean same =
        then.getSigmaMin() == noise.getSigmaMin() && then.getSigmaMax() == noise.getSigmaMax();
    if (kept && !same) {
      throw new InputException(
          place(file, field),
          "another noise.sigma_min or noise.sigma_max than in the stage before, beside ratio.decay "
              + stage.getRatio().getDecay()
              + ": r would be divided by means of other levels",
          "one range of levels in all stages, or ratio.decay 0, or no ratio.bins",
          "set the range outside the stages, for all of them; noise.distribution, mean and std may"
              + " change. A run that was begun otherwise is to begin anew, with --set name=...");
    }
  }

  /**
   * Which moments an optimiser keeps, and how.
   *
   * @param first whether the first is among them
   */
  private record Moments(OptimiserConfig.State state, boolean first) {
    static Moments of(OptimiserConfig c) {
      // As float32 it is kept where beta1 is 0 too.
      return new Moments(
          c.getState(), c.getState() == OptimiserConfig.State.FLOAT32 || c.getBeta1() > 0);
    }
  }

  private static List<Moments> moments(DistillConfig c) {
    return List.of(
        Moments.of(c.getOptimiser()),
        Moments.of(c.getFakeScore().getOptimiser()),
        Moments.of(c.getDiscriminator().getOptimiser()));
  }

  private static String fixed(DistillConfig config) {
    return SettingPaths.of(FreeSettings.without(config, Occasion.STAGE));
  }
}

package io.github.fdistill.run;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.FreeSettings;
import io.github.fdistill.config.Occasion;
import io.github.fdistill.config.OptimiserConfig;
import io.github.fdistill.config.SettingChecks;
import io.github.fdistill.config.StageConfig;
import io.github.fdistill.training.Trainable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A stage of a distillation.
 *
 * @param config of the run, as the stage changes it
 * @param span its steps
 */
public record Stage(DistillConfig config, Trainable.Span span) {

  /**
   * The stages of a run, at least one.
   *
   * @param file that the config was read from
   * @throws InputException when a stage changes what must stay, or their steps are not the run's
   */
  public static List<Stage> of(Path file, DistillConfig config) {
    if (config.getStageCount() == 0) {
      return List.of(new Stage(config, new Trainable.Span(0, config.getSteps())));
    }
    List<Stage> stages = new ArrayList<>();
    long first = 0;
    for (int i = 0; i < config.getStageCount(); i++) {
      StageConfig stage = config.getStage(i);
      String field = "stage[" + i + "]";
      Configs.check(stage.getSteps() >= 1, file, field + ".steps", stage.getSteps(), "1 or more");
      DistillConfig changed = Configs.with(config, stage.getSetList());
      requireSameNetworks(file, field, config, changed);
      requireSameMoments(file, field, config, changed);
      SettingChecks.check(file, changed.toBuilder().setSteps(stage.getSteps()).build());
      stages.add(new Stage(changed, new Trainable.Span(first, first + stage.getSteps())));
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

  /** The config with as many steps as its stages have, where it does not say how many itself. */
  public static DistillConfig withSteps(DistillConfig config) {
    if (config.getStageCount() == 0 || config.hasSteps()) {
      return config;
    }
    long steps = config.getStageList().stream().mapToLong(StageConfig::getSteps).sum();
    return config.toBuilder().setSteps(steps).build();
  }

  private static void requireSameNetworks(
      Path file, String field, DistillConfig run, DistillConfig stage) {
    String difference = SameRun.difference(fixed(run), fixed(stage));
    if (!difference.isEmpty()) {
      throw new InputException(
          file + ": " + field + ".set",
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
          file + ": " + field + ".set",
          "another optimiser.state than the run has",
          "moments that are kept in the same way from the run's beginning to its end",
          "set it outside the stages, for all of them");
    }
  }

  private static List<OptimiserConfig.State> moments(DistillConfig c) {
    return List.of(
        c.getOptimiser().getState(),
        c.getFakeScore().getOptimiser().getState(),
        c.getDiscriminator().getOptimiser().getState());
  }

  private static String fixed(DistillConfig config) {
    return Configs.print(FreeSettings.without(config, Occasion.STAGE));
  }
}

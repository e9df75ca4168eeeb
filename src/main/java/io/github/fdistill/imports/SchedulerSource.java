package io.github.fdistill.imports;

import io.github.fdistill.config.DdpmSchedule;
import io.github.fdistill.config.DenoiserMapping.Prediction;
import io.github.fdistill.config.NoiseConvention;
import java.util.List;

/** What a scheduler of the library diffusers says of the noise that a network was trained on. */
final class SchedulerSource {
  /** Those of DDPM's steps; how they sample does not matter here. */
  private static final List<String> STEPS =
      List.of(
          "DDPMScheduler",
          "DDIMScheduler",
          "PNDMScheduler",
          "EulerDiscreteScheduler",
          "EulerAncestralDiscreteScheduler",
          "HeunDiscreteScheduler",
          "LMSDiscreteScheduler",
          "DPMSolverMultistepScheduler",
          "DPMSolverSinglestepScheduler",
          "UniPCMultistepScheduler",
          "DEISMultistepScheduler",
          "KDPM2DiscreteScheduler",
          "KDPM2AncestralDiscreteScheduler");

  private SchedulerSource() {}

  /**
   * @param learnedVariance whether the network says a variance too
   * @throws io.github.fdistill.InputException for what is not built, by name
   */
  static NoiseConvention read(Settings scheduler, boolean learnedVariance) {
    String name = scheduler.text("_class_name", "none");
    if (!STEPS.contains(name)) {
      throw scheduler.wrong("_class_name", name, "a scheduler of DDPM's steps: " + STEPS);
    }
    scheduler.requireOnly("trained_betas", null);
    scheduler.requireOnly("rescale_betas_zero_snr", false);
    DdpmSchedule.Builder steps =
        DdpmSchedule.newBuilder().setSteps(scheduler.whole("num_train_timesteps", 1000));
    String betas = scheduler.text("beta_schedule", "linear");
    switch (betas) {
      case "linear" -> steps.setBetas(DdpmSchedule.Betas.LINEAR);
      case "scaled_linear" -> steps.setBetas(DdpmSchedule.Betas.SCALED_LINEAR);
      case "squaredcos_cap_v2" -> steps.setBetas(DdpmSchedule.Betas.COSINE);
      default ->
          throw scheduler.wrong(
              "beta_schedule", betas, "linear, scaled_linear or squaredcos_cap_v2");
    }
    if (steps.getBetas() != DdpmSchedule.Betas.COSINE) {
      steps.setFirst(scheduler.number("beta_start", 1e-4));
      steps.setLast(scheduler.number("beta_end", 0.02));
    }
    String predicts = scheduler.text("prediction_type", "epsilon");
    return NoiseConvention.newBuilder()
        .setPredicts(
            switch (predicts) {
              case "epsilon" -> Prediction.EPSILON;
              case "sample" -> Prediction.DENOISED;
              case "v_prediction" -> Prediction.V;
              default ->
                  throw scheduler.wrong(
                      "prediction_type", predicts, "epsilon, sample or v_prediction");
            })
        .setLearnedVariance(learnedVariance)
        .setDdpm(steps)
        .build();
  }
}

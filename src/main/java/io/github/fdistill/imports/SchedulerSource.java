package io.github.fdistill.imports;

import io.github.fdistill.config.DdpmSchedule;
import io.github.fdistill.config.DenoiserMapping.Prediction;
import io.github.fdistill.config.NoiseConvention;
import java.util.List;
import java.util.Set;

/** What a scheduler of the library diffusers says of the noise that a network was trained on. */
final class SchedulerSource {
  /** What defines the noise, and what says how such a scheduler samples, which does not matter. */
  static final Set<String> KNOWN =
      Settings.names(
          """
          num_train_timesteps beta_start beta_end beta_schedule trained_betas
          rescale_betas_zero_snr prediction_type predict_epsilon timestep_type use_flow_sigmas
          algorithm_type clip_sample clip_sample_range corrector_order disable_corrector
          dynamic_thresholding_ratio eta euler_at_final final_sigmas_type flow_shift
          interpolation_type lambda_min_clipped lower_order_final noise_sampler_seed
          original_inference_steps predict_x0 predictor_order sample_max_value set_alpha_to_one
          set_alpha_to_zero shift_terminal sigma_max sigma_min skip_prk_steps solver_order solver_p
          solver_type steps_offset tau_func tensor_format thresholding time_shift_type
          timestep_scaling timestep_spacing timestep_values use_beta_sigmas use_dynamic_shifting
          use_exponential_sigmas use_karras_sigmas use_lu_lambdas variance_type
          """);

  private static final String EULER = "EulerDiscreteScheduler";
  private static final String HEUN = "HeunDiscreteScheduler";
  private static final String KDPM2 = "KDPM2DiscreteScheduler";
  private static final String KDPM2_ANCESTRAL = "KDPM2AncestralDiscreteScheduler";
  private static final String DPM_SDE = "DPMSolverSDEScheduler";
  private static final String LCM = "LCMScheduler";
  private static final String TCD = "TCDScheduler";

  private static final String SCALED = "scaled_linear";

  /** Those of DDPM's steps; how they sample does not matter here. */
  private static final List<String> STEPS =
      List.of(
          "DDPMScheduler",
          "DDPMParallelScheduler",
          "DDIMScheduler",
          "DDIMParallelScheduler",
          "DDIMInverseScheduler",
          "RePaintScheduler",
          "PNDMScheduler",
          EULER,
          "EulerAncestralDiscreteScheduler",
          HEUN,
          "LMSDiscreteScheduler",
          "DPMSolverMultistepScheduler",
          "DPMSolverMultistepInverseScheduler",
          "DPMSolverSinglestepScheduler",
          DPM_SDE,
          "SASolverScheduler",
          "UniPCMultistepScheduler",
          "DEISMultistepScheduler",
          KDPM2,
          KDPM2_ANCESTRAL,
          LCM,
          TCD);

  /** Whose betas go from 0.00085 to 0.012 where nothing is said; those of all others are DDPM's. */
  private static final Set<String> OF_LATENTS =
      Set.of(HEUN, KDPM2, KDPM2_ANCESTRAL, DPM_SDE, LCM, TCD);

  /** Whose betas are scaled linear where nothing is said; those of all others are linear. */
  private static final Set<String> SCALED_BY_DEFAULT = Set.of(LCM, TCD);

  /** A mapping describes more than is read here, and yet not all. */
  static final String REMEDY =
      Settings.ROAD + "; noise that no field of a mapping describes is not read at all";

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
    String predicts = predicts(scheduler);
    if (name.equals(EULER) && predicts.equals("v_prediction")) { // Only then it matters there.
      scheduler.requireOnly("timestep_type", "discrete");
    }
    if (scheduler.isGiven("use_flow_sigmas")) {
      scheduler.requireOnly("use_flow_sigmas", false);
    }
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
        .setDdpm(steps(scheduler, name))
        .build();
  }

  /** What the library called predict_epsilon before it had a name for what a network predicts. */
  private static String predicts(Settings scheduler) {
    String old = "predict_epsilon";
    boolean said = !scheduler.isGiven("prediction_type") && scheduler.isGiven(old);
    return said && !scheduler.flag(old, true)
        ? "sample"
        : scheduler.text("prediction_type", "epsilon");
  }

  private static DdpmSchedule steps(Settings scheduler, String name) {
    DdpmSchedule.Builder steps = DdpmSchedule.newBuilder();
    if (scheduler.flag("rescale_betas_zero_snr", false)) {
      steps.setZeroTerminalSnr(true);
    }
    int count = scheduler.whole("num_train_timesteps", 1000);
    if (scheduler.isGiven("trained_betas")) {
      List<Double> betas = scheduler.numbers("trained_betas");
      if (betas.size() != count) {
        throw scheduler.wrong("trained_betas", betas.size() + " numbers", count + " of them");
      }
      return steps.addAllBeta(betas).build();
    }
    steps.setSteps(count);
    String betas =
        scheduler.text("beta_schedule", SCALED_BY_DEFAULT.contains(name) ? SCALED : "linear");
    steps.setBetas(
        switch (betas) {
          case "linear" -> DdpmSchedule.Betas.LINEAR;
          case SCALED -> DdpmSchedule.Betas.SCALED_LINEAR;
          case "squaredcos_cap_v2" -> DdpmSchedule.Betas.COSINE;
          case "sigmoid" -> DdpmSchedule.Betas.SIGMOID;
          default ->
              throw scheduler.wrong(
                  "beta_schedule", betas, "linear, scaled_linear, squaredcos_cap_v2 or sigmoid");
        });
    if (steps.getBetas() != DdpmSchedule.Betas.COSINE) {
      boolean latents = OF_LATENTS.contains(name);
      steps.setFirst(beta(scheduler, "beta_start", latents ? 0.00085 : 1e-4));
      steps.setLast(beta(scheduler, "beta_end", latents ? 0.012 : 0.02));
    }
    return steps.build();
  }

  /** In a description 0 is what is usual. */
  private static double beta(Settings scheduler, String name, double otherwise) {
    double beta = scheduler.number(name, otherwise);
    if (!(beta > 0 && beta < 1)) {
      throw scheduler.wrong(name, beta, "above 0 and below 1");
    }
    return beta;
  }
}

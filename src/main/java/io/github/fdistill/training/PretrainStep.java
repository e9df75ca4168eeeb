package io.github.fdistill.training;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.diffusion.Preconditioning;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import java.util.List;
import java.util.Map;
import org.tensorflow.op.Ops;

/**
 * One step of EDM pretraining (Karras et al. 2022, Equation 2 and Table 1).
 *
 * @param turn the update
 * @param average of the weights, which is what is exported
 */
public record PretrainStep(Turn turn, FloatVariable average) {

  /**
   * Adds the step to the graph.
   *
   * @param x0 the images, [B,H,W,C]
   * @param denoiser on the model's weights
   */
  static PretrainStep build(
      Ops tf,
      StepInputs in,
      Expr x0,
      Denoiser denoiser,
      Trainable model,
      State state,
      PretrainConfig config,
      Preconditioning edm) {
    Expr sigma = in.levels(tf, config.getNoise(), "sigma");
    Noised images = Noised.of(x0, sigma, in.normalImages(tf, "eps"));

    Expr denoised = denoiser.denoised(images.noisy(), sigma, dropped(tf, in, config));

    Expr weight = edm.lossWeight(sigma.perImage());
    Expr loss = denoised.minus(x0).square().times(weight).mean();

    Trainable.Update update =
        model.minimise(
            Trainable.Minimising.plain(tf, state, in, config.getSteps(), config.getRecompute()),
            loss,
            List.of(config.getAverage()));
    Turn turn =
        new Turn(
            Turn.Kind.PRETRAIN,
            Turn.runs(
                tf,
                in,
                List.of(update),
                List.of(),
                Map.of(Reading.LOSS, loss),
                Map.of(Reading.GRADIENT_NORM, update.gradientNorm())));
    return new PretrainStep(turn, update.averages().get(0));
  }

  /** The conditions, some rows of them replaced by none. */
  private static Condition dropped(Ops tf, StepInputs in, PretrainConfig config) {
    if (in.conditioning().isEmpty() || config.getLabelDropout() == 0) {
      return in.condition();
    }
    Expr u = in.uniform(tf, "label_dropout");
    Condition none = in.conditioning().none(tf, tf.constant(new int[] {in.rows()}));
    return in.condition()
        .replaced(tf, tf.math.less(u, tf.constant((float) config.getLabelDropout())), none);
  }
}

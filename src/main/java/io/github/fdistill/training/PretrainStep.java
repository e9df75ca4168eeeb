package io.github.fdistill.training;

import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.diffusion.Preconditioning;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;

/**
 * One step of EDM pretraining (Karras et al. 2022, Equation 2 and Table 1).
 *
 * @param turn the update
 * @param average of the weights, which is what is exported
 */
public record PretrainStep(Turn turn, FloatVariable average) {

  /**
   * @param denoiser on the model's weights
   * @param classes label {@code classes} means "no class"; 0: unconditional
   */
  static PretrainStep build(
      Ops tf,
      StepInputs in,
      Denoiser denoiser,
      Trainable model,
      State state,
      PretrainConfig config,
      int classes,
      Preconditioning edm) {
    Expr x0 = in.real(tf);
    Expr sigma = in.levels(tf, config.getNoise(), "sigma");
    Expr x = x0.plus(in.normalImages(tf, "eps").times(sigma.perImage()));

    Expr denoised = denoiser.denoised(x, sigma, dropped(tf, in, config, classes));

    Expr weight = edm.lossWeight(sigma.perImage());
    Expr loss = denoised.minus(x0).square().times(weight).mean();

    Trainable.Update update =
        model.minimise(
            Trainable.Minimising.plain(tf, state, in, config.getSteps()),
            loss,
            List.of(config.getAverage()));
    Turn turn =
        new Turn(
            "pretrain",
            Trainable.runs(
                tf,
                List.of(update),
                List.of(),
                Map.of("loss", loss),
                Map.of("gradient_norm", update.gradientNorm())));
    return new PretrainStep(turn, update.averages().get(0));
  }

  /** The labels, some of them replaced by "no class". */
  private static Operand<TInt32> dropped(
      Ops tf, StepInputs in, PretrainConfig config, int classes) {
    Expr u = in.uniform(tf, "label_dropout");
    Operand<TInt32> none = tf.fill(tf.shape(in.labels()), tf.constant(classes));
    return tf.select(
        tf.math.less(u, tf.constant((float) config.getLabelDropout())), none, in.labels());
  }
}

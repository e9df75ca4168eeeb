package io.github.fdistill.training;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.PromptsAlone;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.diffusion.Guided;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.network.DiscriminatorHead;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.op.Ops;

/**
 * The student's loss: its gradient is that of the f-divergence between the diffused teacher and the
 * diffused student (arXiv 2502.15681, Equation 7), with the GAN loss beside it.
 *
 * @param loss scalar, to be minimised over the student's weights alone
 * @param weights of the samples, by their density ratio, whose update belongs to the step
 * @param scalars for the log
 */
record StudentStep(Expr loss, BatchWeights weights, Map<Reading, Expr> scalars) {
  private static final double EPSILON = 1e-6;

  /**
   * Adds the loss to the graph.
   *
   * @param progress of the run, or of its stage, from 0 to 1: scalar
   */
  static StudentStep build(Ops tf, StepInputs in, Roles nets, DistillConfig c, Expr progress) {
    // A sample x = G(z) of the student, noised again to level sigma.                [B,H,W,C]
    Condition condition = in.condition();
    Expr x = nets.samples().of(tf, in, "student");
    Noised drawn = Noised.drawn(tf, in, c.getNoise(), "student", x);
    Expr sigma = drawn.sigma();
    Expr xNoisy = drawn.noisy();

    // The two scores, as denoised images, and what the discriminator says of the one unguided.
    Guided.Passes teacher = nets.guidedTeacher().passes(xNoisy, sigma, condition);
    Denoiser.Pass fakeScore = nets.fakeScore().pass(xNoisy, sigma, condition);
    Expr real = teacher.guided().stopGradient();
    Expr fake = fakeScore.denoised().stopGradient();
    boolean onTeacher = DiscriminatorFeatures.areOfTeacher(c.getDiscriminator());
    DiscriminatorHead.Logits logits =
        nets.discriminator().logits(xNoisy, onTeacher ? teacher.plain() : fakeScore).inTurn();

    // h(r) = r^2 f''(r), scaled to mean 1;  r = p_teacher / p_student, clipped.
    Expr logit = logits.mean().reshape(-1);
    Expr logRatio = nets.logRatio().of(xNoisy, sigma, teacher.plain(), logit);
    BatchWeights weights =
        BatchWeights.build(tf, in, logRatio, sigma, Choices.divergence(c), Choices.ratio(c));
    Expr weight = weights.ofPart().perImage();

    // x - target = gradient, so d(divergenceLoss)/dx = gradient / (B*H*W*C).
    Expr gradient = fake.minus(real).times(weight).over(scale(c, x, real, sigma));
    Expr target = x.minus(gradient).stopGradient();
    Expr divergenceLoss = x.minus(target).square().mean().times(0.5);

    Expr ganLoss = Choices.judged(c, logits).negated().softplus().mean();
    Expr loss =
        GanWeight.of(c.getDiscriminator())
            .map(ganWeight -> divergenceLoss.plus(ganWeight.times(ganLoss, progress)))
            .orElse(divergenceLoss);

    Map<Reading, Expr> scalars = new LinkedHashMap<>();
    scalars.put(Reading.DIVERGENCE_LOSS, divergenceLoss);
    boolean alone = PromptsAlone.are(c.getDataset());
    if (!alone) {
      scalars.put(Reading.GAN_LOSS, ganLoss);
    }
    if (isSpread(in)) {
      scalars.put(Reading.DIVERSITY, alone ? spread(x) : spread(x).over(spread(in.real(tf))));
    }
    return new StudentStep(loss, weights, scalars);
  }

  /** Whether there are images enough in a part of a batch to differ from one another. */
  static boolean isSpread(StepInputs in) {
    return in.rows() > 1;
  }

  /** The standard deviation over the batch, as a mean over pixels. */
  private static Expr spread(Expr images) {
    Expr deviation = images.minus(images.mean(0));
    return deviation.square().mean(0).plus(EPSILON).sqrt().mean();
  }

  /** What the difference of the denoised images is divided by: [B,1,1,1]. */
  static Expr scale(DistillConfig c, Expr x, Expr real, Expr sigma) {
    return c.getScale() == DistillConfig.Scale.VARIANCE
        ? sigma.perImage().square()
        : x.minus(real).abs().meanPerImage().plus(EPSILON);
  }
}

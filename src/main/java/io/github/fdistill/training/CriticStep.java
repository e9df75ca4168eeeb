package io.github.fdistill.training;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.config.DiscriminatorConfig;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.network.DiscriminatorHead;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.op.Ops;

/**
 * The losses of the two critics on fresh samples of the student: the fake score learns to denoise
 * them, the discriminator to tell them from real images.
 *
 * @param fakeScoreLoss scalar, over the fake score's weights
 * @param discriminatorLoss scalar, over the discriminator's weights
 * @param scalars for the log
 */
record CriticStep(Expr fakeScoreLoss, Expr discriminatorLoss, Map<Reading, Expr> scalars) {

  static CriticStep build(Ops tf, StepInputs in, Roles nets, DistillConfig c, double sigmaData) {
    // Samples of the student and real images, each at noise levels of their own.
    Condition condition = in.condition();
    Noised drawn = samples(tf, in, nets, c);
    Noised real =
        Noised.of(
            in.real(tf),
            in.levels(tf, c.getNoise(), "critic/sigma_real"),
            in.normalImages(tf, "critic/eps_real"));

    // What the discriminator looks at beside the student's samples: real images, and what R1 adds.
    DiscriminatorConfig d = c.getDiscriminator();
    boolean penalised = d.getR1Weight() > 0;
    Seen others = new Seen(real.noisy(), real.sigma(), condition);
    if (penalised) {
      Expr moved = real.noisy().plus(in.normalImages(tf, "critic/eps_r1").times(d.getR1Sigma()));
      others = others.with(new Seen(moved, real.sigma(), condition));
    }

    // The teacher looks at all of them at once. The fake score looks at the samples in any case.
    Seen samples = new Seen(drawn.noisy(), drawn.sigma(), condition);
    Denoiser.Pass fake = samples.by(nets.fakeScore());
    Seen all = samples.with(others);
    boolean onTeacher = DiscriminatorFeatures.areOfTeacher(d);
    Denoiser.Pass observed =
        onTeacher
            ? all.by(nets.teacher())
            : Denoiser.Pass.joined(
                List.of(fake, others.by(nets.fakeScore())), rows -> Expr.concat(0, rows));
    List<DiscriminatorHead.Logits> parts =
        nets.discriminator().logits(all.x(), stopped(observed)).parts(penalised ? 3 : 2);
    Expr ofSamples = Choices.judged(c, parts.get(0).inTurn());
    Expr ofReal = ofImages(c, parts.get(1));

    // Discriminator: softplus(fake) + softplus(-real), and R1 by a finite difference.
    Expr discriminatorLoss = ofSamples.softplus().mean().plus(ofReal.negated().softplus().mean());
    if (penalised) {
      Expr r1 = ofReal.minus(ofImages(c, parts.get(2))).square().mean();
      discriminatorLoss = discriminatorLoss.plus(r1.times(d.getR1Weight()));
    }

    Expr fakeScoreLoss = fakeScoreLoss(fake, drawn, c, sigmaData);
    Map<Reading, Expr> scalars = new LinkedHashMap<>();
    scalars.put(Reading.FAKE_SCORE_LOSS, fakeScoreLoss);
    scalars.put(Reading.DISCRIMINATOR_LOSS, discriminatorLoss);
    scalars.put(Reading.LOGIT_FAKE, ofSamples.mean());
    scalars.put(Reading.LOGIT_REAL, ofReal.mean());
    return new CriticStep(fakeScoreLoss, discriminatorLoss, scalars);
  }

  /** Samples of the student, noised, through which no gradient goes to it. */
  private static Noised samples(Ops tf, StepInputs in, Roles nets, DistillConfig c) {
    Expr x = nets.samples().of(tf, in, "critic").stopGradient();
    return Noised.drawn(tf, in, c.getNoise(), "critic", x);
  }

  /**
   * What is said of real images: on the teacher by the logits of every step, on fake scores by that
   * of the row's own, since what each of several sees tells of its own step alone.
   */
  private static Expr ofImages(DistillConfig c, DiscriminatorHead.Logits part) {
    boolean onTeacher = DiscriminatorFeatures.areOfTeacher(c.getDiscriminator());
    return Choices.judged(c, onTeacher ? part : part.inTurn());
  }

  /** The fake score's loss alone, where there are no images to tell the student's samples from. */
  static Expr fakeScoreLoss(Ops tf, StepInputs in, Roles nets, DistillConfig c, double sigmaData) {
    Noised drawn = samples(tf, in, nets, c);
    Denoiser.Pass fake = nets.fakeScore().pass(drawn.noisy(), drawn.sigma(), in.condition());
    return fakeScoreLoss(fake, drawn, c, sigmaData);
  }

  /**
   * Denoising score matching on the student's samples: the mean of w (D(x + sigma eps; sigma) -
   * x)^2, with sigma [B,1,1,1] and w by the weighting.
   *
   * <ul>
   *   <li>UNIFORM: 1
   *   <li>EDM: 1/sigma^2 + 1/sigmaData^2 = 1/cOut^2 (Karras et al. 2022, Table 1)
   *   <li>EPSILON: 1/sigma^2, of the error of a predicted eps
   *   <li>V: 1/sigma^2 + 1, of the error of a predicted v where variance is preserved
   * </ul>
   */
  private static Expr fakeScoreLoss(
      Denoiser.Pass fake, Noised drawn, DistillConfig c, double sigmaData) {
    Expr error = fake.denoised().minus(drawn.x()).square();
    Expr level = drawn.sigma().perImage();
    return switch (c.getFakeScore().getWeighting()) {
      case UNIFORM -> error.mean();
      case EDM -> error.times(weight(level, 1 / (sigmaData * sigmaData))).mean();
      case EPSILON -> error.over(level.square()).mean();
      case V -> error.times(weight(level, 1)).mean();
    };
  }

  /** 1/sigma^2 + more. */
  private static Expr weight(Expr sigma, double more) {
    return sigma.square().reciprocal().plus(more);
  }

  /**
   * Noisy images for a denoiser.
   *
   * @param x [N,H,W,C]
   * @param sigma [N]
   * @param condition of each image
   */
  private record Seen(Expr x, Expr sigma, Condition condition) {
    Seen with(Seen more) {
      return new Seen(
          Expr.concat(0, x, more.x),
          Expr.concat(0, sigma, more.sigma),
          condition.concat(x.tf(), more.condition));
    }

    Denoiser.Pass by(Denoiser denoiser) {
      return denoiser.pass(x, sigma, condition);
    }
  }

  /** The features as they are: the discriminator's loss trains its heads, not the network. */
  private static Denoiser.Pass stopped(Denoiser.Pass pass) {
    Map<String, Expr> features = new LinkedHashMap<>();
    pass.features().forEach((name, map) -> features.put(name, map.stopGradient()));
    return new Denoiser.Pass(pass.denoised().stopGradient(), features);
  }
}

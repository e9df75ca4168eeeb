package io.github.fdistill.training;

import io.github.fdistill.config.AverageConfig;
import io.github.fdistill.config.DiscriminatorConfig.Losses;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.DistillConfig.StudentCritics;
import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.config.OptimiserConfig;
import io.github.fdistill.config.RatioConfig;
import io.github.fdistill.diffusion.NoiseLevels;
import io.github.fdistill.divergence.DensityRatio;
import io.github.fdistill.divergence.FDivergence;
import io.github.fdistill.divergence.RatioBins;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.network.DiscriminatorHead;
import io.github.fdistill.network.TimedSchedules;
import io.github.fdistill.optim.AdamW;
import io.github.fdistill.optim.LearningRate;
import io.github.fdistill.optim.WeightAverage;
import java.util.Optional;

/** From what a config says to what computes it. */
final class Choices {
  private Choices() {}

  static NoiseLevels noise(NoiseConfig c) {
    return switch (c.getDistribution()) {
      case LOG_NORMAL -> logNormal(c);
      case POLYNOMIAL ->
          new NoiseLevels.Polynomial(
              c.getSigmaMin(), c.getSigmaMax(), NoiseLevels.RHO, c.getHighestLeftOut());
      case LOG_UNIFORM -> new NoiseLevels.LogUniform(c.getSigmaMin(), c.getSigmaMax());
      case UNIFORM -> new NoiseLevels.Uniform(c.getSigmaMin(), c.getSigmaMax());
      case TIME_UNIFORM -> ofTime(c, new NoiseLevels.TimeShare.Even());
      case TIME_LOGIT_NORMAL ->
          ofTime(c, new NoiseLevels.TimeShare.LogitNormal(c.getMean(), c.getStd()));
    };
  }

  private static NoiseLevels logNormal(NoiseConfig c) {
    double unclipped = NoiseConfig.getDefaultInstance().getClipMax();
    double most = c.getClipMax() < unclipped ? c.getClipMax() : Double.POSITIVE_INFINITY;
    return new NoiseLevels.LogNormal(c.getMean(), c.getStd(), c.getClipMin(), most);
  }

  private static NoiseLevels ofTime(NoiseConfig c, NoiseLevels.TimeShare share) {
    return new NoiseLevels.OfTime(
        TimedSchedules.of(c), c.getSigmaMin(), c.getSigmaMax(), share, c.getTimeShift());
  }

  /** How many fake scores judge a student, and logits of a head: one, or one for each step. */
  static int critics(DistillConfig c) {
    return c.getStudentCritics() == StudentCritics.OF_EACH_STEP ? c.getStudentSteps() : 1;
  }

  /** The logits that losses are taken of: [N,K], or [N,heads,K]. */
  static Expr judged(DistillConfig c, DiscriminatorHead.Logits logits) {
    return c.getDiscriminator().getLosses() == Losses.OF_EACH_HEAD ? logits.each() : logits.mean();
  }

  static FDivergence divergence(DistillConfig c) {
    return c.getDivergence() == DistillConfig.Divergence.ALPHA
        ? FDivergence.alpha(c.getAlpha())
        : FDivergence.Named.valueOf(c.getDivergence().name());
  }

  /**
   * How an average takes weights in.
   *
   * @param batches of a step
   */
  static WeightAverage.Profile average(AverageConfig c, int batches) {
    if (c.getRelativeLength() > 0) {
      return new WeightAverage.Power(c.getRelativeLength());
    }
    double decay = c.getDecay();
    return new WeightAverage.Constant(
        c.getEveryBatch() ? Math.pow(decay, batches) : decay, c.getRamp());
  }

  static AdamW.Settings adam(OptimiserConfig c) {
    return new AdamW.Settings(
        c.getBeta1(),
        c.getBeta2(),
        c.getEpsilon(),
        c.getWeightDecay(),
        c.getClipNorm(),
        c.getNonfiniteAsZero());
  }

  /**
   * The learning rate of each step.
   *
   * @param steps that its schedule goes over
   */
  static LearningRate rate(OptimiserConfig c, long steps) {
    LearningRate.Schedule schedule =
        switch (c.getSchedule()) {
          case CONSTANT -> new LearningRate.Constant();
          // A budget may make no more steps than the warm-up has.
          case COSINE ->
              new LearningRate.Cosine(
                  Math.min(c.getWarmupSteps(), steps - 1),
                  steps,
                  c.getFinalRate() / c.getLearningRate());
          case INVERSE_SQRT -> new LearningRate.InverseSqrt(c.getReferenceSteps());
        };
    return new LearningRate(c.getLearningRate(), c.getWarmupSteps(), schedule);
  }

  static DensityRatio.Settings ratio(DistillConfig c) {
    RatioConfig r = c.getRatio();
    Optional<RatioBins> bins =
        r.getBins() == 0
            ? Optional.empty()
            : Optional.of(
                new RatioBins(
                    r.getBins(),
                    RatioBins.Spacing.valueOf(r.getSpacing().name()),
                    c.getNoise().getSigmaMin(),
                    c.getNoise().getSigmaMax(),
                    r.getDecay(),
                    r.getBeginsAtOne()));
    return new DensityRatio.Settings(
        r.getLogitClip(), r.getMin(), r.getMax(), bins, r.getNormaliseWeight());
  }
}

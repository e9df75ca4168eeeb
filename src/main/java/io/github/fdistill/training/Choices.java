package io.github.fdistill.training;

import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.config.RatioConfig;
import io.github.fdistill.diffusion.NoiseLevels;
import io.github.fdistill.divergence.DensityRatio;
import io.github.fdistill.divergence.FDivergence;
import io.github.fdistill.divergence.RatioBins;
import java.util.Optional;

/** From what a config says to what computes it. */
final class Choices {
  private Choices() {}

  static NoiseLevels noise(NoiseConfig c) {
    return switch (c.getDistribution()) {
      case LOG_NORMAL -> new NoiseLevels.LogNormal(c.getMean(), c.getStd());
      case POLYNOMIAL ->
          new NoiseLevels.Polynomial(c.getSigmaMin(), c.getSigmaMax(), NoiseLevels.RHO);
      case LOG_UNIFORM -> new NoiseLevels.LogUniform(c.getSigmaMin(), c.getSigmaMax());
      case UNIFORM -> new NoiseLevels.Uniform(c.getSigmaMin(), c.getSigmaMax());
    };
  }

  static FDivergence divergence(DistillConfig c) {
    return c.getDivergence() == DistillConfig.Divergence.ALPHA
        ? FDivergence.alpha(c.getAlpha())
        : FDivergence.Named.valueOf(c.getDivergence().name());
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
                    r.getDecay()));
    return new DensityRatio.Settings(
        r.getLogitClip(), r.getMin(), r.getMax(), bins, r.getNormaliseWeight());
  }
}

package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.fdistill.config.AverageConfig;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.DistillConfig.Divergence;
import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.config.NoiseConfig.Distribution;
import io.github.fdistill.config.RatioConfig;
import io.github.fdistill.diffusion.NoiseLevels;
import io.github.fdistill.diffusion.NoiseLevels.TimeShare;
import io.github.fdistill.diffusion.TimedLevels;
import io.github.fdistill.divergence.DensityRatio;
import io.github.fdistill.divergence.FDivergence;
import io.github.fdistill.divergence.RatioBins;
import io.github.fdistill.network.TimedSchedules;
import io.github.fdistill.optim.WeightAverage;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ChoicesTest {

  @Test
  void everyDivergenceOfTheConfigIsTheOneOfItsName() {
    for (Divergence name : Divergence.values()) {
      FDivergence chosen =
          Choices.divergence(DistillConfig.newBuilder().setDivergence(name).setAlpha(0.3).build());
      if (name == Divergence.ALPHA) {
        assertEquals(FDivergence.alpha(0.3), chosen);
      } else {
        assertEquals(FDivergence.Named.valueOf(name.name()), chosen);
      }
    }
    assertEquals(FDivergence.Named.values().length + 1, Divergence.values().length);
  }

  @Test
  void everyDistributionOfNoiseHasTheSettingsThatAreItsOwn() {
    NoiseConfig.Builder c =
        NoiseConfig.newBuilder()
            .setMean(0.3)
            .setStd(0.7)
            .setSigmaMin(0.01)
            .setSigmaMax(50)
            .setHighestLeftOut(5)
            .setTimeShift(3)
            .setClipMin(0.02)
            .setClipMax(40);
    c.getFlowBuilder();
    TimedLevels flow = TimedSchedules.of(c.build());
    for (Distribution distribution : Distribution.values()) {
      NoiseLevels expected =
          switch (distribution) {
            case LOG_NORMAL -> new NoiseLevels.LogNormal(0.3, 0.7, 0.02, 40);
            case POLYNOMIAL -> new NoiseLevels.Polynomial(0.01, 50, 7, 5);
            case LOG_UNIFORM -> new NoiseLevels.LogUniform(0.01, 50);
            case UNIFORM -> new NoiseLevels.Uniform(0.01, 50);
            case TIME_UNIFORM -> new NoiseLevels.OfTime(flow, 0.01, 50, new TimeShare.Even(), 3);
            case TIME_LOGIT_NORMAL ->
                new NoiseLevels.OfTime(flow, 0.01, 50, new TimeShare.LogitNormal(0.3, 0.7), 3);
          };
      assertEquals(expected, Choices.noise(c.setDistribution(distribution).build()));
    }
    c.clearClipMin().clearClipMax().setDistribution(Distribution.LOG_NORMAL);
    assertEquals(
        new NoiseLevels.LogNormal(0.3, 0.7, 0, Double.POSITIVE_INFINITY),
        Choices.noise(c.build()),
        "none is clipped");
  }

  @Test
  void theRatioHasItsBoundsAndItsBins() {
    DistillConfig.Builder c = DistillConfig.newBuilder();
    c.getNoiseBuilder().setSigmaMin(0.01).setSigmaMax(50);
    c.getRatioBuilder().setLogitClip(8).setMin(0.2).setMax(9).setBins(0);
    assertEquals(
        new DensityRatio.Settings(8, 0.2, 9, Optional.empty(), true), Choices.ratio(c.build()));
    c.getRatioBuilder().setBins(4).setNormaliseWeight(false);
    RatioBins bins = new RatioBins(4, RatioBins.Spacing.LOG, 0.01, 50, 0, false);
    assertEquals(
        new DensityRatio.Settings(8, 0.2, 9, Optional.of(bins), false), Choices.ratio(c.build()));
    c.getRatioBuilder().setSpacing(RatioConfig.Spacing.LINEAR).setDecay(0.5).setBeginsAtOne(true);
    bins = new RatioBins(4, RatioBins.Spacing.LINEAR, 0.01, 50, 0.5, true);
    assertEquals(Optional.of(bins), Choices.ratio(c.build()).bins());
  }

  /** Weights that stand still for the critics' batches: as the average after each by itself. */
  @Test
  void anAverageOfEveryBatchKeepsAPowerOfItsDecay() {
    AverageConfig.Builder c = AverageConfig.newBuilder().setDecay(0.9999);
    assertEquals(new WeightAverage.Constant(0.9999, true), Choices.average(c.build(), 5));
    c.setEveryBatch(true).setRamp(false);
    double kept = 1;
    for (int batch = 0; batch < 5; batch++) {
      kept *= 0.9999;
    }
    var found = (WeightAverage.Constant) Choices.average(c.build(), 5);
    assertEquals(kept, found.decay(), 1e-12);
    assertFalse(found.ramp());
    c.setRelativeLength(0.1);
    assertEquals(new WeightAverage.Power(0.1), Choices.average(c.build(), 5));
  }
}

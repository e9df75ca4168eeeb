package io.github.fdistill.study;

import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.DistillConfig.Divergence;
import io.github.fdistill.config.RatioConfig;
import io.github.fdistill.config.StudyResult;
import io.github.fdistill.diffusion.GaussianMixture;
import io.github.fdistill.evaluation.ModeCoverage;

/** A run of a study with what it left. */
public record FinishedRun(DistillConfig config, GaussianMixture mixture, StudyResult result) {
  private static final int BINS = 10;

  Divergence divergence() {
    return config.getDivergence();
  }

  /** Evaluations that its student makes for a sample. */
  int steps() {
    return config.getStudentSteps();
  }

  /** The first samples, [count,2]: the first two coordinates. */
  float[] points(int count) {
    int d = mixture.dimensions();
    float[] points = new float[2 * Math.min(count, result.getSampleCount() / d)];
    for (int i = 0; i < points.length; i++) {
      points[i] = result.getSample(i / 2 * d + i % 2);
    }
    return points;
  }

  ModeCoverage coverage() {
    float[] all = new float[result.getSampleCount()];
    for (int i = 0; i < all.length; i++) {
      all[i] = result.getSample(i);
    }
    return ModeCoverage.of(mixture, all);
  }

  /**
   * What its readings say: 0 is the early one, 1 that at the end. Compared in the bins of its
   * ratio; where that has none, in {@link #BINS}.
   */
  RatioStatistics ratios(int reading) {
    var noise = config.getNoise();
    RatioConfig ratio = config.getRatio();
    int bins = ratio.getBins() > 0 ? ratio.getBins() : BINS;
    return new RatioStatistics(
        result.getReading(reading),
        ratio,
        new RatioStatistics.NoiseBins(
            noise.getSigmaMin(), noise.getSigmaMax(), bins, ratio.getSpacing()));
  }
}

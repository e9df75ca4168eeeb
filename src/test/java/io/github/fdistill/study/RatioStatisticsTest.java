package io.github.fdistill.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.RatioConfig;
import io.github.fdistill.config.RatioConfig.Spacing;
import io.github.fdistill.config.StudyResult;
import io.github.fdistill.divergence.FDivergence;
import io.github.fdistill.report.LineChart;
import io.github.fdistill.report.Page;
import io.github.fdistill.study.RatioStatistics.Calibration;
import io.github.fdistill.study.RatioStatistics.NoiseBins;
import io.github.fdistill.study.StudyPage.Experiment;
import java.util.List;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RatioStatisticsTest {
  private static final IntPredicate ALL = i -> true;

  /** Four samples: two at noise 0.1, two at 1; signals in the plane. */
  private static RatioStatistics statistics() {
    StudyResult.Reading.Builder reading = StudyResult.Reading.newBuilder();
    double[] r = {0.5, 1.5, 4, 12};
    double[] sigma = {0.1, 0.12, 0.9, 1};
    double[] truth = {-1, 0, 1, 2};
    double[] x = {1, -1, 2, 0};
    for (int i = 0; i < r.length; i++) {
      reading.addLogit((float) Math.log(r[i]));
      reading.addSigma((float) sigma[i]);
      reading.addLogRatio((float) truth[i]);
      reading.addSignal((float) x[i]).addSignal(1);
    }
    return new RatioStatistics(
        reading.build(), RatioConfig.getDefaultInstance(), new NoiseBins(0.1, 1, 2, Spacing.LOG));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.7, 1, 3, 20})
  void theWeightIsThatOfTheTable(double r) {
    double[] expected = {1, 1 / (r + 1), r / (r + 1), Math.sqrt(r) / 4, r, r + 1, 2 / r};
    for (FDivergence.Named f : FDivergence.Named.values()) {
      double h = expected[f.ordinal()];
      assertEquals(h, RatioStatistics.weight(f, r), 1e-5 * h, f.name());
    }
  }

  @Test
  void weightsHaveMeanOne() {
    double[] plain = statistics().weights(FDivergence.Named.FORWARD_KL, false);
    double[] expected = {0.5 / 4.5, 1.5 / 4.5, 4 / 4.5, 12 / 4.5};
    for (int i = 0; i < plain.length; i++) {
      assertEquals(expected[i], plain[i], 1e-5);
    }
  }

  @Test
  void normalisedRatiosAreDividedByTheMeanOfTheirNoiseBin() {
    double[] normalised = statistics().weights(FDivergence.Named.FORWARD_KL, true);
    double[] expected = {0.5, 1.5, 0.5, 1.5};
    for (int i = 0; i < normalised.length; i++) {
      assertEquals(expected[i], normalised[i], 1e-5);
    }
  }

  @Test
  void theEffectiveShareFallsWithTheSpreadOfTheWeights() {
    RatioStatistics s = statistics();
    assertEquals(1, s.effectiveShare(new double[] {2, 2, 2, 2}, ALL), 1e-12);
    assertEquals(0.25, s.effectiveShare(new double[] {0, 0, 1, 0}, ALL), 1e-12);
    assertEquals(0.5, s.effectiveShare(new double[] {0, 0, 1, 0}, s.inBin(1)), 1e-12);
  }

  @Test
  void theGradientsVarianceIsTheSumOverCoordinates() {
    double[] weights = {1, 1, 1, 2};
    // x: 1, -1, 2, 0: mean square 6/4, mean 1/2. y: 1, 1, 1, 2: mean square 7/4, mean 5/4.
    assertEquals(1.5 - 0.25 + 1.75 - 1.5625, statistics().gradientVariance(weights, ALL), 1e-6);
  }

  @Test
  void correlationErrorAndClippedShare() {
    RatioStatistics s = statistics();
    double[] x = {Math.log(0.5), Math.log(1.5), Math.log(4), Math.log(12)};
    double[] y = {-1, 0, 1, 2};
    double mx = (x[0] + x[1] + x[2] + x[3]) / 4;
    double xy = 0;
    double xx = 0;
    double error = 0;
    for (int i = 0; i < 4; i++) {
      xy += (x[i] - mx) * (y[i] - 0.5);
      xx += (x[i] - mx) * (x[i] - mx);
      error += (x[i] - y[i]) * (x[i] - y[i]) / 4;
    }
    assertEquals(xy / Math.sqrt(xx * 5), s.correlation(ALL), 1e-6);
    assertEquals(Math.sqrt(error), s.error(ALL), 1e-6);
    assertEquals(0, s.clippedShare(ALL));
    RatioConfig narrow = RatioConfig.newBuilder().setMin(0.6).setMax(10).build();
    assertEquals(0.5, new RatioStatistics(s.reading(), narrow, s.noise()).clippedShare(ALL));
    RatioConfig tight = RatioConfig.newBuilder().setLogitClip(1).build(); // r from 0.37 to 2.7
    assertEquals(0.5, new RatioStatistics(s.reading(), tight, s.noise()).clippedShare(ALL));
  }

  @Test
  void theCalibrationCurveGoesThroughLikeLogits() {
    List<Calibration> curve = statistics().calibration(ALL, 2);
    assertEquals((Math.log(0.5) + Math.log(1.5)) / 2, curve.get(0).logit(), 1e-6);
    assertEquals(-0.5, curve.get(0).logRatio(), 1e-6);
    assertEquals(1.5, curve.get(1).logRatio(), 1e-6);
  }

  /** Four samples, in two of the chart's four ranges of noise: two points a line, and two lines. */
  @Test
  void partsAndRangesWithoutSamplesAreLeftOut() {
    RatioStatistics few = statistics();
    assertEquals(4, few.calibration(ALL, 12).size());
    StudyResult result = StudyResult.newBuilder().addReading(few.reading()).build();
    DistillConfig.Builder config = DistillConfig.newBuilder();
    config.getNoiseBuilder().setSigmaMin(0.1).setSigmaMax(1);
    LineChart chart = RatioSection.calibration(new FinishedRun(config.build(), null, result));
    assertEquals(2, chart.series().size());
    chart.series().forEach(line -> assertEquals(2, line.x().length));
  }

  /** A ratio without bins (ratio.bins: 0) is shown all the same, by ten of noise. */
  @Test
  void aPageHasNoiseBinsWhereTheRatioHasNone() {
    StudyResult.Reading reading = statistics().reading();
    StudyResult result = StudyResult.newBuilder().addReading(reading).addReading(reading).build();
    DistillConfig.Builder config = DistillConfig.newBuilder();
    config.getNoiseBuilder().setSigmaMin(0.1).setSigmaMax(1);
    config.getRatioBuilder().setBins(0);
    FinishedRun run = new FinishedRun(config.build(), null, result);
    Experiment few = new Experiment("few", "Few", "four samples", List.of(run));
    String page = new Page("few", List.of(RatioSection.of(few))).markdown();
    assertTrue(page.contains("| 0.112 |"), page); // 0.1 times 10^(1/20), the middle of the first.
    assertTrue(page.contains("| 0.891 |"), page);
  }

  /**
   * As training has them: 0.4 lies in the first half of 0.1 to 1, and in the second of their logs.
   */
  @Test
  void binsAreSpacedAsTheRatioIs() {
    StudyResult result = StudyResult.newBuilder().addReading(statistics().reading()).build();
    DistillConfig.Builder config = DistillConfig.newBuilder();
    config.getNoiseBuilder().setSigmaMin(0.1).setSigmaMax(1);
    config.getRatioBuilder().setBins(2);
    NoiseBins log = new FinishedRun(config.build(), null, result).ratios(0).noise();
    config.getRatioBuilder().setSpacing(Spacing.LINEAR);
    NoiseBins linear = new FinishedRun(config.build(), null, result).ratios(0).noise();
    assertEquals(1, log.of(0.4));
    assertEquals(0, linear.of(0.4));
    assertEquals(1, linear.of(0.6));
    assertEquals(0.325, linear.middle(0), 1e-12);
    assertEquals(0.775, linear.middle(1), 1e-12);
  }
}

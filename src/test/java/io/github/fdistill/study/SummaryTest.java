package io.github.fdistill.study;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.RatioConfig.Spacing;
import io.github.fdistill.config.StudyResult;
import io.github.fdistill.diffusion.GaussianMixture;
import io.github.fdistill.study.RatioStatistics.NoiseBins;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers and points of a study's page. */
class SummaryTest {
  @Test
  void theDeviationIsThatOfASample() {
    Summary summary = Summary.of(2, 4, 4, 4, 5, 5, 7, 9);
    assertEquals(5, summary.mean(), 1e-12);
    assertEquals(Math.sqrt(32 / 7.0), summary.deviation(), 1e-12);
    assertEquals("5.00 ± 2.14", summary.text(2));
    assertEquals("3.00", Summary.of(3).text(2), "one deviates from nothing");
    assertEquals(Summary.of(1, 3), Summary.of(List.of("a", "abc"), String::length));
    assertTrue(Double.isNaN(Summary.of().mean()));
  }

  /** x + a shifts the mean and c x scales both; neither touches the other. */
  @Test
  void itMovesAndGrowsWithItsNumbers() {
    Summary one = Summary.of(1, 2, 4);
    Summary moved = Summary.of(-6 + 100, -12 + 100, -24 + 100);
    assertEquals(100 - 6 * one.mean(), moved.mean(), 1e-12);
    assertEquals(6 * one.deviation(), moved.deviation(), 1e-12);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 20})
  void aBinHoldsItsMiddleAndTheBinsAreOfOneRatio(int count) {
    NoiseBins bins = new NoiseBins(0.002, 80, count, Spacing.LOG);
    for (int bin = 0; bin < count; bin++) {
      assertEquals(bin, bins.of(bins.middle(bin)));
      if (bin > 0) {
        double ratio = bins.middle(bin) / bins.middle(bin - 1);
        assertEquals(Math.pow(80 / 0.002, 1.0 / count), ratio, 1e-9 * ratio);
      }
    }
    assertEquals(0, bins.of(0.001), "what lies below is in the first");
    assertEquals(count - 1, bins.of(80), "the end is in the last");
  }

  /** Of points in space the first two coordinates. */
  @Test
  void thePictureHasTheFirstPointsAndNoMoreThanThereAre() {
    GaussianMixture space =
        new GaussianMixture(
            new double[] {1}, new double[][] {{0, 0, 0}}, new double[][] {{1, 1, 1}});
    StudyResult result =
        StudyResult.newBuilder().addAllSample(List.of(1f, 2f, 3f, 4f, 5f, 6f)).build();
    FinishedRun run = new FinishedRun(DistillConfig.getDefaultInstance(), space, result);
    assertArrayEquals(new float[] {1, 2}, run.points(1));
    assertArrayEquals(new float[] {1, 2, 4, 5}, run.points(100));
  }
}

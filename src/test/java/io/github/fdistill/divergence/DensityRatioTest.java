package io.github.fdistill.divergence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.divergence.FDivergence.Named;
import io.github.fdistill.divergence.RatioBins.Spacing;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

class DensityRatioTest {
  private static final double MIN = 0.002;
  private static final double MAX = 80;

  /** A ratio in a graph of its own, fed with logits and noise levels. */
  private static final class Fixture implements AutoCloseable {
    final TestGraph g = new TestGraph();
    final Placeholder<TFloat32> logits = g.vector();
    final Placeholder<TFloat32> sigma = g.vector();
    final DensityRatio ratio;

    Fixture(FDivergence f, DensityRatio.Settings settings) {
      ratio =
          DensityRatio.build(
              g.tf, "ratio", Expr.of(g.tf, logits), Expr.of(g.tf, sigma), f, settings);
      ratio.state().ifPresent(state -> g.run(state.clear(g.tf)));
    }

    Fixture(FDivergence f, Optional<RatioBins> bins) {
      this(f, new DensityRatio.Settings(10, 0.1, 20, bins, true));
    }

    /** A step that updates the state. */
    float[] step(Expr fetched, float[] logit, float[] level) {
      return g.run(
              Map.of(logits, logit, sigma, level),
              ratio.update().stream().toList(),
              List.of(fetched))
          .get(0);
    }

    @Override
    public void close() {
      g.close();
    }
  }

  private static Optional<RatioBins> bins(Spacing spacing, double decay) {
    return Optional.of(new RatioBins(10, spacing, MIN, MAX, decay, false));
  }

  /** The bin by its definition, from the level up. */
  private static int bin(Spacing spacing, double sigma) {
    double share =
        spacing == Spacing.LOG
            ? (Math.log(sigma) - Math.log(MIN)) / (Math.log(MAX) - Math.log(MIN))
            : (sigma - MIN) / (MAX - MIN);
    return Math.max(0, Math.min(9, (int) Math.floor(10 * share)));
  }

  private static double clipped(double logit) {
    return Math.max(0.1, Math.min(20, Math.exp(logit)));
  }

  /** Log-uniform levels, and logits that now and then leave the bounds of the ratio. */
  private static float[] levels(Random random, int n) {
    float[] levels = new float[n];
    for (int i = 0; i < n; i++) {
      levels[i] = (float) (MIN * Math.pow(MAX / MIN, random.nextDouble()));
    }
    return levels;
  }

  private static float[] logits(Random random, int n) {
    float[] logits = new float[n];
    for (int i = 0; i < n; i++) {
      logits[i] = (float) (1.5 * random.nextGaussian());
    }
    return logits;
  }

  @Test
  void withoutBinsTheRatioIsTheClippedExponentialOfTheLogit() {
    try (Fixture t = new Fixture(Named.FORWARD_KL, Optional.empty())) {
      float[] logit = {-1000, -11, -2.31f, -2.3f, 0, 0.5f, 2.99f, 3, 11, 1000};
      float[] r = t.step(t.ratio.ratio(), logit, new float[10]);
      double sum = 0;
      for (int i = 0; i < 10; i++) {
        assertEquals(clipped(logit[i]), r[i], 1e-6 * r[i]);
        sum += clipped(logit[i]);
      }
      // 0.1 = exp(-2.3026), 20 = exp(2.9957).
      assertEquals(0.6, t.step(t.ratio.clippedShare(), logit, new float[10])[0], 1e-6);
      assertEquals(sum / 10, t.step(t.ratio.meanRatio(), logit, new float[10])[0], 1e-5);
      assertTrue(t.ratio.state().isEmpty() && t.ratio.update().isEmpty());
    }
  }

  @Test
  void theBoundOfTheLogitsCountsWhereItIsTheTighter() {
    var settings = new DensityRatio.Settings(1, 0.1, 20, Optional.empty(), true);
    try (Fixture t = new Fixture(Named.FORWARD_KL, settings)) {
      float[] logit = {-2, -0.5f, 0.5f, 2};
      float[] expected = TestGraph.floats(Math.exp(-1), Math.exp(-0.5), Math.exp(0.5), Math.E);
      assertArrayEquals(expected, t.step(t.ratio.ratio(), logit, new float[4]), 1e-5f);
      assertEquals(0.5, t.step(t.ratio.clippedShare(), logit, new float[4])[0]);
    }
  }

  @ParameterizedTest
  @EnumSource
  void withDecayZeroTheRatioHasMeanOneInEachBinPresent(Spacing spacing) {
    Random random = new Random(1);
    try (Fixture t = new Fixture(Named.JENSEN_SHANNON, bins(spacing, 0))) {
      for (int batch = 0; batch < 3; batch++) {
        float[] level = levels(random, 200);
        float[] r = t.step(t.ratio.ratio(), logits(random, 200), level);
        double[] sum = new double[10];
        int[] count = new int[10];
        for (int i = 0; i < 200; i++) {
          sum[bin(spacing, level[i])] += r[i];
          count[bin(spacing, level[i])]++;
        }
        for (int k = 0; k < 10; k++) {
          assertEquals(count[k], sum[k], 1e-4 * count[k], "bin " + k);
        }
      }
    }
  }

  /** Each level alone in the batch: the one bin that is no longer 0 is its own. */
  @ParameterizedTest
  @EnumSource
  void eachLevelFallsIntoItsBin(Spacing spacing) {
    float[] levels = {0.001f, 0.0021f, 0.0057f, 0.0058f, 0.5f, 7.9f, 8.1f, 27.6f, 27.9f, 79, 500};
    try (Fixture t = new Fixture(Named.REVERSE_KL, bins(spacing, 0))) {
      for (float level : levels) {
        t.g.run(t.ratio.state().orElseThrow().clear(t.g.tf));
        t.step(t.ratio.ratio(), new float[] {0}, new float[] {level});
        float[] expected = new float[10];
        expected[bin(spacing, level)] = 1;
        assertArrayEquals(expected, t.g.read(t.ratio.state().orElseThrow()), "sigma " + level);
      }
    }
  }

  @Test
  void binMeansDecayFromBatchToBatchAndBeginWithTheFirstBatch() {
    double decay = 0.7;
    Random random = new Random(2);
    double[] mean = new double[10];
    boolean[] seen = new boolean[10];
    try (Fixture t = new Fixture(Named.FORWARD_KL, bins(Spacing.LOG, decay))) {
      for (int batch = 0; batch < 20; batch++) {
        // Few samples, so that bins are absent from some batches.
        float[] level = levels(random, 6);
        float[] logit = logits(random, 6);
        float[] r = t.step(t.ratio.ratio(), logit, level);

        double[] sum = new double[10];
        int[] count = new int[10];
        for (int i = 0; i < 6; i++) {
          sum[bin(Spacing.LOG, level[i])] += clipped(logit[i]);
          count[bin(Spacing.LOG, level[i])]++;
        }
        for (int k = 0; k < 10; k++) {
          if (count[k] > 0) {
            double batchMean = sum[k] / count[k];
            mean[k] = seen[k] ? decay * mean[k] + (1 - decay) * batchMean : batchMean;
            seen[k] = true;
          }
        }
        for (int i = 0; i < 6; i++) {
          double expected = clipped(logit[i]) / mean[bin(Spacing.LOG, level[i])];
          assertEquals(expected, r[i], 1e-5 * expected);
        }
        assertArrayEquals(TestGraph.floats(mean), t.g.read(t.ratio.state().orElseThrow()), 1e-4f);
      }
    }
  }

  @Test
  void oneBinIsTheWholeBatch() {
    var one = Optional.of(new RatioBins(1, Spacing.LOG, MIN, MAX, 0, false));
    try (Fixture t = new Fixture(Named.FORWARD_KL, one)) {
      float[] r = t.step(t.ratio.ratio(), new float[] {1, 0}, new float[] {0.01f, 20});
      double mean = (Math.E + 1) / 2;
      assertArrayEquals(TestGraph.floats(Math.E / mean, 1 / mean), r, 1e-6f);
    }
  }

  @Test
  void aStepThatDoesNotRunTheUpdateLeavesTheMeans() {
    try (Fixture t = new Fixture(Named.FORWARD_KL, bins(Spacing.LOG, 0.5))) {
      t.step(t.ratio.ratio(), new float[] {1, 0}, new float[] {1, 20});
      float[] before = t.g.read(t.ratio.state().orElseThrow());
      t.g.run(
          Map.of(t.logits, new float[] {2}, t.sigma, new float[] {1}),
          List.of(),
          List.of(t.ratio.weight()));
      assertArrayEquals(before, t.g.read(t.ratio.state().orElseThrow()));
    }
  }

  @Test
  void logitsThatAreNoNumbersLeaveTheMeans() {
    try (Fixture t = new Fixture(Named.FORWARD_KL, bins(Spacing.LOG, 0.5))) {
      t.step(t.ratio.ratio(), new float[] {1, 0}, new float[] {1, 20});
      float[] before = t.g.read(t.ratio.state().orElseThrow());
      float[] r = t.step(t.ratio.ratio(), new float[] {Float.NaN}, new float[] {1});
      assertTrue(Float.isNaN(r[0]));
      assertArrayEquals(before, t.g.read(t.ratio.state().orElseThrow()));
    }
  }

  @Test
  void weightsHaveMeanOneAndTheirStatisticsAreThoseOfTheWeightsBefore() {
    Random random = new Random(3);
    float[] logit = logits(random, 50);
    float[] level = levels(random, 50);
    double sum = 0;
    double sumSquare = 0;
    for (float l : logit) {
      double r = clipped(l);
      sum += r / (r + 1);
      sumSquare += r / (r + 1) * r / (r + 1);
    }
    try (Fixture t = new Fixture(Named.JENSEN_SHANNON, Optional.empty())) {
      float[] h = t.step(t.ratio.weight(), logit, level);
      for (int i = 0; i < 50; i++) {
        double r = clipped(logit[i]);
        assertEquals(r / (r + 1) / (sum / 50), h[i], 1e-5);
      }
      assertEquals(sum / 50, t.step(t.ratio.meanWeight(), logit, level)[0], 1e-5);
      assertEquals(
          sum * sum / (50 * sumSquare),
          t.step(t.ratio.effectiveSampleShare(), logit, level)[0],
          1e-5);
    }
  }

  @ParameterizedTest
  @EnumSource
  void weightsHaveMeanOneOverTheBatchOfEveryDivergenceAndSpacing(Named divergence) {
    Random random = new Random(4);
    float[] logit = logits(random, 200);
    float[] level = levels(random, 200);
    for (Spacing spacing : Spacing.values()) {
      try (Fixture t = new Fixture(divergence, bins(spacing, 0))) {
        double sum = 0;
        for (float h : t.step(t.ratio.weight(), logit, level)) {
          sum += h;
        }
        assertEquals(1, sum / 200, 1e-5, spacing.name());
      }
    }
  }

  @Test
  void weightsStayAsTheyAreWhereNoMeanIsAskedFor() {
    var settings = new DensityRatio.Settings(10, 0.1, 20, Optional.empty(), false);
    try (Fixture t = new Fixture(Named.FORWARD_KL, settings)) {
      assertArrayEquals(
          TestGraph.floats(Math.E, 1, Math.exp(-1)),
          t.step(t.ratio.weight(), new float[] {1, 0, -1}, new float[3]),
          1e-5f);
    }
  }

  /** A mean that begins at 1 is averaged from the first batch on; a bin not seen keeps its 1. */
  @Test
  void meansMayBeginAtOne() {
    double decay = 0.5;
    var bins = new RatioBins(10, Spacing.LINEAR, MIN, MAX, decay, true);
    try (Fixture t = new Fixture(Named.FORWARD_KL, Optional.of(bins))) {
      double mean = 1;
      for (int batch = 0; batch < 4; batch++) {
        float[] r = t.step(t.ratio.ratio(), new float[] {1, 2}, new float[] {70, 70});
        mean = mean * decay + (1 - decay) * (Math.E + Math.exp(2)) / 2;
        assertEquals(Math.E / mean, r[0], 1e-5, "batch " + batch);
      }
      // Another bin, for the first time: as the first batch of the first.
      float[] other = t.step(t.ratio.ratio(), new float[] {1, 1}, new float[] {3, 3});
      assertEquals(Math.E / (0.5 + 0.5 * Math.E), other[0], 1e-5);
    }
  }

  @Test
  void noGradientReachesTheLogits() {
    try (Fixture t = new Fixture(Named.JEFFREYS, bins(Spacing.LOG, 0.5))) {
      DensityRatio d = t.ratio;
      Expr loss = Expr.of(t.g.tf, t.logits).times(3).plus(d.weight()).plus(d.ratio()).sum();
      for (Expr log :
          List.of(d.meanRatio(), d.clippedShare(), d.effectiveSampleShare(), d.meanWeight())) {
        loss = loss.plus(log);
      }
      Expr gradient = Expr.of(t.g.tf, t.g.tf.gradients(loss, List.of(t.logits)).dy(0));
      float[] values = t.step(gradient, new float[] {1, -1, 0.5f}, new float[] {1, 20, 0.1f});
      float[] three = new float[3];
      Arrays.fill(three, 3);
      assertArrayEquals(three, values);
    }
  }

  @Test
  void settingsThatMakeNoSenseAreRefused() {
    assertThrows(
        InputException.class,
        () -> new DensityRatio.Settings(Double.NaN, 0.1, 20, Optional.empty(), true));
    assertThrows(
        InputException.class, () -> new DensityRatio.Settings(10, 20, 0.1, Optional.empty(), true));
    assertThrows(InputException.class, () -> new RatioBins(0, Spacing.LOG, MIN, MAX, 0, false));
    assertThrows(InputException.class, () -> new RatioBins(10, Spacing.LOG, MAX, MIN, 0, false));
    assertThrows(InputException.class, () -> new RatioBins(10, Spacing.LOG, MIN, MAX, 1, false));
  }
}

package io.github.fdistill.diffusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Data N(0, SD^2), whose best denoiser is D(x; sigma) = SD^2 / (SD^2 + sigma^2) x. */
class HeunSamplerTest {
  private static final double SD = 0.5;
  private static final double SIGMA_MIN = 0.002;
  private static final double SIGMA_MAX = 80;

  private static final Denoiser GAUSSIAN =
      (x, sigma, condition) -> {
        Expr factor = sigma.square().plus(SD * SD).reciprocal().times(SD * SD);
        return new Denoiser.Pass(x.times(factor.perImage()), Map.of());
      };

  /** What the sampler makes of x = 1 for each of two images; linear in x. */
  private static float[] sampled(int steps) {
    try (TestGraph g = new TestGraph()) {
      HeunSampler heun = new HeunSampler(GAUSSIAN, Condition.NONE);
      double[] levels = NoiseLevels.heun(steps, SIGMA_MIN, SIGMA_MAX, 7);
      Expr x = g.constant(1, 1).perImage();
      for (int i = 0; i < steps - 1; i++) {
        x = heun.step(x, Expr.constant(g.tf, levels[i]), Expr.constant(g.tf, levels[i + 1]));
      }
      return g.value(heun.last(x, Expr.constant(g.tf, levels[steps - 1])));
    }
  }

  /**
   * Relative error of the sampled standard deviation. Exactly, sqrt(SD^2 + sigma^2) shrinks along
   * the flow as x does, down to sigmaMin; there the last step multiplies by D.
   */
  private static double error(int steps) {
    double atMin = Math.sqrt((SD * SD + SIGMA_MIN * SIGMA_MIN) / (SD * SD + SIGMA_MAX * SIGMA_MAX));
    double exact = atMin * SD * SD / (SD * SD + SIGMA_MIN * SIGMA_MIN);
    return sampled(steps)[0] / exact - 1;
  }

  @Test
  void theErrorFallsWithTheSquareOfTheSteps() {
    for (int steps : new int[] {9, 17, 33}) {
      double ratio = error(steps) / error(2 * steps - 1);
      assertTrue(3 < ratio && ratio < 6, steps + " steps: " + error(steps) + ", ratio " + ratio);
    }
    assertEquals(0, error(65), 0.005);
  }

  @Test
  void noiseOfSigmaMaxBecomesTheData() {
    double std = sampled(33)[0] * Math.sqrt(SD * SD + SIGMA_MAX * SIGMA_MAX);
    assertEquals(SD, std, 0.02 * SD);
    assertEquals(sampled(33)[0], sampled(33)[1]);
  }

  /** The step, written again: slopes at both ends, x moved by their mean. */
  @Test
  void aStepIsHeunsFormula() {
    double x = 3;
    double sigma = 2;
    double next = 1.2;
    double slope = (x - denoised(x, sigma)) / sigma;
    double euler = x + (next - sigma) * slope;
    double slopeAtNext = (euler - denoised(euler, next)) / next;
    double expected = x + (next - sigma) * (slope + slopeAtNext) / 2;
    try (TestGraph g = new TestGraph()) {
      HeunSampler heun = new HeunSampler(GAUSSIAN, Condition.NONE);
      Expr image = g.constant(x).perImage();
      Expr from = Expr.constant(g.tf, sigma);
      assertEquals(expected, g.value(heun.step(image, from, Expr.constant(g.tf, next)))[0], 1e-6);
      assertEquals(denoised(x, sigma), g.value(heun.last(image, from))[0], 1e-6);
    }
  }

  private static double denoised(double x, double sigma) {
    return x * SD * SD / (SD * SD + sigma * sigma);
  }

  @Test
  void theDenoiserIsGivenTheLabels() {
    Denoiser byLabel =
        (x, sigma, condition) ->
            new Denoiser.Pass(
                x.times(Expr.cast(x.tf(), condition.label()).perImage()).over(sigma.perImage()),
                Map.of());
    try (TestGraph g = new TestGraph()) {
      Condition label = Condition.ofLabel(g.tf.constant(new int[] {1, 3}));
      Expr x = g.constant(1, 1).perImage();
      Expr last = new HeunSampler(byLabel, label).last(x, Expr.constant(g.tf, 0.5));
      assertArrayEquals(new float[] {2, 6}, g.value(last));
    }
  }
}

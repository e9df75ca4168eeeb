package io.github.fdistill.diffusion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.TestGraph;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Times and noise levels, against published numbers and against searching. */
class NoiseScheduleTest {
  private static final double[] LINEAR = Betas.linear(1000, 1e-4, 0.02);
  private static final double[] SCALED = Betas.scaledLinear(1000, 0.00085, 0.012);
  private static final double[] COSINE = Betas.cosine(1000);

  private static double alphaSquared(double sigma) {
    return 1 / (1 + sigma * sigma);
  }

  /** The product that defines it, in another order of arithmetic. */
  @Test
  void linearBetas() {
    double product = 1;
    for (int t = 0; t < 1000; t++) {
      product *= 1 - (1e-4 + (0.02 - 1e-4) * t / 999);
      assertEquals(1, alphaSquared(LINEAR[t]) / product, 1e-9);
    }
    assertEquals(0.0100005, LINEAR[0], 1e-6);
    // What Ho et al. 2020 say of their last step: little is left of x0, alpha^2 about 4e-5.
    assertEquals(4.036e-5, alphaSquared(LINEAR[999]), 1e-8);
    assertEquals(157.4, LINEAR[999], 0.05);
  }

  /** Stable Diffusion's range of noise as its users know it: 0.0292 to 14.6146. */
  @Test
  void scaledLinearBetas() {
    assertEquals(0.0292, SCALED[0], 5e-5);
    assertEquals(14.6146, SCALED[999], 5e-4);
  }

  /** But for the last step, whose beta is clipped, alpha^2 is f((t + 1) / T) / f(0). */
  @Test
  void cosineBetas() {
    double first = Math.pow(Math.cos(0.008 / 1.008 * Math.PI / 2), 2);
    for (int t = 0; t < 999; t++) {
      double u = ((t + 1) / 1000.0 + 0.008) / 1.008;
      double expected = Math.pow(Math.cos(u * Math.PI / 2), 2) / first;
      assertEquals(1, alphaSquared(COSINE[t]) / expected, 1e-6, "step " + t);
    }
    assertEquals(alphaSquared(COSINE[998]) * 1e-3, alphaSquared(COSINE[999]), 1e-15);
  }

  /** As the library diffusers 0.42 has them, which sums in float32. */
  @Test
  void otherBetasAreThoseThatOthersHave() {
    double[] zero = Betas.zeroTerminal(SCALED);
    assertEquals(999, zero.length);
    assertClose(zero, Map.of(0, 0.0291675, 1, 0.0420670, 500, 1.77456, 900, 18.3519, 998, 2254.2));
    double[] sigmoid = Betas.sigmoid(1000, 1e-4, 0.02);
    assertClose(sigmoid, Map.of(0, 0.0122153, 1, 0.0172935, 500, 1.53158, 900, 58.6661));
    assertClose(
        Betas.given(new double[] {0.1, 0.2, 0.3}), Map.of(0, 0.333333, 1, 0.623610, 2, 0.992032));
  }

  private static void assertClose(double[] found, Map<Integer, Double> expected) {
    expected.forEach((t, sigma) -> assertEquals(1, found[t] / sigma, 1e-3, "step " + t));
  }

  private static float[] times(double[] sigmas, boolean nearest, double... levels) {
    try (TestGraph g = new TestGraph()) {
      return g.value(new NoiseSchedule.Steps(sigmas, nearest).time(g.constant(levels)));
    }
  }

  @Test
  void everyStepHasItsOwnTime() {
    for (double[] sigmas : new double[][] {LINEAR, SCALED, COSINE}) {
      float[] whole = times(sigmas, true, sigmas);
      float[] fraction = times(sigmas, false, sigmas);
      for (int t = 0; t < sigmas.length; t++) {
        assertEquals(t, whole[t], 0);
        assertEquals(t, fraction[t], 2e-3);
      }
    }
  }

  @Test
  void betweenStepsTimeIsLinearInTheLogarithmOrTheNearestStep() {
    double[] sigmas = {0.1, 0.2, 0.8, 80};
    double[] levels = {0.11, 0.13, 0.15, 0.3, 0.5, 0.79, 1, 7, 9, 79};
    float[] fraction = times(sigmas, false, levels);
    float[] whole = times(sigmas, true, levels);
    for (int i = 0; i < levels.length; i++) {
      int low = 0;
      int nearest = 0;
      for (int t = 0; t < sigmas.length; t++) {
        low = sigmas[t] <= levels[i] ? t : low;
        double off = Math.abs(Math.log(levels[i] / sigmas[t]));
        nearest = off < Math.abs(Math.log(levels[i] / sigmas[nearest])) ? t : nearest;
      }
      double part = Math.log(levels[i] / sigmas[low]) / Math.log(sigmas[low + 1] / sigmas[low]);
      assertEquals(low + part, fraction[i], 1e-5);
      assertEquals(nearest, whole[i], 0, "sigma " + levels[i]);
    }
  }

  /** A network knows no time before its first step and none after its last. */
  @Test
  void beyondTheStepsTimeStandsStill() {
    for (boolean nearest : new boolean[] {true, false}) {
      float[] times = times(LINEAR, nearest, 1e-6, 0.002, 200, 1e6);
      assertEquals(0, times[0], 0);
      assertEquals(0, times[1], 0);
      assertEquals(999, times[2], 0);
      assertEquals(999, times[3], 0);
    }
    float[] two = times(new double[] {1, 2}, false, 0.5, 1, Math.sqrt(2), 2, 3);
    float[] expected = {0, 0, 0.5f, 1, 1};
    for (int i = 0; i < two.length; i++) {
      assertEquals(expected[i], two[i], 1e-6);
    }
  }

  @Test
  void ofAFlowTimeAndTheShareOfNoiseAreOne() {
    double[] levels = {0.002, 0.5, 1, 80};
    try (TestGraph g = new TestGraph()) {
      float[] time = g.value(new NoiseSchedule.Flow(false).time(g.constant(levels)));
      float[] back = g.value(new NoiseSchedule.Flow(true).time(g.constant(levels)));
      for (int i = 0; i < levels.length; i++) {
        double sigma = (float) levels[i];
        assertEquals(sigma / (1 + sigma), time[i], 1e-7);
        assertEquals(1 / (1 + sigma), back[i], 1e-7);
      }
    }
  }

  private static void assertRefused(Supplier<Object> made, String... parts) {
    String message = assertThrows(InputException.class, made::get).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), message);
    }
  }

  @Test
  void whatIsNoScheduleIsRefused() {
    assertRefused(() -> Betas.linear(0, 1e-4, 0.02), "steps: 0", "2 or more, such as 1000");
    assertRefused(() -> Betas.cosine(1), "steps: 1");
    assertRefused(() -> Betas.linear(10, 0, 0.02), "beta of step 0: 0.0", "above 0 and below 1");
    assertRefused(() -> Betas.linear(10, 0.1, 1.3), "beta of step 7: 1.03");
    assertRefused(() -> Betas.scaledLinear(10, -1, 0.1), "beta of step 0: NaN");
    assertRefused(
        () -> new NoiseSchedule.Steps(new double[] {1, 1, 2}, false), "3 steps", "of more noise");
    assertRefused(() -> new NoiseSchedule.Steps(new double[] {1}, false), "1 steps", "at least 2");
    assertRefused(() -> new NoiseSchedule.LogSnr(3, -3), "from 3.0 to -3.0", "low < high");
    assertRefused(() -> Betas.zeroTerminal(new double[] {1, 2}), "steps: 2", "3 or more");
  }
}

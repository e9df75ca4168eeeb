package io.github.fdistill.diffusion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Graph;
import org.tensorflow.Output;
import org.tensorflow.types.TFloat32;

/** A network of another convention becomes the denoiser that it is, whatever the convention. */
class ConventionTest {
  private static final int EACH = 40;

  static NoiseSchedule schedule(String name) {
    return switch (name) {
      case "edm" -> new NoiseSchedule.Sigma();
      case "linear" -> new NoiseSchedule.Steps(Betas.linear(1000, 1e-4, 0.02), false);
      case "scaled" -> new NoiseSchedule.Steps(Betas.scaledLinear(1000, 0.00085, 0.012), false);
      case "cosine" -> new NoiseSchedule.Steps(Betas.cosine(1000), false);
      case "flow" -> new NoiseSchedule.Flow(false);
      case "reversed" -> new NoiseSchedule.Flow(true);
      case "log" -> new NoiseSchedule.LogSigma();
      case "snr" -> new NoiseSchedule.LogSnr(-12, 15);
      case "zero" -> new NoiseSchedule.Steps(zeroTerminal(), false);
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static double[] zeroTerminal() {
    return Betas.zeroTerminal(Betas.scaledLinear(1000, 0.00085, 0.012));
  }

  /** Levels that the convention has a time for, the outermost ones among them. */
  private static double[] levels(Convention convention) {
    double low = Math.max(0.002, convention.sigmaMin());
    double high = Math.min(80, convention.sigmaMax());
    double[] inner = {0.004, 0.03, 0.17, 0.5, 1, 2.5, 9, 30};
    double[] all = Arrays.stream(inner).filter(s -> low < s && s < high).toArray();
    double[] levels = Arrays.copyOf(all, all.length + 2);
    levels[all.length] = low;
    levels[all.length + 1] = high;
    return levels;
  }

  @ParameterizedTest
  @CsvSource({
    "edm, DENOISED",
    "edm, EPSILON",
    "linear, DENOISED",
    "linear, EPSILON",
    "linear, V",
    "scaled, EPSILON",
    "scaled, V",
    "cosine, DENOISED",
    "cosine, EPSILON",
    "cosine, V",
    "flow, VELOCITY",
    "flow, EPSILON",
    "flow, DENOISED",
    "reversed, VELOCITY",
    "reversed, EPSILON",
    "log, DENOISED",
    "snr, V",
    "snr, EPSILON",
    "zero, V",
  })
  void theDenoiserAndItsGradientAreThePlainOnes(String schedule, Prediction prediction) {
    for (double[] range : new double[][] {{-1, 1}, {0, 1}, {0, 255}, {-3, 0.5}}) {
      compare(new Convention(schedule(schedule), prediction, range[0], range[1]));
    }
  }

  private static void compare(Convention convention) {
    double[] levels = levels(convention);
    int rows = levels.length * EACH;
    try (TestGraph g = new TestGraph()) {
      double[] sigmas = new double[rows];
      Arrays.setAll(sigmas, i -> (float) levels[i % levels.length]);
      double[] points = noisy(sigmas);
      Expr x = g.constant(points).reshape(rows, 1, 1, 2);
      Expr sigma = g.constant(sigmas);
      Expr shown = convention.shown(x, sigma).reshape(-1, 2);
      Expr says = new Disguise(Disguise.PLANE, convention).says(shown, convention.time(sigma));
      Expr found = convention.denoised(x, says.reshape(-1, 1, 1, 2), sigma);
      Expr plain =
          Disguise.PLANE.posterior(x.reshape(-1, 2), sigma).denoised().reshape(-1, 1, 1, 2);
      // Of 0 to 255 noise is so loud that float32 hardly tells its times apart.
      double coarse = convention.high() > 1 ? 20 : 1;
      for (int i = 0; i < rows; i++) {
        sigmas[i] = coarse * (3e-6 + 1e-6 * sigmas[i]);
      }
      same(g.value(plain), g.value(found), sigmas, "D, " + convention);
      Arrays.fill(sigmas, coarse * 1e-5);
      same(g.value(gradient(plain, x)), g.value(gradient(found, x)), sigmas, "D', " + convention);
    }
  }

  /** Points of the noisy mixture, [N,2] one after another. */
  static double[] noisy(double[] sigmas) {
    Random random = new Random(5);
    java.util.SplittableRandom draws = new java.util.SplittableRandom(5);
    double[] points = new double[2 * sigmas.length];
    float[] point = new float[2];
    for (int i = 0; i < sigmas.length; i++) {
      Disguise.PLANE.draw(draws, point, 0);
      for (int d = 0; d < 2; d++) {
        points[2 * i + d] = (float) (point[d] + sigmas[i] * random.nextGaussian());
      }
    }
    return points;
  }

  static Expr gradient(Expr y, Expr x) {
    double[] weights = {0.7, -1.3};
    Expr loss =
        y.times(Expr.of(y.tf(), y.tf().constant(TestGraph.floats(weights)))).sum(0, 1, 2, 3);
    Output<?>[] gradients =
        ((Graph) y.tf().scope().env())
            .addGradients(loss.asOutput(), new Output<?>[] {x.asOutput()});
    return Expr.of(y.tf(), gradients[0].expect(TFloat32.class));
  }

  /** Each row within its tolerance. */
  private static void same(float[] expected, float[] found, double[] tolerance, String where) {
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], found[i], tolerance[i / 2], where);
    }
  }

  private static void assertRefused(String part, NoiseSchedule schedule, Prediction prediction) {
    String message =
        assertThrows(InputException.class, () -> new Convention(schedule, prediction, -1, 1))
            .getMessage();
    assertTrue(message.contains(part), message);
  }

  @Test
  void whatIsNotDefinedIsRefused() {
    assertRefused(
        "needed: V on a schedule ddpm, vp, iddpm or log_snr", schedule("flow"), Prediction.V);
    assertRefused(
        "needed: V on a schedule ddpm, vp, iddpm or log_snr", schedule("edm"), Prediction.V);
    assertRefused("needed: VELOCITY on a schedule flow", schedule("edm"), Prediction.VELOCITY);
    assertRefused("needed: VELOCITY on a schedule flow", schedule("linear"), Prediction.VELOCITY);
    String message =
        assertThrows(
                InputException.class,
                () -> new Convention(schedule("edm"), Prediction.DENOISED, 1, 1))
            .getMessage();
    assertTrue(message.contains("from 1.0 to 1.0"), message);
  }

  @Test
  void itsLevelsAreInOurDataUnits() {
    NoiseSchedule.Steps steps = (NoiseSchedule.Steps) schedule("linear");
    Convention bytes = new Convention(steps, Prediction.EPSILON, 0, 255);
    assertEquals(steps.sigmas()[0] / 127.5, bytes.sigmaMin(), 1e-12);
    assertEquals(steps.sigmas()[999] / 127.5, bytes.sigmaMax(), 1e-12);
  }
}

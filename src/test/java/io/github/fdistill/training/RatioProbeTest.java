package io.github.fdistill.training;

import static io.github.fdistill.Quadrature.normal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.diffusion.Generator;
import io.github.fdistill.diffusion.Guided;
import io.github.fdistill.diffusion.OneStep;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.network.DenoiserModel;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;

/**
 * The teacher is N(M, V), the student G(z) = MU + S z, the fake score exact: all that is read has a
 * formula. The discriminator's logit is the noisy sample itself, which is read by it.
 */
class RatioProbeTest {
  private static final double M = 0.3;
  private static final double V = 0.64;
  private static final double MU = -0.2;
  private static final double S = 0.75;
  private static final long NUMBER = 3;

  /** E[x0 | x] of N(mean, variance). */
  private static Expr denoised(Expr x, Expr sigma, double mean, double variance) {
    Expr gain = sigma.perImage().square().plus(variance).reciprocal().times(variance);
    return x.minus(mean).times(gain).plus(mean);
  }

  private static double denoised(double x, double sigma, double mean, double variance) {
    return mean + variance / (variance + sigma * sigma) * (x - mean);
  }

  /** With log N(x; M, V + sigma^2). */
  private static Denoiser.Pass teacher(Expr x, Expr sigma) {
    Expr total = sigma.square().plus(V).perImage();
    Expr square = x.minus(M).square();
    Expr density = square.over(total).plus(total.times(2 * Math.PI).log()).times(-0.5);
    return new Denoiser.Pass(denoised(x, sigma, M, V), Map.of(DenoiserModel.LOG_DENSITY, density));
  }

  private static Roles roles() {
    Denoiser teacher = (x, sigma, condition) -> teacher(x, sigma);
    Generator student =
        new OneStep(
            (z, sigma, condition) -> new Denoiser.Pass(z.times(S).plus(MU), Map.of()),
            1,
            Shape.of(1, 1, 1));
    return new Roles(
        teacher,
        new Guided(teacher, Conditioning.NONE, 1),
        (x, sigma, condition) -> new Denoiser.Pass(denoised(x, sigma, MU, S * S), Map.of()),
        student,
        StudentSamples.inOneStep(student),
        (x, pass) -> Toy.ofTwoHeads(x.reshape(-1)),
        Roles.LogRatio.LEARNT);
  }

  /**
   * Of a mean of 8192 kernels k = N(x; x_j, sigma^2), beside what it is: E[k^2] = N(x; MU, S^2 +
   * sigma^2/2) / sqrt(4 pi sigma^2).
   */
  private static double standardError(double x, double sigma) {
    double mean = normal(x, MU, S * S + sigma * sigma);
    double meanSquare =
        normal(x, MU, S * S + sigma * sigma / 2) / Math.sqrt(4 * Math.PI * sigma * sigma);
    return Math.sqrt((meanSquare / (mean * mean) - 1) / 8192);
  }

  @Test
  void readingsAreOfNoisySamplesOfTheStudent() {
    DistillConfig.Builder c = DistillConfig.newBuilder();
    c.getNoiseBuilder()
        .setDistribution(NoiseConfig.Distribution.LOG_UNIFORM)
        .setSigmaMin(0.5)
        .setSigmaMax(3);
    Shape point = Shape.of(1, 1, 1);
    try (TestGraph g = new TestGraph()) {
      StepInputs in = Tiny.inputs(g.tf, 2, 1, point, Conditioning.NONE, 5);
      RatioProbe probe = RatioProbe.build(g.tf, g.session(), roles(), in, c.build(), point);
      RatioProbe.Readings found = probe.read(NUMBER);
      Expr drawn = in.noise().normal(g.tf, "probe/z", StepInputs.shape(RatioProbe.ROWS, point));
      float[] z = g.run(Map.of(in.step(), NUMBER), List.of(), List.of(drawn)).get(0);
      for (int i = 0; i < RatioProbe.ROWS; i++) {
        double sigma = found.sigma()[i];
        double noisy = found.logits()[i];
        assertTrue(0.4999 < sigma && sigma < 3.0001, "sigma " + sigma);
        double q = normal(noisy, MU, S * S + sigma * sigma);
        double logRatio = Math.log(normal(noisy, M, V + sigma * sigma) / q);
        double error = standardError(noisy, sigma);
        assertEquals(logRatio, found.logRatio()[i], 6 * error + 1e-4, "row " + i);
        double real = denoised(noisy, sigma, M, V);
        double scale = Math.abs(MU + S * z[i] - real) + 1e-6;
        double difference = denoised(noisy, sigma, MU, S * S) - real;
        // Where the scale is small, so is what of it is not lost to rounding.
        double rounding = 1e-5 + 1e-6 * Math.abs(difference) / scale;
        assertEquals(difference, found.signal()[i] * scale, rounding, "row " + i);
      }
    }
  }
}

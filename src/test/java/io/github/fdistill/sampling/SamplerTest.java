package io.github.fdistill.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.Precision;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.SeededNoise;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.savedmodel.WeightArrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** What is drawn from a seed, against the formulas in double precision: D is that of Gaussians. */
class SamplerTest {
  private static final double SIGMA_MIN = 0.05;
  private static final double SIGMA_MAX = 20;
  private static final double STUDENT_SIGMA = 3;

  /** Of the classes 0 and 1, and of the images where no class is said. */
  private static final double[] MEAN = {-0.5, 0.8, 0.1};

  private static final double[] VARIANCE = {0.1, 0.3, 0.6};

  private static final long[] SEEDS = {0, 1, 2, 77, -5};
  private static final int[] LABELS = {0, 1, 1, 0, 1};

  private static double denoised(double x, double sigma, int label) {
    double gain = VARIANCE[label] / (VARIANCE[label] + sigma * sigma);
    return MEAN[label] + gain * (x - MEAN[label]);
  }

  private static DenoiserModel model() {
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      Shape image = Shape.of(1, 2, 1);
      Placeholder.Options rows = Placeholder.shape(Shape.of(-1));
      Expr x =
          Expr.of(
              tf,
              tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(image.prepend(-1))));
      Expr sigma = Expr.of(tf, tf.withName("sigma").placeholder(TFloat32.class, rows));
      Operand<TInt32> label = tf.withName("label").placeholder(TInt32.class, rows);
      Expr gain =
          Expr.of(
              tf, tf.withName("gain").placeholder(TFloat32.class, Placeholder.shape(Shape.of(1))));
      Expr mean = of(tf, MEAN, label).times(gain).perImage();
      Expr variance = of(tf, VARIANCE, label);
      Expr share = variance.over(variance.plus(sigma.square())).perImage();
      Expr denoised = x.minus(mean).times(share).plus(mean);
      NetworkFunction function =
          new NetworkFunction(
              graph.toGraphDef(),
              Map.of("x", "x", "sigma", "sigma", "label", "label"),
              Map.of("denoised", denoised.op().name() + ":0"),
              new Parameters(List.of(new Parameters.Parameter("gain", Shape.of(1)))));
      DenoiserInfo info =
          DenoiserInfo.newBuilder()
              .setClasses(2)
              .setSigmaMin(SIGMA_MIN)
              .setSigmaMax(SIGMA_MAX)
              .setStudentSigma(STUDENT_SIGMA)
              .build();
      return new DenoiserModel(
          "toy", function, WeightArrays.weights(function.parameters(), 1), info, image);
    }
  }

  private static Expr of(Ops tf, double[] each, Operand<TInt32> label) {
    return Expr.of(tf, tf.gather(tf.constant(TestGraph.floats(each)), label, tf.constant(0)));
  }

  /** N(0, 1) of each seed, [5,2]. */
  private static float[] noise() {
    try (TestGraph g = new TestGraph()) {
      return g.value(SeededNoise.normal(g.tf, g.tf.constant(SEEDS), 1, 2, 1));
    }
  }

  /** What comes of one number of noise under a class. */
  private interface Formula {
    double of(double z, int label);
  }

  private static void assertDrawn(Sampler sampler, Formula formula) {
    float[] z = noise();
    float[] found = sampler.draw(SEEDS, ConditionRows.ofLabels(LABELS));
    assertEquals(z.length, found.length);
    for (int i = 0; i < z.length; i++) {
      assertEquals(formula.of(z[i], LABELS[i / 2]), found[i], 2e-5, "value " + i);
    }
  }

  /** D with guidance: away from what it is without a class. */
  private static double guided(double x, double sigma, int label, double guidance) {
    double none = denoised(x, sigma, 2);
    return none + guidance * (denoised(x, sigma, label) - none);
  }

  /** Algorithm 1 of EDM without churn, over levels whose 7th roots are equally spaced. */
  private static double heun(double z, int label, int steps, double guidance) {
    double[] levels = new double[steps];
    for (int i = 0; i < steps; i++) {
      double share = (double) i / (steps - 1);
      double root =
          (1 - share) * Math.pow(SIGMA_MAX, 1 / 7.0) + share * Math.pow(SIGMA_MIN, 1 / 7.0);
      levels[i] = Math.pow(root, 7);
    }
    double x = z * SIGMA_MAX;
    for (int i = 0; i + 1 < steps; i++) {
      double h = levels[i + 1] - levels[i];
      double slope = (x - guided(x, levels[i], label, guidance)) / levels[i];
      double euler = x + h * slope;
      double next = (euler - guided(euler, levels[i + 1], label, guidance)) / levels[i + 1];
      x += h * (slope + next) / 2;
    }
    return guided(x, levels[steps - 1], label, guidance);
  }

  @Test
  void aTeacherDrawsByHeunsMethodWithGuidance() {
    DenoiserModel model = model();
    for (double guidance : new double[] {1, 2.5}) {
      try (Sampler sampler = Sampler.heun(model, 6, guidance, Precision.FLOAT32)) {
        assertDrawn(sampler, (z, label) -> heun(z, label, 6, guidance));
      }
    }
  }

  /** Of an image in few steps the last, which is one evaluation and no two, is much of its time. */
  @Test
  void theTimeOfAnImageIsThatOfItsEvaluations() {
    assertEquals(35, Sampler.ofSteps(18, 2));
    assertEquals(3, Sampler.ofSteps(2, 2));
    assertEquals(1, Sampler.ofSteps(1, 1));
    for (int steps : new int[] {1, 2}) {
      try (Sampler sampler = Sampler.heun(model(), steps, 1, Precision.FLOAT32)) {
        double each = sampler.secondsPerImage(ConditionRows.ofLabels(1));
        assertTrue(each > 0 && Double.isFinite(each), steps + ": " + each);
      }
    }
  }

  @Test
  void aStudentDrawsInOneEvaluation() {
    try (Sampler sampler = Sampler.ofStudent(model(), Precision.FLOAT32)) {
      assertDrawn(sampler, (z, label) -> denoised(STUDENT_SIGMA * z, STUDENT_SIGMA, label));
    }
  }
}

package io.github.fdistill.diffusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.Condition;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.StudentSampler;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

/** The steps of a student whose denoiser is that of a Gaussian: every sample in closed form. */
class FewStepsTest {
  private static final double MEAN = 0.7;
  private static final double VARIANCE = 0.25;
  private static final double[] LEVELS = {5, 1.5, 0.4};
  private static final int N = 6;
  private static final Shape IMAGE = Shape.of(2, 1, 1);
  private static final int PIXELS = 2;

  /** E[x0 | x] of N(MEAN, VARIANCE): of noise level sigma, gain (x - MEAN) + MEAN. */
  private static double gain(double sigma) {
    return VARIANCE / (VARIANCE + sigma * sigma);
  }

  private static final Denoiser GAUSSIAN =
      (x, sigma, condition) -> {
        Expr s2 = sigma.perImage().square();
        Expr gain = s2.plus(VARIANCE).reciprocal().times(VARIANCE);
        return new Denoiser.Pass(x.minus(MEAN).times(gain).plus(MEAN), Map.of());
      };

  private static FewSteps student(Denoiser denoiser, StudentSampler sampler) {
    List<Double> levels = Arrays.stream(LEVELS).boxed().toList();
    return new FewSteps(denoiser, new StudentSteps(levels, sampler), IMAGE);
  }

  /** Noise of N images: of image i, step k and pixel j at [i][k][j]. */
  private static double[][][] noise(int parts) {
    Random random = new Random(2);
    double[][][] z = new double[N][parts][PIXELS];
    for (double[][] image : z) {
      for (double[] part : image) {
        Arrays.setAll(part, j -> random.nextGaussian());
      }
    }
    return z;
  }

  private static Expr tensor(TestGraph g, double[][][] z) {
    double[] flat =
        Arrays.stream(z).flatMap(Arrays::stream).flatMapToDouble(Arrays::stream).toArray();
    return g.constant(flat).reshape(N, (long) z[0].length * PIXELS, 1, 1);
  }

  /** y_k and x_k of a pixel after each step, as the formulas have them: [k]{y, x}. */
  private static double[][] chain(double[][] z, int pixel, StudentSampler sampler) {
    double[][] steps = new double[LEVELS.length][];
    double y = LEVELS[0] * z[0][pixel];
    for (int k = 0; k < LEVELS.length; k++) {
      if (k > 0) {
        double x = steps[k - 1][1];
        double direction = (steps[k - 1][0] - x) / LEVELS[k - 1];
        y = x + LEVELS[k] * (sampler == StudentSampler.RENOISE ? z[k][pixel] : direction);
      }
      steps[k] = new double[] {y, MEAN + gain(LEVELS[k]) * (y - MEAN)};
    }
    return steps;
  }

  @ParameterizedTest
  @EnumSource(StudentSampler.class)
  void everyStepIsTheFormulaOfTheOneBefore(StudentSampler sampler) {
    FewSteps student = student(GAUSSIAN, sampler);
    double[][][] z = noise(sampler == StudentSampler.RENOISE ? LEVELS.length : 1);
    assertEquals(Shape.of((long) z[0].length * 2, 1, 1), student.noise());
    try (TestGraph g = new TestGraph()) {
      List<Expr> samples = student.samples(tensor(g, z), Condition.NONE);
      assertEquals(LEVELS.length, samples.size());
      for (int k = 0; k < LEVELS.length; k++) {
        float[] found = g.value(samples.get(k));
        for (int i = 0; i < N * PIXELS; i++) {
          double[][] steps = chain(z[i / PIXELS], i % PIXELS, sampler);
          assertEquals(steps[k][1], found[i], 1e-5, "step " + k + ", value " + i);
        }
      }
      float[] image = g.value(student.sample(tensor(g, z), Condition.NONE));
      assertArrayEquals(g.value(samples.get(2)), image);
    }
  }

  /** By the mean and variance of a chain of Gaussians, each a linear function of the last. */
  @Test
  void renoisedSamplesHaveTheMomentsOfTheChain() {
    int many = 20_000;
    double mean = 0;
    double variance = LEVELS[0] * LEVELS[0];
    for (int k = 0; k < LEVELS.length; k++) {
      if (k > 0) {
        variance += LEVELS[k] * LEVELS[k];
      }
      double gain = gain(LEVELS[k]);
      mean = MEAN + gain * (mean - MEAN);
      variance *= gain * gain;
    }
    Random random = new Random(3);
    double[] z =
        random.doubles((long) many * LEVELS.length).map(u -> random.nextGaussian()).toArray();
    FewSteps student =
        new FewSteps(
            GAUSSIAN,
            new StudentSteps(List.of(5.0, 1.5, 0.4), StudentSampler.RENOISE),
            Shape.of(1, 1, 1));
    try (TestGraph g = new TestGraph()) {
      Expr noise = g.constant(z).reshape(many, LEVELS.length, 1, 1);
      float[] x = g.value(student.sample(noise, Condition.NONE));
      double sum = 0;
      double square = 0;
      for (float value : x) {
        sum += value;
        square += (value - mean) * (value - mean);
      }
      assertEquals(mean, sum / many, 4 * Math.sqrt(variance / many));
      assertEquals(variance, square / many, 4 * variance * Math.sqrt(2.0 / many));
    }
  }

  @ParameterizedTest
  @EnumSource(StudentSampler.class)
  void eachRowIsTrainedAfterTheStepOfItsOwn(StudentSampler sampler) {
    FewSteps student = student(GAUSSIAN, sampler);
    double[][][] z = noise(student.steps().noises());
    double[] step = {0, 2, 1, 1, 0, 2};
    try (TestGraph g = new TestGraph()) {
      Expr x = student.sampleAt(tensor(g, z), g.constant(step), Condition.NONE);
      float[] found = g.value(x);
      for (int i = 0; i < found.length; i++) {
        double[][] steps = chain(z[i / PIXELS], i % PIXELS, sampler);
        assertEquals(steps[(int) step[i / PIXELS]][1], found[i], 1e-5, "value " + i);
      }
    }
  }

  @Test
  void ofRealImagesARowIsNoisedToItsStepAndTheFirstIsNoiseAlone() {
    FewSteps student = student(GAUSSIAN, StudentSampler.RENOISE);
    double[][][] z = noise(1);
    double[] step = {0, 1, 2, 0, 2, 1};
    double[] images = new Random(9).doubles(N * PIXELS).toArray();
    try (TestGraph g = new TestGraph()) {
      Expr real = g.constant(images).reshape(N, PIXELS, 1, 1);
      Expr steps = g.constant(step);
      float[] found = g.value(student.sampleOf(real, tensor(g, z), steps, Condition.NONE));
      for (int i = 0; i < found.length; i++) {
        int k = (int) step[i / PIXELS];
        double y = (k == 0 ? 0 : images[i]) + LEVELS[k] * z[i / PIXELS][0][i % PIXELS];
        assertEquals(MEAN + gain(LEVELS[k]) * (y - MEAN), found[i], 1e-5, "value " + i);
      }
    }
  }

  /**
   * D = w sin(x) / (1 + sigma): the derivative of the samples by w, against finite differences of
   * the last evaluation alone, in double precision.
   */
  @Test
  void theGradientGoesThroughTheLastEvaluationAlone() {
    double w = 0.8;
    double[] step = {0, 2, 1, 1, 0, 2};
    double[][][] z = noise(LEVELS.length);
    try (TestGraph g = new TestGraph()) {
      var weight = g.vector();
      Denoiser bent =
          (x, sigma, condition) ->
              new Denoiser.Pass(x.sin().times(weight).over(sigma.perImage().plus(1)), Map.of());
      Expr x =
          student(bent, StudentSampler.RENOISE)
              .sampleAt(tensor(g, z), g.constant(step), Condition.NONE);
      var gradient = g.tf.gradients(x.square().sum(), List.of(weight)).<TFloat32>dy(0);
      Map<org.tensorflow.Operand<TFloat32>, ?> fed = Map.of(weight, new float[] {(float) w});
      float found = g.run(fed, List.of(), List.of(gradient)).get(0)[0];
      double h = 1e-6;
      double differences = (loss(w, w + h, z, step) - loss(w, w - h, z, step)) / (2 * h);
      assertEquals(differences, found, 1e-4 * Math.abs(differences));
    }
  }

  /** The sum of squares where the chain has one weight and its last evaluation another. */
  private static double loss(double chain, double last, double[][][] z, double[] step) {
    double sum = 0;
    for (int i = 0; i < N * PIXELS; i++) {
      int end = (int) step[i / PIXELS];
      double x = 0;
      for (int k = 0; k <= end; k++) {
        double y = (k == 0 ? 0 : x) + LEVELS[k] * z[i / PIXELS][k][i % PIXELS];
        x = (k == end ? last : chain) * Math.sin(y) / (1 + LEVELS[k]);
      }
      sum += x * x;
    }
    return sum;
  }

  @Test
  void slicesGiveTheSameSamples() {
    FewSteps student = student(GAUSSIAN, StudentSampler.RENOISE);
    try (TestGraph g = new TestGraph()) {
      Expr z = tensor(g, noise(LEVELS.length));
      float[] whole = g.value(student.sample(z, Condition.NONE));
      assertArrayEquals(whole, g.value(Slices.of(student, 3).sample(z, Condition.NONE)), 1e-6f);
    }
  }

  @Test
  void withoutLevelsTheyAreEdmsSchedule() {
    DistillConfig.Builder config = DistillConfig.newBuilder().setStudentSigma(80);
    config.getNoiseBuilder().setSigmaMin(0.002);
    assertEquals(List.of(80.0), StudentSteps.of(config.build()).levels());
    StudentSteps four = StudentSteps.of(config.setStudentSteps(4).build());
    double high = Math.pow(80, 1 / 7.0);
    double low = Math.pow(0.002, 1 / 7.0);
    for (int i = 0; i < 4; i++) {
      assertEquals(Math.pow(high + i / 4.0 * (low - high), 7), four.levels().get(i), 1e-9);
    }
    config.addAllStudentLevel(List.of(9.0, 3.0, 1.0));
    assertEquals(List.of(80.0, 9.0, 3.0, 1.0), StudentSteps.of(config.build()).levels());
    assertEquals(List.of(80.0, 9.0), StudentSteps.of(config.build()).first(2).levels());
  }

  @Test
  void levelsThatDoNotFallAreRefusedAndOneStepSaysNoMoreThanBefore() {
    for (double wrong : new double[] {80, 0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      List<Double> levels = List.of(80.0, wrong);
      assertThrows(
          InputException.class, () -> new StudentSteps(levels, StudentSampler.RENOISE), "" + wrong);
    }
    DenoiserInfo none = DenoiserInfo.getDefaultInstance();
    DenoiserInfo one = new StudentSteps(List.of(2.5), StudentSampler.DETERMINISTIC).in(none);
    assertEquals(none.toBuilder().setStudentSigma(2.5).build(), one);
    StudentSteps two = new StudentSteps(List.of(2.5, 0.5), StudentSampler.DETERMINISTIC);
    assertEquals(two, StudentSteps.of(two.in(none)));
  }
}

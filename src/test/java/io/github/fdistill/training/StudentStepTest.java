package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.DiscriminatorConfig.Losses;
import io.github.fdistill.config.DiscriminatorConfig.Network;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.DistillConfig.Divergence;
import io.github.fdistill.data.Batches;
import io.github.fdistill.data.MadeImages;
import io.github.fdistill.expr.Expr;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The student's loss and its gradient against the formulas of METHOD.md, "One student step", in
 * double precision.
 */
class StudentStepTest {

  /** What the formulas give: losses and their gradients, weights of the images, and readings. */
  private static final class Reference {
    final Map<Reading, Double> readings = new EnumMap<>(Reading.class);
    double divergenceLoss;
    double ganLoss;
    final double[] byDivergence = new double[3];
    final double[] byGan = new double[3];
    final double[] weight = new double[Toy.B];

    Reference(Toy toy, DistillConfig c) {
      double[][] z = toy.normal("student/z");
      double[][] eps = toy.normal("student/eps");
      double[] sigma = toy.levels("student/sigma", c.getNoise());
      boolean onTeacher = c.getDiscriminator().getNetwork() == Network.TEACHER;
      Losses losses = c.getDiscriminator().getLosses();
      int n = Toy.PIXELS;

      double[][] x = new double[Toy.B][n];
      double[][] xNoisy = new double[Toy.B][n];
      double[] logit = new double[Toy.B];
      double[] r = new double[Toy.B];
      for (int i = 0; i < Toy.B; i++) {
        double sum = 0;
        for (int j = 0; j < n; j++) {
          x[i][j] = Toy.student(z[i][j], toy.labels[i]);
          xNoisy[i][j] = x[i][j] + sigma[i] * eps[i][j];
          sum +=
              onTeacher
                  ? Toy.teacherMap(xNoisy[i][j], toy.labels[i])
                  : Toy.fakeScoreMap(xNoisy[i][j]);
        }
        logit[i] = Toy.logit(sum / n);
        r[i] = Math.max(0.1, Math.min(20, Math.exp(Math.max(-10, Math.min(10, logit[i])))));
      }
      readings.put(Reading.RATIO, Arrays.stream(r).average().orElseThrow());
      readings.put(Reading.RATIO_CLIPPED, 0.0);
      readings.put(Reading.DIVERSITY, spread(x) / spread(Toy.perImage(toy.images)));
      normalise(r, sigma, c);

      double meanH = 0;
      double meanSquare = 0;
      for (int i = 0; i < Toy.B; i++) {
        weight[i] = h(c.getDivergence(), c.getAlpha(), r[i]);
        meanH += weight[i] / Toy.B;
        meanSquare += weight[i] * weight[i] / Toy.B;
      }
      readings.put(Reading.WEIGHT, meanH);
      readings.put(Reading.EFFECTIVE_SAMPLE_SHARE, meanH * meanH / meanSquare);
      for (int i = 0; i < Toy.B; i++) {
        if (c.getRatio().getNormaliseWeight()) {
          weight[i] /= meanH;
        }
        double[] real = new double[n];
        double scale = 1e-6;
        for (int j = 0; j < n; j++) {
          double known = Toy.teacher(xNoisy[i][j], sigma[i], toy.labels[i]);
          double unknown = Toy.teacher(xNoisy[i][j], sigma[i], Toy.CLASSES);
          real[j] = known + (c.getGuidance() - 1) * (known - unknown);
          scale += Math.abs(x[i][j] - real[j]) / n;
        }
        ganLoss += Toy.softplus(-logit[i], losses) / Toy.B;
        for (int j = 0; j < n; j++) {
          double fake = Toy.fakeScore(xNoisy[i][j], sigma[i], toy.labels[i]);
          double g = (fake - real[j]) * weight[i] / scale;
          divergenceLoss += 0.5 * g * g / (Toy.B * n);
          double slope =
              onTeacher
                  ? Toy.teacherMapSlope(xNoisy[i][j], toy.labels[i])
                  : Toy.fakeScoreMapSlope(xNoisy[i][j]);
          double gan = -Toy.sigmoid(-logit[i], losses) / Toy.B * Toy.HEAD[0] * slope / n;
          double[] byWeights = Toy.studentByWeights(z[i][j], toy.labels[i]);
          for (int k = 0; k < 3; k++) {
            byDivergence[k] += g / (Toy.B * n) * byWeights[k];
            byGan[k] += gan * byWeights[k];
          }
        }
      }
      readings.put(Reading.DIVERGENCE_LOSS, divergenceLoss);
      readings.put(Reading.GAN_LOSS, ganLoss);
    }

    /** The standard deviation of each pixel over the batch, as a mean over pixels. */
    private static double spread(double[][] images) {
      double spread = 0;
      for (int j = 0; j < Toy.PIXELS; j++) {
        double mean = 0;
        double square = 0;
        for (double[] image : images) {
          mean += image[j] / Toy.B;
          square += image[j] * image[j] / Toy.B;
        }
        spread += Math.sqrt(square - mean * mean + 1e-6) / Toy.PIXELS;
      }
      return spread;
    }

    /** Divides each ratio by the mean of its bin, one of equal widths in ln(sigma). */
    private static void normalise(double[] r, double[] sigma, DistillConfig c) {
      int bins = c.getRatio().getBins();
      if (bins == 0) {
        return;
      }
      double low = Math.log(c.getNoise().getSigmaMin());
      double high = Math.log(c.getNoise().getSigmaMax());
      double[] sum = new double[bins];
      int[] count = new int[bins];
      int[] bin = new int[r.length];
      for (int i = 0; i < r.length; i++) {
        bin[i] = (int) ((Math.log(sigma[i]) - low) / (high - low) * bins);
        sum[bin[i]] += r[i];
        count[bin[i]]++;
      }
      for (int i = 0; i < r.length; i++) {
        r[i] /= sum[bin[i]] / count[bin[i]];
      }
    }

    /** The table of METHOD.md. */
    private static double h(Divergence divergence, double alpha, double r) {
      return switch (divergence) {
        case REVERSE_KL -> 1;
        case SOFTENED_REVERSE_KL -> 1 / (r + 1);
        case JENSEN_SHANNON -> r / (r + 1);
        case SQUARED_HELLINGER -> Math.sqrt(r) / 4;
        case FORWARD_KL -> r;
        case JEFFREYS -> r + 1;
        case NEYMAN_CHI2 -> 2 / r;
        case ALPHA -> Math.pow(r, alpha);
      };
    }
  }

  private static StudentStep step(Toy toy, DistillConfig c) {
    return step(toy, c, 0);
  }

  private static StudentStep step(Toy toy, DistillConfig c, double progress) {
    StudentStep step =
        StudentStep.build(
            toy.tf, toy.in, toy.roles(c.getGuidance()), c, Expr.constant(toy.tf, progress));
    step.weights().ratio().state().ifPresent(bins -> toy.g.run(bins.clear(toy.g.tf)));
    return step;
  }

  private static void assertClose(double expected, double actual, String what) {
    assertEquals(expected, actual, 1e-6 + 2e-5 * Math.abs(expected), what);
  }

  @ParameterizedTest
  @CsvSource({
    "JENSEN_SHANNON,   0,    1,    TEACHER,    0, true, OF_MEAN_LOGIT",
    "JENSEN_SHANNON,   0.5,  1,    TEACHER,    0, true, OF_MEAN_LOGIT",
    "FORWARD_KL,       0,    1,    TEACHER,    0, true, OF_MEAN_LOGIT",
    "FORWARD_KL,       0.5,  1.75, TEACHER,    0, true, OF_MEAN_LOGIT",
    "FORWARD_KL,       0.01, 1,    FAKE_SCORE, 0, false, OF_MEAN_LOGIT",
    "REVERSE_KL,       2,    1.75, FAKE_SCORE, 0, true, OF_MEAN_LOGIT",
    "NEYMAN_CHI2,      0,    0.5,  TEACHER,    0, false, OF_MEAN_LOGIT",
    "SQUARED_HELLINGER,0.5,  1,    TEACHER,    3, true, OF_MEAN_LOGIT",
    "ALPHA,            0.5,  3,    TEACHER,    3, true, OF_MEAN_LOGIT",
    "FORWARD_KL,       0.5,  1,    TEACHER,    3, true, OF_EACH_HEAD",
  })
  void lossAndGradientAreThoseOfTheMethod(
      Divergence divergence,
      double ganWeight,
      double guidance,
      Network network,
      int bins,
      boolean normalised,
      Losses losses) {
    DistillConfig.Builder b = Toy.config().setDivergence(divergence).setAlpha(2);
    b.setGuidance(guidance);
    b.getRatioBuilder().setBins(bins).setNormaliseWeight(normalised);
    b.getDiscriminatorBuilder().setGanWeight(ganWeight).setNetwork(network).setLosses(losses);
    DistillConfig c = b.build();
    try (Toy toy = new Toy()) {
      StudentStep step = step(toy, c);
      Reference expected = new Reference(toy, c);

      float[] loss = toy.run(step.loss()).get(0);
      assertClose(expected.divergenceLoss + ganWeight * expected.ganLoss, loss[0], "loss");
      assertReadings(expected, toy, step);
      float[] weight = toy.run(step.weights().ratio().weight()).get(0);
      for (int i = 0; i < Toy.B; i++) {
        assertClose(expected.weight[i], weight[i], "weight " + i);
      }
      float[] gradient = toy.gradient(step.loss(), toy.student);
      for (int k = 0; k < 3; k++) {
        double d = expected.byDivergence[k] + ganWeight * expected.byGan[k];
        assertClose(d, gradient[k], "gradient " + k);
        assertTrue(Math.abs(expected.byGan[k]) > 1e-3, "the GAN loss has a gradient to be seen");
      }
    }
  }

  /** The GAN loss too, also where it weighs nothing. */
  private static void assertReadings(Reference expected, Toy toy, StudentStep step) {
    Map<Reading, Expr> all = new EnumMap<>(step.scalars());
    all.putAll(BatchWeights.scalars(step.weights().ratio()));
    assertEquals(expected.readings.keySet(), all.keySet());
    List<float[]> found = toy.run(all.values().toArray(Expr[]::new));
    int i = 0;
    for (Reading reading : all.keySet()) {
      assertClose(expected.readings.get(reading), found.get(i++)[0], reading.toString());
    }
  }

  /** Of five samples in thirty bins most bins have none. */
  @Test
  void whereAllIsFiniteNoTensorIsNamedForAnother() {
    DistillConfig.Builder b = Toy.config();
    b.getRatioBuilder().setBins(30);
    try (Toy toy = new Toy()) {
      StudentStep step = step(toy, b.build());
      Map<Reading, Expr> scalars = new EnumMap<>(step.scalars());
      scalars.putAll(BatchWeights.scalars(step.weights().ratio()));
      Turn.Run run = Turn.Run.ofEachPart(toy.tf.noOp(), scalars);
      Batches batches =
          new Batches(new MadeImages(9, 2, 3, 2, Toy.CLASSES, (i, into, at) -> {}), Toy.B, 1);
      try (Feed feed = Feed.of(toy.in, batches.at(0), 0, 0)) {
        assertEquals(Optional.empty(), NonFinite.first(toy.g.session(), toy.tf, run, feed));
      }
    }
  }

  /** h of Hellinger's is sqrt(r) / 4: neither r nor its logarithm. */
  @Test
  void ofABatchIsReadWhatTheStepSeesInIt() {
    DistillConfig.Builder b = Toy.config().setDivergence(Divergence.SQUARED_HELLINGER);
    b.getRatioBuilder().setBins(0).setNormaliseWeight(false);
    try (Toy toy = new Toy()) {
      StudentStep step = step(toy, b.build());
      Batches batches =
          new Batches(new MadeImages(9, 2, 3, 2, Toy.CLASSES, (i, into, at) -> {}), Toy.B, 1);
      BatchReadings found =
          BatchReadings.of(toy.g.session(), toy.in, step.weights(), batches, toy.step);
      double[] sigma = toy.levels("student/sigma", b.getNoise());
      for (int i = 0; i < Toy.B; i++) {
        assertEquals(sigma[i], found.sigma()[i]);
        assertClose(Math.exp(found.logRatio()[i]), found.ratio()[i], "ratio " + i);
        assertClose(Math.sqrt(found.ratio()[i]) / 4, found.weight()[i], "weight " + i);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0.1, 5, 0, 0.1", "0.1, 5, 0.25, 0.2", "0, 5, 1, 0", "0.5, 0, 0.75, 0.125"})
  void theGanLossCountsAsMuchAsTheRunHasComeTo(
      double first, double growth, double progress, double ganWeight) {
    DistillConfig.Builder b = Toy.config();
    b.getDiscriminatorBuilder().setGanWeight(first).setGanGrowth(growth);
    DistillConfig c = b.build();
    try (Toy toy = new Toy()) {
      StudentStep step = step(toy, c, progress);
      Reference expected = new Reference(toy, c);
      float loss = toy.run(step.loss()).get(0)[0];
      assertClose(expected.divergenceLoss + ganWeight * expected.ganLoss, loss, "loss");
    }
  }

  @Test
  void withoutGanLossTheDiscriminatorWeighsTheImagesAndGetsNoGradient() {
    DistillConfig.Builder b = Toy.config().setDivergence(Divergence.FORWARD_KL);
    b.getRatioBuilder().setBins(0);
    b.getDiscriminatorBuilder().setGanWeight(0);
    try (Toy toy = new Toy()) {
      StudentStep step = step(toy, b.build());
      float[] weight = toy.run(step.weights().ratio().weight()).get(0);
      Arrays.sort(weight);
      assertTrue(weight[Toy.B - 1] > 1.5 * weight[0], Arrays.toString(weight));
      assertFalse(toy.reaches(step.loss(), toy.head));
      assertFalse(toy.reaches(step.loss(), toy.teacher));
      assertFalse(toy.reaches(step.loss(), toy.fakeScore));
      assertTrue(toy.reaches(step.loss(), toy.student));
    }
  }

  @Test
  void theGanLossReachesTheStudentThroughTheFeaturesAndNoScore() {
    DistillConfig.Builder b = Toy.config();
    b.getDiscriminatorBuilder().setGanWeight(1).setNetwork(Network.TEACHER);
    try (Toy toy = new Toy()) {
      StudentStep step = step(toy, b.build());
      assertFalse(toy.reaches(step.loss(), toy.fakeScore), "the scores are constants");
      // p0, p1 and p2 make the denoised images, p3 the feature map.
      float[] byTeacher = toy.gradient(step.loss(), toy.teacher);
      for (int k = 0; k < 3; k++) {
        assertEquals(0, byTeacher[k], "p" + k);
      }
      assertTrue(Math.abs(byTeacher[3]) > 1e-3);
    }
  }

  @Test
  void theDiscriminatorSeesTheTeacherUnguidedAsInTheCriticsTurn() {
    DistillConfig c = Toy.config().setGuidance(3).build();
    try (Toy toy = new Toy()) {
      Roles nets = toy.roles(3);
      Roles onImages =
          new Roles(
              nets.teacher(),
              nets.guidedTeacher(),
              nets.fakeScore(),
              nets.student(),
              nets.samples(),
              (xNoisy, pass) -> Toy.ofTwoHeads(pass.denoised().mean(1, 2, 3)),
              Roles.LogRatio.LEARNT);
      StudentStep step = StudentStep.build(toy.tf, toy.in, onImages, c, Expr.constant(toy.tf, 0));
      double[][] z = toy.normal("student/z");
      double[][] eps = toy.normal("student/eps");
      double[] sigma = toy.levels("student/sigma", c.getNoise());
      double loss = 0;
      for (int i = 0; i < Toy.B; i++) {
        double mean = 0;
        for (int j = 0; j < Toy.PIXELS; j++) {
          double xNoisy = Toy.student(z[i][j], toy.labels[i]) + sigma[i] * eps[i][j];
          mean += Toy.teacher(xNoisy, sigma[i], toy.labels[i]) / Toy.PIXELS;
        }
        loss += Toy.softplus(-mean) / Toy.B;
      }
      assertClose(loss, toy.run(step.scalars().get(Reading.GAN_LOSS)).get(0)[0], "gan_loss");
    }
  }
}

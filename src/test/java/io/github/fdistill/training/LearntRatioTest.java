package io.github.fdistill.training;

import static io.github.fdistill.Quadrature.normal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.MixtureConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.config.OptimiserConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.WatchConfig;
import io.github.fdistill.data.Batches;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.diffusion.GaussianMixture;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.DiscriminatorHead;
import io.github.fdistill.network.ImportedDenoiser;
import io.github.fdistill.network.MixtureSamples;
import io.github.fdistill.network.Networks;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A discriminator that is trained to the end on two known densities, the teacher's mixture and a
 * Gaussian student that stays as it is: its logit is log r at every noise level.
 */
class LearntRatioTest {
  /** A fifth of them are steps of a run: four for the critics and one for the student. */
  private static final int TURNS = 1000;

  private static final int CHANNELS = 64;
  private static final int LAYERS = 2;
  private static final double STUDENT_SIGMA = 1;
  private static final double SIGMA_DATA = 1.2;

  /** A student without hidden layers begins as D = cSkip x: its samples are N(0, S^2). */
  private static final double S =
      STUDENT_SIGMA
          * SIGMA_DATA
          * SIGMA_DATA
          / (STUDENT_SIGMA * STUDENT_SIGMA + SIGMA_DATA * SIGMA_DATA);

  @TempDir Path folder;

  private static NetworkConfig.Builder points() {
    NetworkConfig.Builder network = NetworkConfig.newBuilder();
    network.getImageBuilder().setHeight(1).setWidth(1).setChannels(1);
    return network;
  }

  private static NetworkConfig teacher() {
    NetworkConfig.Builder network = points();
    network.getMixtureBuilder().addComponent(component(1, -0.3, 0.1));
    network.getMixtureBuilder().addComponent(component(2, 0.8, 0.2));
    return network.build();
  }

  private static MixtureConfig.Component component(double weight, double mean, double variance) {
    return MixtureConfig.Component.newBuilder()
        .setWeight(weight)
        .addMean(mean)
        .addVariance(variance)
        .build();
  }

  private static DenoiserModel student() {
    NetworkConfig.Builder network = points().setSigmaData(SIGMA_DATA);
    network.getMlpBuilder();
    return Networks.denoiser(network.build(), 1);
  }

  private static DistillConfig config() {
    DistillConfig.Builder c =
        DistillConfig.newBuilder()
            .setSteps(TURNS / 5)
            .setBatchSize(512)
            .setStudentSigma(STUDENT_SIGMA)
            .setPrecision(Precision.FLOAT32);
    c.getNoiseBuilder()
        .setDistribution(NoiseConfig.Distribution.LOG_UNIFORM)
        .setSigmaMin(0.3)
        .setSigmaMax(2);
    c.getDiscriminatorBuilder()
        .addFeature("features_1x1")
        .setChannels(CHANNELS)
        .setLayers(LAYERS)
        .getOptimiserBuilder()
        .setLearningRate(1e-2)
        .setWeightDecay(0)
        .setSchedule(OptimiserConfig.Schedule.COSINE);
    return c.build();
  }

  /** The discriminator's weights after so many of the critic's turns, and none of the student's. */
  private float[] trained(DenoiserModel teacher, DistillConfig c) throws IOException {
    Models models = Models.of(teacher, student());
    try (Distillation d = new Distillation(models, c)) {
      List<Turn> critic = d.step().get(0);
      assertTrue(critic.size() == 1 && critic.get(0).kind() == Turn.Kind.CRITIC);
      TrainingLoop.Plan plan =
          new TrainingLoop.Plan(
              "critic",
              List.of(critic),
              TURNS,
              TURNS,
              TrainingLoop.Watch.of(WatchConfig.getDefaultInstance()),
              List.of());
      Batches batches =
          new Batches(new MixtureSamples(Networks.mixture(teacher()), 2), c.getBatchSize(), 3);
      new TrainingLoop(d.tf(), d.session(), d.inputs(), d.state(), batches, Others.none())
          .run(plan, Tiny.outputs(folder), () -> false);
      return StateValues.of(d.state(), d.session()).get("discriminator/weights");
    }
  }

  /**
   * Root mean square error under the student's density, at levels from 0.4 to 1.8. Log r itself has
   * a size of 0.6 to 0.2 there, which is the error of a discriminator that has learnt nothing.
   */
  @Test
  void theLogitIsTheLogarithmOfTheRatio() throws IOException {
    DenoiserModel teacher = Networks.denoiser(teacher(), 1);
    DistillConfig c = config();
    float[] head = trained(teacher, c);
    GaussianMixture p = Networks.mixture(teacher());
    int n = 4000;
    Random random = new Random(1);
    for (double sigma : new double[] {0.4, 0.7, 1, 1.8}) {
      double[] x = new double[n];
      double[] logRatio = new double[n];
      for (int i = 0; i < n; i++) {
        x[i] = Math.hypot(S, sigma) * random.nextGaussian();
        double q = normal(x[i], 0, S * S + sigma * sigma);
        logRatio[i] = p.logDensity(new double[] {x[i]}, sigma) - Math.log(q);
      }
      float[] logit = logits(teacher, c, head, x, sigma);
      double error = 0;
      double size = 0;
      for (int i = 0; i < n; i++) {
        error += Math.pow(logit[i] - logRatio[i], 2) / n;
        size += Math.pow(logRatio[i], 2) / n;
      }
      assertTrue(Math.sqrt(size) > 0.2, "the ratio is none of 1: " + Math.sqrt(size));
      assertEquals(0, Math.sqrt(error), 0.1, "sigma " + sigma);
    }
  }

  /** What the discriminator says of noisy points. */
  private static float[] logits(
      DenoiserModel teacher, DistillConfig c, float[] values, double[] x, double sigma) {
    try (TestGraph g = new TestGraph()) {
      DiscriminatorFeatures features = DiscriminatorFeatures.choose(teacher, c.getDiscriminator());
      DiscriminatorHead head =
          DiscriminatorHead.build(
              features.shapes(), new DiscriminatorHead.Width(CHANNELS, 0, LAYERS), c.getSeed());
      Roles.Discriminator discriminator =
          features.discriminator(
              g.tf,
              head,
              Expr.of(g.tf, WeightArrays.constant(g.tf, head.function().parameters(), values)));
      double[] sigmas = new double[x.length];
      Arrays.fill(sigmas, sigma);
      Denoiser network =
          new ImportedDenoiser(g.tf, "teacher", teacher.function(), g.constant(new double[0]));
      Expr points = g.constant(x).perImage();
      Denoiser.Pass pass = network.pass(points, g.constant(sigmas), Condition.NONE);
      return g.value(discriminator.logits(points, pass).mean());
    }
  }
}

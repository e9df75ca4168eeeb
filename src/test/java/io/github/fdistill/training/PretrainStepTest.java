package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.data.Batches;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.diffusion.Preconditioning;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PretrainStepTest {
  private static final double SIGMA_DATA = 0.4;
  private static final float[] WEIGHTS = {0.7f, -0.1f};

  @TempDir Path folder;

  private static PretrainConfig.Builder config(double labelDropout) {
    PretrainConfig.Builder config = PretrainConfig.newBuilder().setLabelDropout(labelDropout);
    config.getNoiseBuilder().setDistribution(NoiseConfig.Distribution.LOG_NORMAL);
    config.getOptimiserBuilder().setLearningRate(0.01).setWeightDecay(0);
    return config;
  }

  /** A step of the denoiser w0 x + w1 (label + sigma), which keeps the labels that it is given. */
  private static final class Fixture implements AutoCloseable {
    final Toy toy = new Toy();
    final State state = Tiny.state(toy.tf);
    final Trainable model;
    final PretrainStep step;
    Expr labels;

    Fixture(PretrainConfig config) {
      model =
          Trainable.create(
              toy.tf, state, "model", WeightArrays.vector(WEIGHTS), config.getOptimiser());
      step =
          PretrainStep.build(
              toy.tf,
              toy.in,
              toy.in.real(toy.tf),
              this::denoise,
              model,
              state,
              config,
              new Preconditioning(SIGMA_DATA));
      state.initialise(toy.g.session());
    }

    private Denoiser.Pass denoise(Expr x, Expr sigma, Condition condition) {
      labels = Expr.cast(toy.tf, condition.label());
      Parameters one = WeightArrays.vector(WEIGHTS).parameters();
      List<Expr> w = Expr.of(toy.tf, one.split(toy.tf, model.weights()).get("w")).parts(2);
      Expr shift = labels.plus(sigma).perImage().times(w.get(1));
      return new Denoiser.Pass(x.times(w.get(0)).plus(shift), Map.of());
    }

    @Override
    public void close() {
      toy.close();
    }
  }

  @Test
  void theLossIsEdmsWeightedErrorAndItsGradientGoesToTheOptimiser() {
    PretrainConfig config = config(0.5).build();
    try (Fixture t = new Fixture(config)) {
      double[][] x0 = Toy.perImage(t.toy.images);
      double[][] eps = t.toy.normal("eps");
      double[] sigmas = t.toy.levels("sigma", config.getNoise());
      float[] labels = t.toy.run(t.labels).get(0);
      double loss = 0;
      double[] gradient = new double[2];
      for (int i = 0; i < Toy.B; i++) {
        double sigma = sigmas[i];
        double weight = (sigma * sigma + SIGMA_DATA * SIGMA_DATA) / Math.pow(sigma * SIGMA_DATA, 2);
        double share = weight / (Toy.B * Toy.PIXELS);
        for (int j = 0; j < Toy.PIXELS; j++) {
          double x = x0[i][j] + sigma * eps[i][j];
          double error = WEIGHTS[0] * x + WEIGHTS[1] * (labels[i] + sigma) - x0[i][j];
          loss += share * error * error;
          gradient[0] += share * 2 * error * x;
          gradient[1] += share * 2 * error * (labels[i] + sigma);
        }
      }
      Map<Reading, Expr> scalars = t.step.turn().scalars();
      assertEquals(loss, t.toy.run(scalars.get(Reading.LOSS)).get(0)[0], 1e-5 * loss);
      double norm = Math.hypot(gradient[0], gradient[1]);
      assertEquals(norm, t.toy.run(scalars.get(Reading.GRADIENT_NORM)).get(0)[0], 1e-5 * norm);
    }
  }

  @Test
  void aShareOfTheLabelsBecomesNoClass() {
    int dropped = 0;
    int steps = 400;
    try (Fixture t = new Fixture(config(0.3).build())) {
      for (t.toy.step = 0; t.toy.step < steps; t.toy.step++) {
        float[] labels = t.toy.run(t.labels).get(0);
        for (int i = 0; i < Toy.B; i++) {
          if (labels[i] == Toy.CLASSES) {
            dropped++;
          } else {
            assertEquals(t.toy.labels[i], labels[i]);
          }
        }
      }
    }
    int n = steps * Toy.B;
    assertEquals(0.3, (double) dropped / n, 4 * Math.sqrt(0.3 * 0.7 / n));
    try (Fixture t = new Fixture(config(0).build())) {
      assertArrayEquals(new float[] {0, 2, 1, 1, 2}, t.toy.run(t.labels).get(0));
    }
  }

  /** The places of a transformer's tokens are weights that stay as they are: they do not decay. */
  @Test
  void whatNoGradientReachesStaysAsItIs() throws IOException {
    NetworkConfig.Builder network = NetworkConfig.newBuilder();
    network.getImageBuilder().setHeight(8).setWidth(8).setChannels(1);
    network
        .getDitBuilder()
        .setPatch(4)
        .setWidth(8)
        .setBlocks(1)
        .setHeads(2)
        .setHidden(8)
        .setStoredPlaces(true);
    PretrainConfig.Builder config = config(0).setSteps(3).setBatchSize(4);
    config.getOptimiserBuilder().setWeightDecay(0.5);
    config.getAverageBuilder().setDecay(0.5);
    config.setPrecision(Precision.FLOAT32);
    DenoiserModel first = Networks.denoiser(network.build(), config.getSeed());
    try (Pretraining training = new Pretraining(network.build(), config.build())) {
      Batches batches = new Batches(PlainImages.of(10, 8, 8, 1), 4, 1);
      training.graph().run(batches, Tiny.outputs(folder), () -> false);
      assertArrayEquals(numbers(first, "pos_embed"), numbers(training.result(), "pos_embed"));
      String trained = "x_embedder/proj/kernel";
      assertFalse(Arrays.equals(numbers(first, trained), numbers(training.result(), trained)));
    }
  }

  private static float[] numbers(DenoiserModel model, String parameter) {
    Parameters all = model.function().parameters();
    float[] found = WeightArrays.split(all, WeightArrays.of(model.weights())).get(parameter);
    assertNotNull(found, () -> parameter + " is none of " + all.names());
    return found;
  }

  /** The mean loss of the steps from {@code first} to {@code last - 1}. */
  private static double meanLoss(Path metrics, int first, int last) throws IOException {
    Pattern loss = Pattern.compile("\"loss\":([-0-9.Ee]+)");
    double sum = 0;
    for (String line : Files.readAllLines(metrics).subList(first, last)) {
      Matcher matcher = loss.matcher(line);
      assertTrue(matcher.find(), line);
      sum += Double.parseDouble(matcher.group(1));
    }
    return sum / (last - first);
  }

  @Test
  void aHundredStepsLowerTheLossClearly() throws IOException {
    NetworkConfig.Builder network = Tiny.network().toBuilder();
    network.getUnetBuilder().setDropout(0.05);
    PretrainConfig.Builder config = config(0.1).setSteps(100).setBatchSize(16);
    config.getOptimiserBuilder().setLearningRate(5e-3);
    config.setPrecision(Precision.FLOAT32);
    try (Pretraining training = new Pretraining(network.build(), config.build())) {
      Batches batches = new Batches(PlainImages.of(30, 8, 8, Tiny.CLASSES), 16, 1);
      TrainingLoop.Outcome end = training.graph().run(batches, Tiny.outputs(folder), () -> false);
      assertEquals(1600, end.images());
    }
    Path metrics = folder.resolve("metrics.jsonl");
    double before = meanLoss(metrics, 0, 10);
    double after = meanLoss(metrics, 80, 100);
    assertTrue(after < 0.5 * before, before + " then " + after);
  }
}

package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.ClassifierConfig;
import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.data.Batches;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.network.Classifier;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

class ClassifierStepTest {
  private static final int K = Toy.CLASSES;
  private static final double[] WEIGHTS = weights();

  @TempDir Path folder;

  /** [PIXELS,K] */
  private static double[] weights() {
    double[] weights = new double[Toy.PIXELS * K];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) Math.sin(1 + 3 * i);
    }
    return weights;
  }

  private static FeaturesConfig.Builder config() {
    FeaturesConfig.Builder config = FeaturesConfig.newBuilder();
    config.getOptimiserBuilder().setLearningRate(0.01).setWeightDecay(0);
    config.getAugmentationBuilder().setShift(0).setFlip(false);
    return config;
  }

  /** A step of the classifier x' W, which keeps the images that it is given. */
  private static final class Fixture implements AutoCloseable {
    final Toy toy = new Toy();
    final Trainable model;
    final ClassifierStep step;
    Expr seen;

    Fixture(FeaturesConfig config) {
      State state = Tiny.state(toy.tf);
      float[] values = new float[WEIGHTS.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) WEIGHTS[i];
      }
      model =
          Trainable.create(
              toy.tf, state, "model", WeightArrays.vector(values), config.getOptimiser());
      step = ClassifierStep.build(toy.tf, toy.in, this::logits, model, state, config);
      state.initialise(toy.g.session());
    }

    private Expr logits(Expr x) {
      seen = x;
      Operand<TFloat32> w =
          WeightArrays.vector(new float[Toy.PIXELS * K])
              .parameters()
              .split(toy.tf, model.weights())
              .get("w");
      Expr matrix = Expr.of(toy.tf, w).reshape(Toy.PIXELS, K);
      return Expr.of(toy.tf, toy.tf.linalg.matMul(x.reshape(-1, Toy.PIXELS), matrix));
    }

    float scalar(Reading name) {
      return toy.run(step.turn().scalars().get(name)).get(0)[0];
    }

    @Override
    public void close() {
      toy.close();
    }
  }

  private static double[] logits(double[] x) {
    double[] z = new double[K];
    for (int j = 0; j < x.length; j++) {
      for (int k = 0; k < K; k++) {
        z[k] += x[j] * WEIGHTS[j * K + k];
      }
    }
    return z;
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.3})
  void theLossIsTheCrossEntropyAndItsGradientGoesToTheOptimiser(double smoothing) {
    try (Fixture t = new Fixture(config().setLabelSmoothing(smoothing).build())) {
      double[][] x = Toy.perImage(t.toy.images);
      double loss = 0;
      double right = 0;
      double[] gradient = new double[WEIGHTS.length];
      for (int i = 0; i < Toy.B; i++) {
        double[] z = logits(x[i]);
        double sum = Arrays.stream(z).map(Math::exp).sum();
        boolean largest = true;
        for (int k = 0; k < K; k++) {
          double p = (t.toy.labels[i] == k ? 1 - smoothing : 0) + smoothing / K;
          double q = Math.exp(z[k]) / sum;
          loss -= p * Math.log(q) / Toy.B;
          for (int j = 0; j < Toy.PIXELS; j++) {
            gradient[j * K + k] += (q - p) * x[i][j] / Toy.B;
          }
          largest &= z[k] <= z[t.toy.labels[i]];
        }
        right += largest ? 1 : 0;
      }
      assertEquals(loss, t.scalar(Reading.LOSS), 1e-5 * loss);
      double norm = Math.sqrt(Arrays.stream(gradient).map(g -> g * g).sum());
      assertEquals(norm, t.scalar(Reading.GRADIENT_NORM), 1e-5 * norm);
      float[] found = t.toy.gradient(t.step.turn().scalars().get(Reading.LOSS), t.model.variable());
      for (int i = 0; i < gradient.length; i++) {
        assertEquals(gradient[i], found[i], 1e-5 * norm);
      }
      assertEquals(right / Toy.B, t.scalar(Reading.ACCURACY), 1e-6);
    }
  }

  @Test
  void theClassifierSeesAugmentedImages() {
    try (Fixture t = new Fixture(config().build())) {
      assertArrayEquals(t.toy.images, t.toy.run(t.seen).get(0));
    }
    FeaturesConfig.Builder moving = config();
    moving.getAugmentationBuilder().setShift(1);
    FeaturesConfig.Builder mirroring = config();
    mirroring.getAugmentationBuilder().setFlip(true);
    for (FeaturesConfig.Builder config : new FeaturesConfig.Builder[] {moving, mirroring}) {
      try (Fixture t = new Fixture(config.build())) {
        assertFalse(Arrays.equals(t.toy.images, t.toy.run(t.seen).get(0)));
      }
    }
  }

  @Test
  void plainImagesAreSoonToldApart() throws IOException {
    FeaturesConfig.Builder config = config().setSteps(60).setBatchSize(16);
    config.setPrecision(Precision.FLOAT32).getOptimiserBuilder().setLearningRate(5e-3);
    ClassifierConfig.Builder network = config.getClassifierBuilder().setFeatures(4);
    network.addLevelBuilder().setChannels(8).setBlocks(1);
    Classifier first = Classifier.build(config.getClassifier(), Shape.of(8, 8, 1), Tiny.CLASSES, 1);
    try (ClassifierTraining training = new ClassifierTraining(first, config.build())) {
      Batches batches = new Batches(PlainImages.of(30, 8, 8, Tiny.CLASSES), 16, 1);
      Map<Reading, Float> last =
          training.graph().run(batches, Tiny.outputs(folder), () -> false).last();
      assertTrue(last.get(Reading.ACCURACY) > 0.9, last.toString());
      assertTrue(last.get(Reading.LOSS) < 0.5 * Math.log(Tiny.CLASSES), last.toString());
      assertFalse(
          Arrays.equals(
              WeightArrays.of(first.weights()), WeightArrays.of(training.result().weights())));
    }
  }
}

package io.github.fdistill.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.MixtureConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.diffusion.GaussianMixture;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.savedmodel.TensorBundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

/** A mixture of Gaussians as a denoiser like any other: its formulas, through a SavedModel. */
class MixtureModelTest {
  private static final float[] X = {0, 0, -0.7f, 0.4f, 0.1f, 0.3f, 30, -9, -1.2f, 1.4f};
  private static final double[] SIGMA = {0.05, 0.5, 3, 80, 0.002};
  private static final int ROWS = SIGMA.length;

  private static NetworkConfig.Builder config() {
    NetworkConfig.Builder network = NetworkConfig.newBuilder();
    network.getImageBuilder().setHeight(1).setWidth(1).setChannels(2);
    network.getMixtureBuilder().addComponent(component(3, -0.7, 0.2).addVariance(0.02));
    network
        .getMixtureBuilder()
        .addComponent(component(1, 0.5, 0.9).addVariance(0.3).addVariance(0.05));
    return network;
  }

  private static MixtureConfig.Component.Builder component(double weight, double... mean) {
    MixtureConfig.Component.Builder component = MixtureConfig.Component.newBuilder();
    for (double coordinate : mean) {
      component.addMean(coordinate);
    }
    return component.setWeight(weight);
  }

  private static DenoiserModel model() {
    return Networks.denoiser(config().build(), 1);
  }

  /** Every output of the model's function. */
  private static Map<String, float[]> outputs(DenoiserModel model) {
    try (TestGraph g = new TestGraph()) {
      Expr x = Expr.of(g.tf, g.tf.constant(X)).reshape(-1, 1, 1, 2);
      Map<String, float[]> values = new LinkedHashMap<>();
      for (Map.Entry<String, Output<?>> output :
          model
              .function()
              .call(g.tf, "net", Map.of("x", x, "sigma", g.constant(SIGMA)), Map.of())
              .entrySet()) {
        values.put(output.getKey(), g.value(output.getValue().expect(TFloat32.class)));
      }
      return values;
    }
  }

  @Test
  void sharesAreWeightsOverTheirSumAndOneVarianceIsForAllCoordinates() {
    GaussianMixture mixture = Networks.mixture(config().build());
    assertArrayEquals(new double[] {0.75, 0.25}, mixture.weights());
    assertArrayEquals(new double[] {0.02, 0.02}, mixture.variances()[0]);
    assertArrayEquals(new double[] {0.3, 0.05}, mixture.variances()[1]);
  }

  @Test
  void itIsADenoiserWithoutWeightsOrLabels() {
    DenoiserModel model = model();
    assertEquals(0, model.weights().parameters().size());
    assertTrue(model.conditioning().isEmpty());
    assertEquals(Shape.of(1, 1, 2), model.image());
    double deviation = Networks.mixture(config().build()).standardDeviation();
    assertEquals(deviation, model.info().getSigmaData());
    assertEquals(
        Map.of("features_1x1", Shape.of(1, 1, 2 * 2 + 2 + 16), "log_density", Shape.of(1, 1, 1)),
        model.featureShapes());
  }

  /** Each a function of doubles: by finite differences of log p_sigma(x). */
  @Test
  void itsOutputsAreThoseOfTheMixture() {
    GaussianMixture mixture = Networks.mixture(config().build());
    Map<String, float[]> found = outputs(model());
    assertEquals(ROWS * 22, found.get("features_1x1").length);
    double variance = mixture.standardDeviation() * mixture.standardDeviation();
    for (int i = 0; i < ROWS; i++) {
      double[] x = {X[2 * i], X[2 * i + 1]};
      double sigma = (float) SIGMA[i];
      double logDensity = mixture.logDensity(x, sigma);
      String where = "row " + i;
      assertEquals(
          logDensity, found.get("log_density")[i], 1e-5 * (1 + Math.abs(logDensity)), where);
      float[] features = found.get("features_1x1");
      double sum = 0;
      for (int k = 0; k < 2; k++) {
        sum += features[22 * i + 4 + k];
      }
      assertEquals(1, sum, 1e-5, where);
      for (int d = 0; d < 2; d++) {
        double step = 1e-5 * sigma;
        double[] above = x.clone();
        double[] below = x.clone();
        above[d] += step;
        below[d] -= step;
        double score =
            (mixture.logDensity(above, sigma) - mixture.logDensity(below, sigma)) / (2 * step);
        // E[x0 | x] = x + sigma^2 score, and so (x - E[x0 | x]) / sigma = -sigma score.
        double denoised = x[d] + sigma * sigma * score;
        double tolerance = 2e-5 * (1 + Math.abs(x[d]));
        assertEquals(denoised, found.get("denoised")[2 * i + d], tolerance, where);
        double scaled = x[d] / Math.sqrt(sigma * sigma + variance);
        assertEquals(scaled, features[22 * i + d], 1e-5 * (1 + Math.abs(scaled)), where);
        double offset = -sigma * score;
        // The difference of two floats, divided by sigma.
        double rounding = 1e-6 * (1 + Math.abs(x[d])) / sigma + 1e-4 * Math.abs(offset);
        assertEquals(offset, features[22 * i + 2 + d], rounding, where);
      }
    }
  }

  @Test
  void asASavedModelItReadsBackBitForBit(@TempDir Path folder) throws IOException {
    write(folder);
    DenoiserModel read = DenoiserModel.read(folder);
    DenoiserModel model = model();
    assertEquals(model.image(), read.image());
    assertEquals(model.info(), read.info());
    assertEquals(model.featureShapes(), read.featureShapes());
    assertEquals(0, read.weights().parameters().size());
    Map<String, float[]> expected = outputs(model);
    Map<String, float[]> found = outputs(read);
    assertEquals(expected.keySet(), found.keySet());
    expected.forEach((name, values) -> assertArrayEquals(values, found.get(name), name));
  }

  @Test
  void tensorFlowsOwnLoaderGivesTheSameNumbers(@TempDir Path folder) throws IOException {
    write(folder);
    assertFalse(Files.exists(folder.resolve("variables")), "there is nothing to restore");
    Map<String, float[]> expected = outputs(model());
    try (SavedModelBundle bundle = SavedModelBundle.load(folder.toString(), "serve");
        Tensor x = TensorBundle.tensor(Shape.of(ROWS, 1, 1, 2), X);
        Tensor sigma = TensorBundle.tensor(Shape.of(ROWS), TestGraph.floats(SIGMA));
        Result result = bundle.function("denoise").call(Map.of("x", x, "sigma", sigma))) {
      for (String name : expected.keySet()) {
        float[] found = TensorBundle.floats((TFloat32) result.get(name).orElseThrow());
        assertArrayEquals(expected.get(name), found, 1e-5f, name);
      }
    }
  }

  private static void write(Path folder) throws IOException {
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      model().addTo(builder);
      builder.write(folder);
      model().writeInfo(folder);
    }
  }

  private static void assertRefused(String part, Consumer<NetworkConfig.Builder> change) {
    NetworkConfig.Builder config = config();
    change.accept(config);
    String message =
        assertThrows(InputException.class, () -> Networks.denoiser(config.build(), 1)).getMessage();
    assertTrue(message.contains(part), message);
  }

  private static Consumer<NetworkConfig.Builder> first(
      Consumer<MixtureConfig.Component.Builder> change) {
    return config -> change.accept(config.getMixtureBuilder().getComponentBuilder(0));
  }

  @Test
  void whatDescribesNoMixtureIsRefusedByItsField() {
    String first = "mixture.component[0]";
    assertRefused("image: 2x1 pixels", config -> config.getImageBuilder().setHeight(2));
    assertRefused("image: 1x3 pixels", config -> config.getImageBuilder().setWidth(3));
    assertRefused("classes: 3", config -> config.setClasses(3));
    assertRefused("mixture.component: none", config -> config.getMixtureBuilder().clearComponent());
    assertRefused(first + ".mean: [-0.7, 0.2, 1.0]", first(c -> c.addMean(1)));
    assertRefused("2 coordinates, as image.channels says", first(c -> c.clearMean()));
    assertRefused("3 coordinates", config -> config.getImageBuilder().setChannels(3));
    assertRefused(first + ".mean: [NaN, 0.2]", first(c -> c.setMean(0, Double.NaN)));
    assertRefused(first + ".variance: [0.0]", first(c -> c.setVariance(0, 0)));
    assertRefused(first + ".variance: []", first(c -> c.clearVariance()));
    assertRefused(
        first + ".variance: [0.02, 1.0, 1.0]", first(c -> c.addVariance(1).addVariance(1)));
    assertRefused(first + ".variance: [0.02, -1.0]", first(c -> c.addVariance(-1)));
    assertRefused(first + ".weight: 0.0", first(c -> c.setWeight(0)));
    assertRefused(first + ".weight: Infinity", first(c -> c.setWeight(Double.POSITIVE_INFINITY)));
    assertRefused("body: nothing", NetworkConfig.Builder::clearMixture);
  }
}

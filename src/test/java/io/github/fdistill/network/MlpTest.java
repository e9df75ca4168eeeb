package io.github.fdistill.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.MlpConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.savedmodel.WeightArrays;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

class MlpTest {

  private static NetworkConfig.Builder config(int classes, Integer... hidden) {
    NetworkConfig.Builder network = NetworkConfig.newBuilder().setClasses(classes);
    network.getImageBuilder().setHeight(1).setWidth(1).setChannels(2);
    network.getMlpBuilder().addAllHidden(List.of(hidden));
    return network;
  }

  /** Every parameter far from its first value, the zeros of the last layer too. */
  private static DenoiserModel randomised(NetworkConfig.Builder config) {
    DenoiserModel model = Networks.denoiser(config.build(), 1);
    return model.with(TestNetworks.random(model, 7, 0.5));
  }

  private static float[] denoised(DenoiserModel model, float[] x, double sigma, int label) {
    try (TestGraph g = new TestGraph()) {
      int rows = x.length / 2;
      double[] sigmas = new double[rows];
      int[] labels = new int[rows];
      Arrays.fill(sigmas, sigma);
      Arrays.fill(labels, label);
      Map<String, Operand<?>> inputs = new HashMap<>();
      inputs.put("x", Expr.of(g.tf, g.tf.constant(x)).reshape(-1, 1, 1, 2));
      inputs.put("sigma", g.constant(sigmas));
      if (!model.conditioning().isEmpty()) {
        inputs.put("label", g.tf.constant(labels));
      }
      var weights = TestNetworks.split(g, model.function(), WeightArrays.of(model.weights()));
      return g.value(
          model
              .function()
              .call(g.tf, "net", inputs, weights)
              .get(DenoiserModel.DENOISED)
              .expect(TFloat32.class));
    }
  }

  /**
   * D((a + b) / 2) = (D(a) + D(b)) / 2 for points as far apart as the noise is wide; of a hidden
   * layer, and of waves beside the values, it is not so.
   */
  @ParameterizedTest
  @ValueSource(doubles = {0.05, 1, 20})
  void withoutHiddenLayersItIsLinear(double sigma) {
    NetworkConfig.Builder waves = config(0);
    waves.getMlpBuilder().setValueChannels(4);
    assertEquals(0, bend(randomised(config(0)), sigma), 1e-5);
    assertTrue(bend(randomised(config(0, 8)), sigma) > 1e-2, "a hidden layer");
    assertTrue(bend(randomised(waves), sigma) > 1e-2, "waves");
  }

  /** How far the middle of two points comes from the middle of theirs, in parts of cOut. */
  private static double bend(DenoiserModel model, double sigma) {
    double wide = Math.hypot(sigma, 0.5);
    float[] x = TestGraph.floats(-3 * wide, 2 * wide, 5 * wide, wide, wide, 1.5 * wide);
    float[] y = denoised(model, x, sigma, 0);
    double cOut = sigma * 0.5 / wide;
    return Math.hypot(y[4] - (y[0] + y[2]) / 2, y[5] - (y[1] + y[3]) / 2) / cOut;
  }

  @Test
  void atFirstItIsTheBestDenoiserThatSeesNoImages() {
    float[] x = {-3, 2, 5, 1};
    double sigma = 2;
    double cSkip = 0.25 / (0.25 + sigma * sigma);
    float[] found = denoised(Networks.denoiser(config(0, 8, 8).build(), 1), x, sigma, 0);
    for (int i = 0; i < x.length; i++) {
      assertEquals(cSkip * x[i], found[i], 1e-6);
    }
  }

  @Test
  void itSeesEveryCoordinateTheNoiseLevelAndTheLabel() {
    DenoiserModel model = randomised(config(3, 8));
    float[] one = denoised(model, new float[] {0.3f, -0.2f}, 0.5, 1);
    assertArrayEquals(one, denoised(model, new float[] {0.3f, -0.2f}, 0.5, 1));
    double cSkip = 0.25 / (0.25 + 0.25);
    // What changes a coordinate comes by the network into the other one.
    float[] moved = denoised(model, new float[] {0.3f, 0.1f}, 0.5, 1);
    assertTrue(Math.abs(moved[0] - one[0]) > 1e-3);
    assertTrue(Math.abs(moved[1] - one[1] - cSkip * 0.3) > 1e-3);
    assertTrue(distance(one, denoised(model, new float[] {0.3f, -0.2f}, 0.5, 2)) > 1e-3, "label");
    float[] more = denoised(model, new float[] {0.3f, -0.2f}, 0.501, 1);
    assertTrue(distance(one, more) > 1e-5, "sigma");
  }

  private static double distance(float[] a, float[] b) {
    return Math.hypot(a[0] - b[0], a[1] - b[1]);
  }

  @Test
  void theLastHiddenLayerIsItsFeature() {
    assertEquals(
        Map.of("features_1x1", Shape.of(1, 1, 8)),
        Networks.denoiser(config(0, 16, 8).build(), 1).featureShapes());
    assertEquals(Map.of(), Networks.denoiser(config(0).build(), 1).featureShapes());
  }

  private static void assertRefused(String part, Consumer<MlpConfig.Builder> change) {
    NetworkConfig.Builder config = config(0, 8);
    change.accept(config.getMlpBuilder());
    String message =
        assertThrows(InputException.class, () -> Networks.denoiser(config.build(), 1)).getMessage();
    assertTrue(message.contains(part), message);
  }

  @Test
  void whatDescribesNoLayersIsRefused() {
    assertRefused("mlp.hidden: [8, 0]", mlp -> mlp.addHidden(0));
    assertRefused("mlp.noise_channels: 3", mlp -> mlp.setNoiseChannels(3));
    assertRefused("mlp.noise_channels: 0", mlp -> mlp.setNoiseChannels(0));
    assertRefused("mlp.value_channels: 1", mlp -> mlp.setValueChannels(1));
    assertRefused("mlp.value_channels: -2", mlp -> mlp.setValueChannels(-2));
  }
}

package io.github.fdistill.network;

import static io.github.fdistill.network.TestNetworks.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.UNetConfig;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.Noise;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.savedmodel.WeightArrays;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

class NetworksTest {
  private static final double[] SIGMA = {0.01, 0.5, 20};
  private static final int IMAGE = 8 * 8 * 2;

  private static NetworkConfig patched() {
    NetworkConfig.Builder config = TestNetworks.config();
    config.getUnetBuilder().setPatch(2);
    return config.build();
  }

  /** Every parameter far from its first value, those that start at 0 or 1 too. */
  private static float[] randomised(DenoiserModel model) {
    float[] values = WeightArrays.of(model.weights());
    float[] noise = random(9, values.length, 0.2);
    for (int i = 0; i < values.length; i++) {
      values[i] += noise[i];
    }
    return values;
  }

  @Test
  void atFirstItIsTheBestDenoiserThatSeesNoImages() {
    for (NetworkConfig config : List.of(TestNetworks.config().build(), patched())) {
      DenoiserModel model = Networks.denoiser(config, 1);
      float[] x = random(2, SIGMA.length * IMAGE, 3);
      float[] found =
          TestNetworks.denoised(
              model.function(), WeightArrays.of(model.weights()), x, SIGMA, 0, 1, 3);
      assertEquals(x.length, found.length);
      for (int i = 0; i < x.length; i++) {
        double sigma = SIGMA[i / IMAGE];
        double cSkip = 0.25 / (sigma * sigma + 0.25);
        assertEquals(cSkip * x[i], found[i], 1e-6 * Math.abs(cSkip * x[i]) + 1e-12);
      }
    }
  }

  @Test
  void eachLevelGivesItsFeatures() {
    DenoiserModel model = Networks.denoiser(TestNetworks.config().build(), 1);
    assertEquals(Shape.of(8, 8, 2), model.image());
    assertFalse(model.conditioning().isEmpty());
    assertEquals(
        Map.of("features_8x8", Shape.of(8, 8, 8), "features_4x4", Shape.of(4, 4, 16)),
        model.featureShapes());
    assertEquals(
        Map.of("features_4x4", Shape.of(4, 4, 8), "features_2x2", Shape.of(2, 2, 16)),
        Networks.denoiser(patched(), 1).featureShapes());
  }

  @Test
  void aRowDependsOnItsOwnImageNoiseLevelAndLabel() {
    DenoiserModel model = Networks.denoiser(TestNetworks.config().build(), 1);
    float[] values = randomised(model);
    float[] image = random(5, IMAGE, 1);
    float[] x = new float[4 * IMAGE];
    for (int row = 0; row < 4; row++) {
      System.arraycopy(image, 0, x, row * IMAGE, IMAGE);
    }
    double[] sigma = {0.5, 0.5, 0.5, 0.6};
    float[] found = TestNetworks.denoised(model.function(), values, x, sigma, 1, 1, 3, 1);
    assertArrayEquals(row(found, 0), row(found, 1), 1e-6f);
    assertTrue(distance(row(found, 0), row(found, 2)) > 1e-3, "label");
    assertTrue(distance(row(found, 0), row(found, 3)) > 1e-3, "sigma");

    float[] alone = TestNetworks.denoised(model.function(), values, image, new double[] {0.5}, 3);
    assertArrayEquals(row(found, 2), alone, 1e-5f);
  }

  private static float[] row(float[] values, int row) {
    return Arrays.copyOfRange(values, row * IMAGE, (row + 1) * IMAGE);
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.pow(a[i] - b[i], 2);
    }
    return Math.sqrt(sum / a.length);
  }

  @Test
  void anUnconditionalNetworkTakesNoLabel() {
    NetworkConfig config = TestNetworks.config().setClasses(0).build();
    DenoiserModel model = Networks.denoiser(config, 1);
    assertTrue(model.conditioning().isEmpty());
    assertFalse(model.function().parameters().names().stream().anyMatch(n -> n.contains("label")));
  }

  @Test
  void theGradientReachesEveryParameter() {
    DenoiserModel model = Networks.denoiser(TestNetworks.config().build(), 1);
    float[] values = randomised(model);
    try (TestGraph g = new TestGraph()) {
      Placeholder<TFloat32> vector =
          g.tf.placeholder(
              TFloat32.class, Placeholder.shape(Shape.of(model.function().parameters().length())));
      float[] x = random(2, 4 * IMAGE, 1);
      double[] sigma = {0.1, 0.5, 2, 7};
      int[] label = {0, 1, 2, 3};
      Expr denoised =
          TestNetworks.outputs(g, model.function(), vector, x, sigma, label, Map.of())
              .get(DenoiserModel.DENOISED);
      Expr loss = denoised.square().mean();
      Expr gradient = Expr.of(g.tf, g.tf.gradients(loss, List.of(vector)).dy(0));
      float[] found =
          g.run(
                  Map.of(vector, WeightArrays.withZeros(model.function().parameters(), values)),
                  List.of(),
                  List.of(gradient))
              .get(0);
      Map<String, float[]> parts = TestNetworks.parts(model.function(), found);
      parts.forEach(NetworksTest::assertNoneIsZero);
    }
  }

  private static void assertNoneIsZero(String name, float[] gradient) {
    for (int i = 0; i < gradient.length; i++) {
      // Softmax does not see what is added to every key alike.
      boolean keyBias = name.endsWith("qkv/bias") && i / (gradient.length / 3) == 1;
      assertTrue(keyBias || gradient[i] != 0, name + ", number " + i);
    }
  }

  @Test
  void theFirstValuesAreAFunctionOfTheSeed() {
    NetworkConfig config = TestNetworks.config().build();
    float[] values = WeightArrays.of(Networks.denoiser(config, 5).weights());
    assertArrayEquals(values, WeightArrays.of(Networks.denoiser(config, 5).weights()));
    Map<String, float[]> one = TestNetworks.parts(Networks.denoiser(config, 5));
    Map<String, float[]> other = TestNetworks.parts(Networks.denoiser(config, 6));
    one.forEach(
        (name, part) -> {
          if (Arrays.stream(toDoubles(part)).distinct().count() > 1) {
            assertNotEquals(part[0], other.get(name)[0], name);
          }
        });
  }

  private static double[] toDoubles(float[] values) {
    double[] doubles = new double[values.length];
    Arrays.setAll(doubles, i -> values[i]);
    return doubles;
  }

  /** Drawn per name: two layers of one shape differ, and have variance 1 / inputs. */
  @Test
  void theFirstValuesOfALayerAreScaledByItsInputs() {
    DenoiserModel model = Networks.denoiser(TestNetworks.config().build(), 5);
    Map<String, float[]> parts = TestNetworks.parts(model);
    parts.forEach(
        (name, part) -> {
          boolean zero = name.matches("(.*/conv_2|.*/projection|out)/kernel|.*/(bias|offset)");
          if (zero) {
            assertEquals(0, distance(part, new float[part.length]), name);
          } else if (name.endsWith("/kernel")) {
            Shape shape =
                model.function().parameters().list().stream()
                    .filter(p -> p.name().equals(name))
                    .findFirst()
                    .orElseThrow()
                    .shape();
            double inputs = (double) shape.size() / shape.get(shape.numDimensions() - 1);
            double variance = inputs * Math.pow(distance(part, new float[part.length]), 2);
            assertEquals(1, variance, 5 * Math.sqrt(2.0 / part.length), name);
          }
        });
    assertFalse(
        Arrays.equals(
            parts.get("down_0_block_0/shift/kernel"), parts.get("up_0_block_0/shift/kernel")));
  }

  private static void assertRefused(String part, Consumer<NetworkConfig.Builder> change) {
    NetworkConfig.Builder config = TestNetworks.config();
    change.accept(config);
    String message =
        assertThrows(InputException.class, () -> Networks.denoiser(config.build(), 1)).getMessage();
    assertTrue(message.contains(part), message);
  }

  private static Consumer<NetworkConfig.Builder> unet(Consumer<UNetConfig.Builder> change) {
    return config -> change.accept(config.getUnetBuilder());
  }

  private static Consumer<NetworkConfig.Builder> mlp(List<Integer> hidden) {
    return config -> config.getMlpBuilder().addAllHidden(hidden);
  }

  @Test
  void whatDescribesNoNetworkIsRefused() {
    assertRefused("unet.multiplier", unet(UNetConfig.Builder::clearMultiplier));
    assertRefused("divide by 16", unet(u -> u.addMultiplier(2).setPatch(4)));
    assertRefused("divide by 2", config -> config.getImageBuilder().setWidth(9));
    assertRefused("divide by", unet(u -> u.addAllMultiplier(Collections.nCopies(40, 1))));
    assertRefused("unet.multiplier", unet(u -> u.setMultiplier(0, 0)));
    assertRefused("image", NetworkConfig.Builder::clearImage);
    assertRefused("unet.patch", unet(u -> u.setPatch(0)));
    assertRefused("unet.channels", unet(u -> u.setChannels(0)));
    assertRefused("unet.blocks", unet(u -> u.setBlocks(0)));
    assertRefused("unet.blocks", unet(u -> u.setBlocks(2_000_000_000)));
    assertRefused("unet.multiplier", unet(u -> u.setMultiplier(0, 1 << 30)));
    assertRefused("mlp.hidden", mlp(List.of(8, 1 << 30)));
    assertRefused("mlp.hidden: 5000 of them", mlp(Collections.nCopies(5000, 8)));
    assertRefused("unet.dropout", unet(u -> u.setDropout(1)));
    assertRefused("unet.group_channels", unet(u -> u.setGroupChannels(0)));
    assertRefused("unet.group_channels", unet(u -> u.setChannels(10).setGroupChannels(4)));
    assertRefused("unet.group_channels", unet(u -> u.setChannels(6).setGroupChannels(8)));
    assertRefused("of the levels: [8, 4]", unet(u -> u.addAttentionResolution(7)));
    assertRefused("of the levels: [4, 2]", unet(u -> u.setPatch(2).addAttentionResolution(8)));
    assertRefused("classes", config -> config.setClasses(-1));
    assertRefused("sigma_data", config -> config.setSigmaData(0));
  }

  /**
   * Groups as large as a level's doubled width are whole, on the level too; larger ones as well.
   */
  @ParameterizedTest
  @ValueSource(ints = {3, 4})
  void narrowLevelsAreOneGroup(int channels) {
    float[] whole = ofTwoLevels(channels, 12);
    assertArrayEquals(ofTwoLevels(channels, 2 * channels), whole, 1e-6f);
    double apart = distance(ofTwoLevels(channels, channels), whole);
    assertTrue(apart > 1e-3, "two groups, where the levels meet: " + apart);
  }

  private static float[] ofTwoLevels(int channels, int groupChannels) {
    NetworkConfig.Builder config = TestNetworks.config();
    config.getUnetBuilder().setChannels(channels).setGroupChannels(groupChannels);
    config.getUnetBuilder().setMultiplier(1, 1);
    DenoiserModel model = Networks.denoiser(config.build(), 1);
    float[] x = random(2, IMAGE, 1);
    return TestNetworks.denoised(model.function(), randomised(model), x, new double[] {1}, 0);
  }

  @Test
  void dropoutKeepsTheMeanAndIsAFunctionOfSeedAndStep() {
    float[] ones = new float[40_000];
    Arrays.fill(ones, 1);
    float[] found = dropped(0.5, 3, 7, ones);
    int kept = 0;
    for (float value : found) {
      assertTrue(value == 0 || value == 2, "0 or 1 / (1 - rate)");
      kept += value > 0 ? 1 : 0;
    }
    assertEquals(0.5, (double) kept / ones.length, 5 * 0.5 / Math.sqrt(ones.length));
    assertArrayEquals(found, dropped(0.5, 3, 7, ones));
    assertEquals(Math.sqrt(2), distance(found, dropped(0.5, 3, 8, ones)), 0.05, "another step");
    assertEquals(Math.sqrt(2), distance(found, dropped(0.5, 4, 7, ones)), 0.05, "another seed");

    double mean = 0;
    for (float value : dropped(0.1, 3, 7, ones)) {
      mean += value / ones.length;
    }
    assertEquals(1, mean, 5 * Math.sqrt(0.1 / 0.9 / ones.length));
  }

  private static float[] dropped(double rate, long seed, long step, float[] x) {
    try (TestGraph g = new TestGraph()) {
      RandomDropout dropout = dropout(g, rate, new Noise(seed, g.tf.constant(step)));
      return g.value(dropout.apply(Expr.of(g.tf, g.tf.constant(x))));
    }
  }

  private static RandomDropout dropout(TestGraph g, double rate, Noise noise) {
    return new RandomDropout(rate, noise, g.tf.constant(0L));
  }

  @Test
  void twoLayersDropIndependently() {
    try (TestGraph g = new TestGraph()) {
      RandomDropout dropout = dropout(g, 0.5, new Noise(1, g.tf.constant(1L)));
      float[] ones = new float[40_000];
      Arrays.fill(ones, 1);
      Expr x = Expr.of(g.tf, g.tf.constant(ones));
      float[] first = g.value(dropout.apply(x));
      assertEquals(Math.sqrt(2), distance(first, g.value(dropout.apply(x))), 0.05);
    }
  }

  /** Its denoised images, and the gradient of a sum of their squares by the weights. */
  private static List<float[]> withGradient(NetworkFunction function, float[] values, float[] x) {
    try (TestGraph g = new TestGraph()) {
      Operand<TFloat32> weights = WeightArrays.constant(g.tf, function.parameters(), values);
      int[] label = {0, 1, 2};
      Expr denoised =
          TestNetworks.outputs(g, function, weights, x, SIGMA, label, Map.of())
              .get(DenoiserModel.DENOISED);
      Graph graph = (Graph) g.tf.scope().env();
      Output<?> loss = denoised.square().sum().asOutput();
      Output<?> gradient = graph.addGradients(loss, new Output<?>[] {weights.asOutput()})[0];
      return g.run(Map.of(), List.of(), List.of(denoised, gradient.expect(TFloat32.class)));
    }
  }

  /** With attention, groups and an embedding: the whole of it, in both precisions. */
  @Test
  void whatTrainsIsTheSameNetworkInOtherOps() {
    NetworkConfig.Builder config = TestNetworks.config();
    config.getUnetBuilder().clearMultiplier().addMultiplier(1);
    config.getUnetBuilder().clearAttentionResolution().addAttentionResolution(8);
    DenoiserModel model = Networks.denoiser(config.build(), 1);
    NetworkFunction function = model.function().only(List.of(DenoiserModel.DENOISED));
    float[] values = randomised(model);
    float[] x = random(2, SIGMA.length * IMAGE, 1);
    for (Precision precision : List.of(Precision.FLOAT32, Precision.BFLOAT16)) {
      NetworkFunction plain = StudentModel.inPrecision(function, precision);
      NetworkFunction training = StudentModel.forTraining(function, precision);
      assertFalse(plain.graph().toString().contains("IdentityN"));
      assertTrue(training.graph().toString().contains("IdentityN"));
      List<float[]> expected = withGradient(plain, values, x);
      List<float[]> found = withGradient(training, values, x);
      // In bfloat16 a number that is rounded the other way is wrong by 1/256.
      double close = precision == Precision.FLOAT32 ? 1e-5 : 1e-2;
      for (int i = 0; i < 2; i++) {
        double size = distance(expected.get(i), new float[expected.get(i).length]);
        assertEquals(0, distance(expected.get(i), found.get(i)), close * size);
      }
    }
  }

  @Test
  void theTrainedFunctionIsTheSameNetworkWithFeaturesDropped() {
    NetworkConfig.Builder config = TestNetworks.config();
    config.getUnetBuilder().setDropout(0.5);
    DenoiserModel model = Networks.denoiser(config.build(), 1);
    NetworkFunction trained = Networks.trained(config.build(), 1);
    assertEquals(model.function().parameters(), trained.parameters());
    assertFalse(model.function().inputs().containsKey("step"));

    float[] values = randomised(model);
    float[] x = random(2, IMAGE, 1);
    try (TestGraph g = new TestGraph()) {
      Placeholder<TInt64> step = g.tf.placeholder(TInt64.class);
      Expr denoised =
          TestNetworks.outputs(
                  g,
                  trained,
                  WeightArrays.constant(g.tf, trained.parameters(), values),
                  x,
                  new double[] {1},
                  new int[] {0},
                  Map.of("step", step, "first_row", g.tf.constant(0L)))
              .get(DenoiserModel.DENOISED);
      float[] one = g.run(Map.of(step, 1L), List.of(), List.of(denoised)).get(0);
      float[] again = g.run(Map.of(step, 1L), List.of(), List.of(denoised)).get(0);
      float[] two = g.run(Map.of(step, 2L), List.of(), List.of(denoised)).get(0);
      assertArrayEquals(one, again, 1e-6f);
      assertTrue(distance(one, two) > 1e-3);
    }
  }
}

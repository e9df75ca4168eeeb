package io.github.fdistill.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.diffusion.Convention;
import io.github.fdistill.diffusion.Disguise;
import io.github.fdistill.diffusion.GaussianMixture;
import io.github.fdistill.diffusion.NoiseSchedule;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

/** SavedModels that are called in other ways are the denoisers that they are. */
class MappedDenoiserTest {
  /** Its coordinates are unlike each other, so that an exchange of axes shows. */
  private static final GaussianMixture MIXTURE = Disguise.wide();

  @TempDir Path folder;

  private static ModelInfo info(String text) {
    Path place = Path.of("said.pbtxt");
    return new ModelInfo(
        Configs.parse(place, text, DenoiserInfo.getDefaultInstance()), place.toString());
  }

  private static String disguised(String rest) {
    return """
    mapping {
      x: "sample" time: "timestep" output: "prediction"
      constant { input: "training" flag: false }
      constant { input: "strength" number: 1 }
      %s
    }
    """
        .formatted(rest);
  }

  /** The schedule and range of a mapping, for the disguise. */
  private static Convention convention(String rest, boolean whole) {
    var mapping = info(disguised(rest)).info().getMapping();
    return Conventions.of(mapping, "test", whole && mapping.getTimeScale() == 1);
  }

  @ParameterizedTest
  @CsvSource({
    "true, false, 1, 'predicts: EPSILON ddpm { steps: 1000 }'",
    "false, false, 0.001, 'predicts: EPSILON ddpm { betas: COSINE steps: 50 } range { low: 0 }'",
    "false, true, 1, 'predicts: EPSILON ddpm { steps: 1000 }'",
    "true, true, 1, 'predicts: V ddpm { betas: SCALED_LINEAR steps: 1000 } range { low: 0 high: 9 }'",
    "true, false, 1, 'predicts: V ddpm { betas: COSINE steps: 200 between: NEAREST }'",
    "false, false, 1000, 'predicts: VELOCITY flow { }'",
    "true, false, 1, 'predicts: VELOCITY flow { from_noise: true } range { low: 0 high: 255 }'",
    "true, false, 1, 'predicts: DENOISED edm { }'",
    "false, false, 1, 'predicts: EPSILON edm { } range { low: 0 high: 1 }'",
  })
  void theyEqualThePlainOne(boolean channelsFirst, boolean whole, double scale, String rest)
      throws IOException {
    Convention convention = convention(rest, whole);
    Disguise disguise = new Disguise(MIXTURE, convention);
    ForeignModels.writeDisguised(folder, disguise, channelsFirst, whole, scale);
    String layout = channelsFirst ? " layout: NCHW" : "";
    ModelInfo said = info(disguised(rest + layout + " time_scale: " + scale));
    DenoiserModel model = DenoiserModel.read(folder, Optional.of(said));
    assertEquals(Shape.of(2, 1, 2), model.image());
    assertEquals(0, model.weights().parameters().size());
    compare(model, convention);
  }

  /** At the outermost levels and some between: of whole times at levels that have one. */
  private static double[] levels(DenoiserModel model, Convention convention) {
    double low = model.info().getSigmaMin();
    double high = model.info().getSigmaMax();
    assertEquals(Math.max(0.002, convention.sigmaMin()), low);
    assertEquals(Double.isFinite(convention.sigmaMax()) ? convention.sigmaMax() : 80, high);
    assertEquals(Math.min(80, high), model.sampledFrom());
    if (convention.schedule() instanceof NoiseSchedule.Steps steps && steps.nearest()) {
      double unit = steps.sigmas()[0] / convention.sigmaMin();
      int last = steps.sigmas().length - 1;
      return Arrays.stream(new int[] {0, 1, last / 7, last / 3, last / 2, (int) (0.9 * last)})
          .mapToDouble(t -> steps.sigmas()[t] / unit)
          .toArray();
    }
    double[] inner = {0.004, 0.03, 0.17, 0.5, 1, 2.5, 9, 30, low, high};
    return Arrays.stream(inner).filter(s -> low <= s && s <= high).toArray();
  }

  private static void compare(DenoiserModel model, Convention convention) {
    double[] levels = levels(model, convention);
    int rows = 20 * levels.length;
    double[] sigmas = new double[rows];
    Arrays.setAll(sigmas, i -> (float) levels[i % levels.length]);
    double[] points = noisy(sigmas);
    try (TestGraph g = new TestGraph()) {
      Expr x = g.constant(points).reshape(rows, 2, 1, 2);
      Expr sigma = g.constant(sigmas);
      Expr found = outputs(g, model, Map.of("x", x, "sigma", sigma)).get("denoised");
      Expr plain = MIXTURE.posterior(x.reshape(-1, 4), sigma).denoised().reshape(-1, 2, 1, 2);
      double coarse = convention.high() > 9 ? 20 : 1;
      same(g.value(plain), g.value(found), sigmas, coarse);
      float[] expected = g.value(gradient(plain, x));
      Arrays.fill(sigmas, 10);
      same(expected, g.value(gradient(found, x)), sigmas, coarse);
    }
  }

  private static double[] noisy(double[] sigmas) {
    Random random = new Random(5);
    java.util.SplittableRandom draws = new java.util.SplittableRandom(5);
    double[] points = new double[4 * sigmas.length];
    float[] point = new float[4];
    for (int i = 0; i < points.length; i++) {
      if (i % 4 == 0) {
        MIXTURE.draw(draws, point, 0);
      }
      points[i] = (float) (point[i % 4] + sigmas[i / 4] * random.nextGaussian());
    }
    return points;
  }

  private static void same(float[] expected, float[] found, double[] sigmas, double coarse) {
    assertEquals(expected.length, found.length);
    for (int i = 0; i < expected.length; i++) {
      double tolerance = coarse * (3e-6 + 1e-6 * sigmas[i / 4]);
      assertEquals(expected[i], found[i], tolerance, "sigma " + sigmas[i / 4]);
    }
  }

  private static Expr gradient(Expr y, Expr x) {
    Expr weights = Expr.of(y.tf(), y.tf().constant(new float[] {0.7f, -1.3f}));
    Output<?>[] gradients =
        ((Graph) y.tf().scope().env())
            .addGradients(
                y.times(weights).sum(0, 1, 2, 3).asOutput(), new Output<?>[] {x.asOutput()});
    return Expr.of(y.tf(), gradients[0].expect(TFloat32.class));
  }

  private static Map<String, Expr> outputs(
      TestGraph g, DenoiserModel model, Map<String, Operand<?>> inputs) {
    Operand<TFloat32> vector =
        WeightArrays.constant(
            g.tf, model.function().parameters(), WeightArrays.of(model.weights()));
    Map<String, Operand<TFloat32>> weights = model.function().parameters().split(g.tf, vector);
    Map<String, Expr> outputs = new LinkedHashMap<>();
    String prefix = g.tf.scope().makeOpName("net");
    model
        .function()
        .call(g.tf, prefix, inputs, weights)
        .forEach((name, t) -> outputs.put(name, Expr.of(g.tf, t.expect(TFloat32.class))));
    return outputs;
  }

  private static final String UNET =
      """
      classes: 3
      mapping {
        signature: "predict"
        x: "pixels" layout: NCHW
        time: "t" label: "c" output: "eps"
        predicts: EPSILON learned_variance: true
        ddpm { steps: 1000 }
        %s
      }
      """;

  private DenoiserModel unet(String more) throws IOException {
    ForeignModels.writeUnet(folder, 8, 3);
    return DenoiserModel.read(folder, Optional.of(info(UNET.formatted(more))));
  }

  private static Map<String, float[]> values(DenoiserModel model, double[] sigma, int... label) {
    try (TestGraph g = new TestGraph()) {
      Map<String, Operand<?>> inputs = new HashMap<>();
      inputs.put(
          "x",
          Expr.of(g.tf, g.tf.constant(TestNetworks.random(4, 64 * label.length, 1)))
              .reshape(label.length, 8, 8, 1));
      inputs.put("sigma", g.constant(sigma));
      inputs.put("label", g.tf.constant(label));
      Map<String, float[]> values = new LinkedHashMap<>();
      outputs(g, model, inputs).forEach((name, out) -> values.put(name, g.value(out)));
      return values;
    }
  }

  @Test
  void interiorMapsAreFeaturesByNameAndByHeight() throws IOException {
    DenoiserModel model =
        unet("feature { height: 4 } feature { height: 8 } feature { tensor: \"smallest\" }");
    assertEquals(
        Map.of(
            "features_4x4", Shape.of(4, 4, 4),
            "features_8x8", Shape.of(8, 8, 4),
            "smallest", Shape.of(4, 4, 4)),
        model.featureShapes());
    Map<String, float[]> values = values(model, new double[] {1, 1}, 0, 2);
    // The last at 4x4 on the way down is what the network's middle ends in; it knows the class.
    assertArrayEquals(values.get("smallest"), values.get("features_4x4"));
    float[] small = values.get("smallest");
    assertNotEquals(small[0], small[small.length / 2]);

    DenoiserModel byNode =
        unet("feature { tensor: \"middle/Mul\" } feature { tensor: \"Mul_1:0\" }");
    assertEquals(
        Map.of("middle/Mul", Shape.of(4, 4, 4), "Mul_1:0", Shape.of(8, 8, 4)),
        byNode.featureShapes());
    assertArrayEquals(small, values(byNode, new double[] {1, 1}, 0, 2).get("middle/Mul"), 1e-5f);
  }

  /** No class is a vector of zeros; a class is its own row. */
  @Test
  void labelsBecomeOneHot() throws IOException {
    DenoiserModel model = unet("");
    assertFalse(model.conditioning().isEmpty());
    assertEquals(3, model.info().getClasses());
    Map<String, float[]> seen = values(model, new double[] {1, 1, 1, 1}, 0, 1, 2, 3);
    float[] d = seen.get("denoised");
    float[] weights = WeightArrays.of(model.weights());
    int by = model.function().parameters().names().indexOf("class/kernel");
    assertTrue(by >= 0);
    // The network without its row for class 1 sees class 1 as no class.
    Map<String, float[]> parts = WeightArrays.split(model.function().parameters(), weights);
    Arrays.fill(parts.get("class/kernel"), 4, 8, 0);
    DenoiserModel without = TestNetworks.with(model, parts);
    float[] blind = values(without, new double[] {1, 1, 1, 1}, 0, 3, 2, 1).get("denoised");
    assertArrayEquals(Arrays.copyOfRange(d, 0, 64), Arrays.copyOfRange(blind, 0, 64), 1e-5f);
    float[] none = values(model, new double[] {1, 1, 1, 1}, 0, 3, 2, 3).get("denoised");
    assertArrayEquals(none, blind, 1e-5f);
    assertFalse(Arrays.equals(d, none));
  }

  /** eps is the first channel: D = x - sigma eps is linear in the head's first filter alone. */
  @Test
  void ofALearnedVarianceThePredictionIsTheFirstHalf() throws IOException {
    DenoiserModel model = unet("");
    Map<String, float[]> parts = TestNetworks.parts(model);
    float[] head = parts.get("head/kernel");
    float[] before = values(model, new double[] {2}, 1).get("denoised");
    for (int i = 1; i < head.length; i += 2) {
      head[i] += 5;
    }
    float[] variance = with(model, parts);
    assertArrayEquals(before, variance, 1e-5f);
    for (int i = 0; i < head.length; i += 2) {
      head[i] = 0;
    }
    // With eps 0 the image is what it was.
    assertArrayEquals(TestNetworks.random(4, 64, 1), with(model, parts), 1e-5f);
  }

  private static float[] with(DenoiserModel model, Map<String, float[]> parts) {
    DenoiserModel changed = TestNetworks.with(model, parts);
    return values(changed, new double[] {2}, 1).get("denoised");
  }

  /** What was mapped once is a denoiser like every other, in its file too. */
  @Test
  void writtenItIsOneOfOurs(@TempDir Path second) throws IOException {
    DenoiserModel model = unet("feature { height: 4 }");
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      model.addTo(builder);
      builder.write(second);
      model.writeInfo(second);
    }
    DenoiserModel read = DenoiserModel.read(second);
    assertFalse(read.info().hasMapping());
    assertEquals(model.info(), read.info());
    assertEquals(model.featureShapes(), read.featureShapes());
    Map<String, float[]> expected = values(model, new double[] {0.1, 20}, 2, 0);
    Map<String, float[]> found = values(read, new double[] {0.1, 20}, 2, 0);
    expected.forEach((name, values) -> assertArrayEquals(values, found.get(name), 1e-4f, name));
  }

  /**
   * A function of Python's model, without a signature of its own, in the place of its signature.
   */
  @Test
  void aFunctionIsCalledLikeASignature() throws Exception {
    Path nested = Path.of(NetworksTest.class.getResource("../savedmodel/nested").toURI());
    String mapping =
        """
        mapping {
          function: "denoise" time: "sigma" label: "label" predicts: DENOISED edm { }
        }
        """;
    DenoiserModel plain = DenoiserModel.read(nested);
    DenoiserModel model = DenoiserModel.read(nested, Optional.of(info(mapping)));
    assertArrayEquals(WeightArrays.of(plain.weights()), WeightArrays.of(model.weights()));
    double[] sigma = {0.002, 1, 80};
    float[] expected = values(plain, sigma, 0, 3, 1).get("denoised");
    assertArrayEquals(expected, values(model, sigma, 0, 3, 1).get("denoised"), 1e-6f);
  }

  @Test
  void aModelCanSayItselfHowItIsCalled() throws IOException {
    ForeignModels.writeUnet(folder, 8, 3);
    Files.createDirectories(folder.resolve("assets.extra"));
    Files.writeString(
        folder.resolve("assets.extra/denoiser.pbtxt"), "sigma_max: 30 " + UNET.formatted(""));
    DenoiserModel model = DenoiserModel.read(folder);
    assertEquals(30, model.info().getSigmaMax());
    assertEquals(0.01, model.info().getSigmaMin(), 1e-6);
  }
}

package io.github.fdistill.network;

import static io.github.fdistill.config.DiscriminatorConfig.FirstWeights.NORMAL;
import static io.github.fdistill.config.DiscriminatorConfig.FirstWeights.UNIFORM;
import static io.github.fdistill.network.TestNetworks.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.network.DiscriminatorHead.Width;
import io.github.fdistill.savedmodel.WeightArrays;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;

class DiscriminatorHeadTest {

  private static float[] logits(
      DiscriminatorHead head, float[] values, Map<String, Shape> features, int first, int rows) {
    try (TestGraph g = new TestGraph()) {
      Map<String, Expr> maps = new LinkedHashMap<>();
      features.forEach(
          (name, shape) -> {
            int size = (int) shape.size();
            float[] all = random(name.hashCode(), 3 * size, 1);
            float[] some = Arrays.copyOfRange(all, first * size, (first + rows) * size);
            maps.put(
                name, Expr.of(g.tf, g.tf.constant(some)).reshape(shape.prepend(rows).asArray()));
          });
      Expr vector =
          Expr.of(g.tf, WeightArrays.constant(g.tf, head.function().parameters(), values));
      Expr logits =
          head.logits(g.tf, "head", maps, head.function().parameters().split(g.tf, vector)).mean();
      assertEquals(2, logits.shape().numDimensions());
      return g.value(logits);
    }
  }

  private static Expr firstWeights(TestGraph g, DiscriminatorHead head) {
    float[] values = WeightArrays.of(head.first());
    return Expr.of(g.tf, WeightArrays.constant(g.tf, head.function().parameters(), values));
  }

  @ParameterizedTest
  @ValueSource(ints = {28, 14, 7, 5, 4, 1})
  void eachImageHasALogitOfItsOwn(int pixels) {
    Map<String, Shape> features = Map.of("map", Shape.of(pixels, pixels, 6));
    DiscriminatorHead head = DiscriminatorHead.build(features, new Width(8, 0, 1), 1);
    float[] all = logits(head, WeightArrays.of(head.first()), features, 0, 3);
    assertEquals(3, all.length);
    assertTrue(Math.abs(all[0] - all[1]) > 1e-4, "it sees the map: " + all[0]);
    for (int row = 0; row < 3; row++) {
      float[] alone = logits(head, WeightArrays.of(head.first()), features, row, 1);
      assertEquals(all[row], alone[0], 1e-5 * (1 + Math.abs(all[row])), "row " + row);
    }
  }

  /** Fully connected layers over a long map would be most of the head. */
  @Test
  void aLongMapIsHalvedAsASquareOneIs() {
    for (Shape map : List.of(Shape.of(2, 32, 6), Shape.of(32, 2, 6))) {
      Map<String, Shape> features = Map.of("map", map);
      DiscriminatorHead head = DiscriminatorHead.build(features, new Width(8, 0, 1), 1);
      List<String> names = head.function().parameters().names();
      assertTrue(names.stream().anyMatch(name -> name.contains("conv_2")), "1x4 then: " + names);
      assertTrue(names.stream().noneMatch(name -> name.contains("conv_3")), "" + names);
    }
  }

  @Test
  void theLogitIsTheMeanOfTheHeads() {
    Map<String, Shape> both = new LinkedHashMap<>();
    both.put("large", Shape.of(7, 7, 4));
    both.put("small", Shape.of(4, 4, 6));
    DiscriminatorHead head = DiscriminatorHead.build(both, new Width(8, 0, 1), 1);
    float[] expected = new float[3];
    for (String name : both.keySet()) {
      Map<String, Shape> one = Map.of(name, both.get(name));
      DiscriminatorHead alone = DiscriminatorHead.build(one, new Width(8, 0, 1), 1);
      // A parameter's first values are drawn from its name, so they are those of the joint head.
      float[] found = logits(alone, WeightArrays.of(alone.first()), one, 0, 3);
      for (int row = 0; row < 3; row++) {
        expected[row] += found[row] / 2;
      }
    }
    float[] found = logits(head, WeightArrays.of(head.first()), both, 0, 3);
    for (int row = 0; row < 3; row++) {
      assertEquals(expected[row], found[row], 1e-5 * (1 + Math.abs(expected[row])));
    }
  }

  /** Both kinds of its layers, all with random weights, in double precision. */
  @Test
  void aHeadIsItsFormula() {
    Map<String, Shape> features = Map.of("map", Shape.of(8, 8, 3));
    DiscriminatorHead head = DiscriminatorHead.build(features, new Width(8, 2, 2), 1);
    Parameters parameters = head.function().parameters();
    float[] values = random(4, (int) parameters.size(), 0.5);
    Map<String, float[]> w = WeightArrays.split(parameters, values);
    double[] h = halved(random("map".hashCode(), 3 * 192, 1), w);
    h = active(h, 16, "norm_0", w);
    h = LayersTest.dense(h, 16 * 8, w.get("on_map/whole/kernel"), w.get("on_map/whole/bias"));
    h = active(h, 1, "norm_whole", w);
    h = LayersTest.dense(h, 8, w.get("on_map/whole_1/kernel"), w.get("on_map/whole_1/bias"));
    h = active(h, 1, "norm_whole_1", w);
    h = LayersTest.dense(h, 8, w.get("on_map/logit/kernel"), w.get("on_map/logit/bias"));
    float[] found = logits(head, values, features, 0, 3);
    for (int row = 0; row < 3; row++) {
      assertEquals(h[row], found[row], 1e-4, "row " + row);
    }
  }

  /** The convolution of 4x4 and stride 2, from [N,8,8,3] to [N,4,4,8]; zeros around. */
  private static double[] halved(float[] x, Map<String, float[]> w) {
    float[] kernel = w.get("on_map/conv_0/kernel");
    double[] y = new double[x.length / 192 * 128];
    for (int i = 0; i < y.length; i++) {
      int out = i % 8;
      y[i] = w.get("on_map/conv_0/bias")[out];
      for (int tap = 0; tap < 4 * 4 * 3; tap++) {
        int row = i / 32 % 4 * 2 + tap / 12 - 1;
        int column = i / 8 % 4 * 2 + tap / 3 % 4 - 1;
        if (0 <= row && row < 8 && 0 <= column && column < 8) {
          y[i] += kernel[tap * 8 + out] * x[i / 128 * 192 + row * 24 + column * 3 + tap % 3];
        }
      }
    }
    return y;
  }

  /** Normalised in two groups of four channels; then x sigmoid(x). */
  private static double[] active(double[] x, int pixels, String norm, Map<String, float[]> w) {
    float[] scale = w.get("on_map/" + norm + "/scale");
    float[] offset = w.get("on_map/" + norm + "/offset");
    double[] y = LayersTest.normalised(TestGraph.floats(x), pixels, 8, 4, scale, offset);
    return Arrays.stream(y).map(value -> value / (1 + Math.exp(-value))).toArray();
  }

  @Test
  void aHeadIsAsWideAsItsMapWhereNothingElseIsSaid() {
    Map<String, Shape> features = new LinkedHashMap<>();
    features.put("large", Shape.of(8, 8, 24));
    features.put("small", Shape.of(4, 4, 40));
    DiscriminatorHead head = DiscriminatorHead.build(features, new Width(0, 32, 1), 1);
    Map<String, Shape> shapes = new LinkedHashMap<>();
    head.function().parameters().list().forEach(p -> shapes.put(p.name(), p.shape()));
    assertEquals(Shape.of(4, 4, 24, 24), shapes.get("on_large/conv_0/kernel"));
    assertEquals(Shape.of(4 * 4 * 40, 40), shapes.get("on_small/whole/kernel"));
  }

  /**
   * U(-1, 1) / sqrt(inputs), of deviation 1 / sqrt(3 inputs), biases too; norms are as they are.
   */
  @Test
  void weightsAndBiasesBeginUniformWhereThatIsSaid() {
    Map<String, Shape> map = Map.of("map", Shape.of(8, 8, 16));
    Width width = new Width(0, 32, 1);
    float[] all = WeightArrays.of(DiscriminatorHead.build(map, width, UNIFORM, 1, 5).first());
    assertArrayEquals(
        all, WeightArrays.of(DiscriminatorHead.build(map, width, UNIFORM, 1, 5).first()));
    float[] other = WeightArrays.of(DiscriminatorHead.build(map, width, UNIFORM, 1, 6).first());
    assertFalse(Arrays.equals(all, other));
    DiscriminatorHead head = DiscriminatorHead.build(map, width, UNIFORM, 1, 5);
    Map<String, float[]> parts = WeightArrays.split(head.function().parameters(), all);
    Map<String, Integer> inputs =
        Map.of("on_map/conv_0/", 4 * 4 * 16, "on_map/whole/", 4 * 4 * 16, "on_map/logit/", 16);
    inputs.forEach(
        (layer, count) -> {
          double most = 1 / Math.sqrt(count);
          float[] kernel = parts.get(layer + "kernel");
          float[] bias = parts.get(layer + "bias");
          for (float value : kernel) {
            assertTrue(Math.abs(value) <= most, layer + value);
          }
          for (float value : bias) {
            assertTrue(Math.abs(value) <= most && value != 0, layer + value);
          }
          if (kernel.length > 1000) {
            double deviation = norm(kernel) / Math.sqrt(kernel.length);
            assertEquals(most / Math.sqrt(3), deviation, 0.03 * most, layer);
          }
        });
    assertArrayEquals(new float[16], parts.get("on_map/norm_0/offset"));
    float[] usual = WeightArrays.of(DiscriminatorHead.build(map, width, 5).first());
    Map<String, float[]> normal = WeightArrays.split(head.function().parameters(), usual);
    assertArrayEquals(new float[16], normal.get("on_map/conv_0/bias"));
    float[] kernel = normal.get("on_map/conv_0/kernel");
    assertEquals(1 / 16.0, norm(kernel) / Math.sqrt(kernel.length), 0.003);
  }

  @ParameterizedTest
  @CsvSource({
    "256, 32, 8",
    "768, 32, 24",
    "480, 32, 15",
    "40, 32, 2",
    "64, 64, 2",
    "37, 32, 37",
    "32, 32, 4",
    "32, 2, 16",
    "31, 32, 31",
    "8, 32, 4",
    "3, 32, 3",
    "256, 0, 16",
    "768, 0, 24",
    "128, 0, 16"
  })
  void groupsDivideTheChannels(int channels, int groups, int expected) {
    assertEquals(expected, new Width(channels, groups, 1).group(channels));
  }

  /** A group of one channel would make every number 0 where the map is one pixel. */
  @ParameterizedTest
  @ValueSource(ints = {8, 16, 32, 48, 64})
  void headsOfManyGroupsTellMapsApart(int channels) {
    DiscriminatorHead head =
        DiscriminatorHead.build(
            Map.of("map", Shape.of(4, 4, channels)), new Width(0, 64, 1), UNIFORM, 1, 1);
    try (TestGraph g = new TestGraph()) {
      Expr maps =
          Expr.of(g.tf, g.tf.constant(random(5, 2 * 16 * channels, 1))).reshape(2, 4, 4, channels);
      Expr vector = firstWeights(g, head);
      float[] logits =
          g.value(
              head.logits(
                      g.tf,
                      "head",
                      Map.of("map", maps),
                      head.function().parameters().split(g.tf, vector))
                  .mean());
      assertTrue(Math.abs(logits[0] - logits[1]) > 1e-3, Arrays.toString(logits));
    }
  }

  @Test
  void whatEachHeadSaysStandsBesideTheMean() {
    Map<String, Shape> both = new LinkedHashMap<>();
    both.put("large", Shape.of(7, 7, 4));
    both.put("small", Shape.of(4, 4, 6));
    DiscriminatorHead head = DiscriminatorHead.build(both, new Width(8, 0, 1), 1);
    try (TestGraph g = new TestGraph()) {
      Map<String, Expr> maps = new LinkedHashMap<>();
      both.forEach(
          (name, shape) ->
              maps.put(
                  name,
                  Expr.of(g.tf, g.tf.constant(random(5, 2 * (int) shape.size(), 1)))
                      .reshape(shape.prepend(2).asArray())));
      Expr vector = firstWeights(g, head);
      DiscriminatorHead.Logits logits =
          head.logits(g.tf, "head", maps, head.function().parameters().split(g.tf, vector));
      float[] each = g.value(logits.each());
      float[] mean = g.value(logits.mean());
      assertEquals(4, each.length);
      assertEquals(mean[0], (each[0] + each[1]) / 2, 1e-5);
      assertEquals(mean[1], (each[2] + each[3]) / 2, 1e-5);
      assertTrue(Math.abs(each[0] - each[1]) > 1e-3);
    }
  }

  @Test
  void aFeatureMayBeCalledAsATensorIs() {
    DiscriminatorHead head =
        DiscriminatorHead.build(Map.of("unet/mid/add:0", Shape.of(4, 4, 4)), new Width(8, 0, 1), 1);
    assertTrue(head.function().parameters().names().contains("on_unet_mid_add_0/logit/kernel"));
    assertEquals(List.of("unet/mid/add:0"), List.copyOf(head.function().inputs().keySet()));
  }

  /** Of three steps: image i takes that of step i mod 3, of the mean and of each head. */
  @Test
  void ofSeveralStepsAnImageHasThatOfItsOwn() {
    Map<String, Shape> map = Map.of("map", Shape.of(4, 4, 4));
    DiscriminatorHead head = DiscriminatorHead.build(map, new Width(8, 0, 1), NORMAL, 3, 1);
    try (TestGraph g = new TestGraph()) {
      Expr maps = Expr.of(g.tf, g.tf.constant(random(5, 6 * 64, 1))).reshape(6, 4, 4, 4);
      Expr vector = firstWeights(g, head);
      DiscriminatorHead.Logits logits =
          head.logits(
              g.tf, "head", Map.of("map", maps), head.function().parameters().split(g.tf, vector));
      float[] all = g.value(logits.mean());
      float[] mean = g.value(logits.inTurn().mean());
      float[] each = g.value(logits.inTurn().each());
      assertEquals(18, all.length);
      assertEquals(Shape.of(6, 1, 1), logits.inTurn().each().shape());
      for (int i = 0; i < 6; i++) {
        assertEquals(all[3 * i + i % 3], mean[i]);
        assertEquals(all[3 * i + i % 3], each[i], 1e-6);
        assertTrue(Math.abs(all[3 * i] - all[3 * i + 1]) > 1e-4);
      }
    }
  }

  /** Heads of any width, those whose groups would be of one or two channels too. */
  @ParameterizedTest
  @ValueSource(ints = {8, 32, 64, 100})
  void theGradientReachesEveryParameter(int channels) {
    DiscriminatorHead head =
        DiscriminatorHead.build(Map.of("map", Shape.of(7, 7, 4)), new Width(channels, 0, 1), 1);
    try (TestGraph g = new TestGraph()) {
      Expr map = Expr.of(g.tf, g.tf.constant(random(1, 5 * 196, 1))).reshape(5, 7, 7, 4);
      Expr vector = firstWeights(g, head);
      Expr loss =
          head.logits(
                  g.tf,
                  "head",
                  Map.of("map", map),
                  head.function().parameters().split(g.tf, vector))
              .mean()
              .softplus()
              .mean();
      float[] gradient = g.value(g.tf.gradients(loss, List.of(vector)).dy(0));
      Map<String, float[]> parts = parts(head.function().parameters(), gradient);
      double ofLogit = median(parts.get("on_map/logit/kernel"));
      for (String name : List.of("whole/bias", "norm_0/scale", "conv_0/kernel")) {
        double ratio = median(parts.get("on_map/" + name)) / ofLogit;
        assertTrue(ratio > 0.002, name + ": " + ratio + " of the last layer's");
      }
      parts.forEach((name, part) -> assertTrue(norm(part) > 0, name));
    }
  }

  private static Map<String, float[]> parts(Parameters parameters, float[] vector) {
    return WeightArrays.split(parameters, WeightArrays.withoutZeros(parameters, vector));
  }

  private static double norm(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }

  /** Of the sizes: where two channels nearly tie, a sign has a large derivative too. */
  private static double median(float[] values) {
    double[] sizes = new double[values.length];
    Arrays.setAll(sizes, i -> Math.abs(values[i]));
    Arrays.sort(sizes);
    return sizes[sizes.length / 2];
  }
}

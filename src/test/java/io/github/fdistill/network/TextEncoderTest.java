package io.github.fdistill.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.TextConfig;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.savedmodel.WeightArrays;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

class TextEncoderTest {
  private static final int LENGTH = 5;
  private static final int WIDTH = 8;

  /** Ids 0 and 1 are around a text, 2 fills. */
  private static TextConfig.Builder text() {
    return TextConfig.newBuilder()
        .setVocabulary(7)
        .setLength(LENGTH)
        .setWidth(WIDTH)
        .setLayers(2)
        .setHeads(2);
  }

  private static NetworkConfig network() {
    return TestNetworks.config().setText(text()).build();
  }

  private static float[] denoised(DenoiserModel model, float[] values, int[][] tokens) {
    try (TestGraph g = new TestGraph()) {
      Operand<TFloat32> vector = WeightArrays.constant(g.tf, model.function().parameters(), values);
      return g.value(denoised(g, model.function(), vector, tokens));
    }
  }

  private static Expr denoised(
      TestGraph g, NetworkFunction function, Operand<TFloat32> vector, int[][] tokens) {
    int rows = tokens.length;
    float[] x = new float[rows * 128];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(TestNetworks.random(5, 128, 1), 0, x, row * 128, 128);
    }
    Map<String, Operand<?>> words = Map.of(TextEncoder.TOKENS, g.tf.constant(tokens));
    double[] sigma = IntStream.range(0, rows).mapToDouble(i -> 0.7).toArray();
    return TestNetworks.outputs(g, function, vector, x, sigma, new int[rows], words)
        .get(DenoiserModel.DENOISED);
  }

  private static float[] randomised(DenoiserModel model) {
    float[] values = WeightArrays.of(model.weights());
    float[] noise = TestNetworks.random(9, values.length, 0.3);
    for (int i = 0; i < values.length; i++) {
      values[i] += noise[i];
    }
    return values;
  }

  private static float[] row(float[] all, int row) {
    return Arrays.copyOfRange(all, row * 128, (row + 1) * 128);
  }

  private static double distance(float[] a, float[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> Math.abs(a[i] - b[i])).max().orElse(0);
  }

  @Test
  void anImageDependsOnItsOwnWordsAndTheirOrder() {
    DenoiserModel model = Networks.denoiser(network(), 1);
    int[][] tokens = {{0, 3, 4, 1, 2}, {0, 3, 4, 1, 2}, {0, 4, 3, 1, 2}, {0, 3, 5, 1, 2}};
    float[] values = randomised(model);
    float[] found = denoised(model, values, tokens);
    assertArrayEquals(row(found, 0), row(found, 1), 1e-6f);
    assertTrue(distance(row(found, 0), row(found, 2)) > 1e-3, "order");
    assertTrue(distance(row(found, 0), row(found, 3)) > 1e-3, "word");
    assertArrayEquals(
        row(found, 3), denoised(model, values, new int[][] {tokens[3]}), 1e-5f, "alone");
  }

  @Test
  void noTextIsTheEmptyOne() {
    DenoiserModel model = Networks.denoiser(network(), 1);
    Conditioning.Input input = model.conditioning().input(TextEncoder.TOKENS).orElseThrow();
    assertEquals(List.of(0.0, 1.0, 2.0, 2.0, 2.0), input.none());
    assertEquals(Shape.of(LENGTH), input.each());
    assertTrue(model.conditioning().knowsNone());
  }

  /** Where the end is also padding and start, the first of them says that there is no text. */
  @Test
  void aTokenMayBeStartEndAndPadding() {
    TextConfig.Builder alike = text().setStart(1).setEnd(1).setPadding(1);
    DenoiserModel model = Networks.denoiser(network().toBuilder().setText(alike).build(), 1);
    float[] found =
        denoised(model, randomised(model), new int[][] {{1, 1, 1, 1, 1}, {3, 1, 1, 1, 1}});
    for (float value : found) {
      assertTrue(Float.isFinite(value));
    }
    assertTrue(distance(row(found, 0), row(found, 1)) > 1e-3);
  }

  /** The gradient reaches every id that stands in a text, and no other; nor that of padding. */
  @Test
  void paddingSaysNothing() {
    DenoiserModel model = Networks.denoiser(network(), 1);
    float[] values = randomised(model);
    NetworkFunction function = model.function();
    try (TestGraph g = new TestGraph()) {
      Placeholder<TFloat32> vector =
          g.tf.placeholder(
              TFloat32.class, Placeholder.shape(Shape.of(function.parameters().length())));
      Expr loss = denoised(g, function, vector, new int[][] {{0, 3, 4, 1, 2}}).square().mean();
      Expr gradient = Expr.of(g.tf, g.tf.gradients(loss, List.of(vector)).dy(0));
      float[] fed = WeightArrays.withZeros(function.parameters(), values);
      float[] all = g.run(Map.of(vector, fed), List.of(), List.of(gradient)).get(0);
      Map<String, float[]> parts = TestNetworks.parts(function, all);
      float[] table = parts.get("text/tokens");
      for (int id = 0; id < 7; id++) {
        float[] of = Arrays.copyOfRange(table, id * WIDTH, (id + 1) * WIDTH);
        double most = IntStream.range(0, WIDTH).mapToDouble(i -> Math.abs(of[i])).max().orElse(0);
        assertEquals(List.of(0, 1, 3, 4).contains(id), most > 0, "id " + id);
      }
      parts.forEach(
          (name, of) -> {
            boolean reached = IntStream.range(0, of.length).anyMatch(i -> of[i] != 0);
            assertTrue(reached, name);
          });
    }
  }

  /** Against the same transformer in loops, in double precision. */
  @Test
  void itIsThePublishedTransformer() {
    int[][] tokens = {{0, 3, 4, 6, 1}, {0, 5, 1, 2, 2}, {2, 2, 2, 2, 2}};
    try (Graph graph = new Graph();
        TestGraph g = new TestGraph()) {
      ParameterStore store = new ParameterStore(1);
      TextEncoder encoder = new TextEncoder(text().build(), store);
      Ops tf = NodeNames.ops(graph);
      Operand<TInt32> in =
          tf.withName("in").placeholder(TInt32.class, Placeholder.shape(encoder.shape()));
      Words words = encoder.build(tf, in);
      NetworkFunction function =
          Networks.function(
              graph, Map.of("in", in), Map.of("each", words.each(), "all", words.all()), store);
      float[] values = TestNetworks.random(3, (int) function.parameters().size(), 0.5);
      Map<String, Output<?>> called =
          function.call(
              g.tf,
              "net",
              Map.of("in", g.tf.constant(tokens)),
              TestNetworks.split(g, function, values));
      float[] each = g.value(called.get("each").expect(TFloat32.class));
      float[] all = g.value(called.get("all").expect(TFloat32.class));
      LoopTransformer loops =
          new LoopTransformer(
              new HashMap<>(WeightArrays.split(function.parameters(), values)), WIDTH, 2, 2);
      for (int row = 0; row < tokens.length; row++) {
        int counted = (int) Arrays.stream(tokens[row]).filter(id -> id != 2).count();
        double[][] expected = loops.of(tokens[row], Math.max(1, counted));
        double[] mean = new double[WIDTH];
        for (int t = 0; t < LENGTH; t++) {
          for (int c = 0; c < WIDTH; c++) {
            assertEquals(expected[t][c], each[(row * LENGTH + t) * WIDTH + c], 1e-4);
            mean[c] += t < Math.max(1, counted) ? expected[t][c] / Math.max(1, counted) : 0;
          }
        }
        for (int c = 0; c < WIDTH; c++) {
          assertEquals(mean[c], all[row * WIDTH + c], 1e-4);
        }
      }
    }
  }

  /** As many sines as cosines: of an odd number one would be missing. */
  @Test
  void theWavesOfSizesAreEven() throws Exception {
    String context = "context { width: 8 pooled: 4 size_waves: 257 } ddpm_unet { }";
    NetworkConfig config = com.google.protobuf.TextFormat.parse(context, NetworkConfig.class);
    InputException refused =
        assertThrows(InputException.class, () -> TextChecks.requireContext(config, "it"));
    assertTrue(refused.getMessage().contains("size_waves: 257"), refused.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "vocabulary: 2 | text.vocabulary",
        "vocabulary: 9 length: 1 | text.length",
        "vocabulary: 9 heads: 3 | text.heads",
        "vocabulary: 9 width: 8 heads: 3 | text.heads",
        "vocabulary: 9 end: 9 | text.end",
        "vocabulary: 9 padding: 9 | text.padding",
        "vocabulary: 9 empty: [1, 1] | text.empty",
        "vocabulary: 9 length: 2 empty: [1, 9] | text.empty",
      })
  void whatMakesNoEncoderIsRefusedByItsField(String text, String field) throws Exception {
    NetworkConfig.Builder config = TestNetworks.config();
    com.google.protobuf.TextFormat.merge(text, config.getTextBuilder());
    InputException refused =
        assertThrows(InputException.class, () -> Networks.denoiser(config.build(), 1));
    assertTrue(refused.getMessage().contains(field), refused.getMessage());
    config.getUnetBuilder().clearAttentionResolution();
    config.setText(text());
    refused = assertThrows(InputException.class, () -> Networks.denoiser(config.build(), 1));
    assertTrue(refused.getMessage().contains("attention_resolution"), refused.getMessage());
  }
}

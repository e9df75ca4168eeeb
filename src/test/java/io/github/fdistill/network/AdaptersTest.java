package io.github.fdistill.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.graph.Adapters;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.savedmodel.MergedWeights;
import io.github.fdistill.savedmodel.WeightArrays;
import io.github.fdistill.savedmodel.Weights;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.nn.Conv2d;
import org.tensorflow.types.TFloat32;

class AdaptersTest {
  private static final float[] X = TestNetworks.random(3, 2 * 8 * 8 * 2, 1);

  private static DenoiserModel model(String body) {
    NetworkConfig config =
        Configs.of(
            "image { height: 8 width: 8 channels: 2 } classes: 3 " + body,
            NetworkConfig.getDefaultInstance());
    DenoiserModel model = Networks.denoiser(config, 1);
    return model.with(TestNetworks.random(model, 2, 0.2));
  }

  /** The function's parameters, those of each of these one after another. */
  private static Map<String, Operand<TFloat32>> split(TestGraph g, Weights... parts) {
    Map<String, Operand<TFloat32>> weights = new HashMap<>();
    for (Weights part : parts) {
      Parameters parameters = part.parameters();
      float[] numbers = WeightArrays.of(part);
      weights.putAll(parameters.split(g.tf, WeightArrays.constant(g.tf, parameters, numbers)));
    }
    return weights;
  }

  private static Adapters every(NetworkFunction function, int rank) {
    return Adapters.of(function, rank, List.of(), "toy");
  }

  private static Weights random(Adapters adapters) {
    Parameters parameters = adapters.parameters();
    return WeightArrays.weights(parameters, TestNetworks.random(7, (int) parameters.size(), 0.3));
  }

  private static float[] denoised(NetworkFunction function, Weights... parts) {
    try (TestGraph g = new TestGraph()) {
      Map<String, Operand<TFloat32>> weights = split(g, parts);
      Map<String, Operand<?>> inputs = new HashMap<>();
      inputs.put("x", Expr.of(g.tf, g.tf.constant(X)).reshape(2, 8, 8, 2));
      inputs.put("sigma", g.constant(0.5, 2));
      inputs.put("label", g.tf.constant(new int[] {2, 0}));
      var outputs = function.call(g.tf, "net", inputs, weights);
      return g.value(outputs.get(DenoiserModel.DENOISED).expect(TFloat32.class));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "unet { channels: 8 multiplier: [1, 2] attention_resolution: 4 group_channels: 4 }",
        "edm2_unet { channels: 8 multiplier: [1, 2] blocks: 1 attention_resolution: 4"
            + " head_channels: 8 }",
        "dit { width: 16 blocks: 1 heads: 2 hidden: 32 }",
      })
  void adaptersBesideAProductEqualWeightsWithTheirProductAdded(String body) {
    DenoiserModel model = model(body);
    Adapters adapters = every(model.function(), 3);
    Weights numbers = random(adapters);
    MergedWeights merged = new MergedWeights(model.weights(), adapters, numbers);

    float[] beside = denoised(adapters.added(model.function()), model.weights(), numbers);
    float[] within = denoised(model.function(), merged);
    float[] without = denoised(model.function(), model.weights());

    float most = 0;
    for (int i = 0; i < within.length; i++) {
      most = Math.max(most, Math.abs(within[i] - without[i]));
    }
    assertTrue(most > 0.05, "adapters change what the network says: by " + most);
    assertArrayEquals(within, beside, 1e-4f);
  }

  @Test
  void aNetworkBeginsAsItIsWithoutAdapters() {
    DenoiserModel model =
        model("unet { channels: 8 multiplier: [1, 2] attention_resolution: 4 group_channels: 4 }");
    Adapters adapters = every(model.function(), 4);
    Weights first = ParameterStore.first(5, adapters.parameters(), adapters.deviations());
    assertArrayEquals(
        denoised(model.function(), model.weights()),
        denoised(adapters.added(model.function()), model.weights(), first),
        1e-6f);
    assertTrue(adapters.layers().stream().allMatch(Adapters.Layer::direct));
  }

  /**
   * Weights as others lay them out, a convolution in groups, one filter for two of them, and
   * weights that are multiplied with each other first.
   */
  private static NetworkFunction unlike() {
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      ParameterStore store = new ParameterStore(1);
      Shape images = Shape.of(-1, 4, 4, 4);
      Expr x = Expr.of(tf, tf.placeholder(TFloat32.class, Placeholder.shape(images)));
      List<Long> ones = List.of(1L, 1L, 1L, 1L);
      List<Long> twos = List.of(1L, 2L, 2L, 1L);
      Expr outFirst = store.normal(tf, "out_first", 1, 12, 4, 3, 3);
      var turned = tf.linalg.transpose(outFirst, tf.constant(new int[] {2, 3, 1, 0}));
      var y = tf.nn.conv2d(x, turned, ones, "SAME");
      y = tf.nn.conv2d(y, store.normal(tf, "grouped", 1, 1, 1, 3, 4), ones, "SAME");
      Expr twice = store.normal(tf, "twice", 1, 3, 3, 4, 4);
      y = tf.nn.conv2d(y, twice, twos, "SAME");
      y = tf.nn.conv2d(y, twice, ones, "SAME", Conv2d.dilations(twos));
      Expr rows = Expr.of(tf, y).reshape(-1, 16);
      Expr back = store.normal(tf, "back", 1, 5, 16);
      var five = tf.linalg.matMul(rows, back, MatMul.transposeB(true));
      Expr left = store.normal(tf, "left", 1, 5, 6);
      Expr right = store.normal(tf, "right", 1, 6, 3);
      Expr out = Expr.of(tf, tf.linalg.matMul(five, tf.linalg.matMul(left, right)));
      return Networks.function(graph, Map.of("x", x), Map.of("y", out), store);
    }
  }

  @Test
  void anyLayoutOfWeightsCanHaveAnAdapter() {
    NetworkFunction function = unlike();
    Adapters adapters = every(function, 2);
    assertEquals(
        List.of(
            "out_first false",
            "grouped false",
            "twice true",
            "back true",
            "left false",
            "right true"),
        adapters.layers().stream().map(l -> l.weights().name() + " " + l.direct()).toList());
    // What is not taken as it is, is cut where inputs end and outputs begin, wherever that is.
    assertEquals(Shape.of(12, 2), adapters.layers().get(0).a().shape());

    Weights base =
        WeightArrays.weights(
            function.parameters(), TestNetworks.random(1, (int) function.parameters().size(), 0.3));
    Weights numbers = random(adapters);
    float[] within = value(function, new MergedWeights(base, adapters, numbers));
    assertArrayEquals(within, value(adapters.added(function), base, numbers), 1e-4f);
  }

  private static float[] value(NetworkFunction function, Weights... parts) {
    try (TestGraph g = new TestGraph()) {
      Map<String, Operand<TFloat32>> weights = split(g, parts);
      Expr x = Expr.of(g.tf, g.tf.constant(TestNetworks.random(9, 64, 1))).reshape(1, 4, 4, 4);
      return g.value(
          function.call(g.tf, "net", Map.of("x", x), weights).get("y").expect(TFloat32.class));
    }
  }

  @Test
  void aSmallLayersRankIsItsSmallerSide() {
    Adapters adapters = every(unlike(), 100);
    assertEquals(Shape.of(3, 3), adapters.layers().get(1).a().shape());
    assertEquals(Shape.of(5, 5), adapters.layers().get(3).a().shape());
  }

  private static String refusal(String... targets) {
    InputException e =
        assertThrows(InputException.class, () -> Adapters.of(unlike(), 2, List.of(targets), "toy"));
    return e.getMessage();
  }

  @Test
  void patternsThatNameNothingOrALayerTwiceAreRefused() {
    assertTrue(refusal("attention*").contains("'attention*', which fits no layer of toy"));
    assertTrue(refusal("attention*").contains("out_first, grouped, twice, back"));
    assertTrue(refusal("*t*", "back", "twice").contains("layer 'twice' of toy fits '*t*' and"));
    // Only * is special.
    assertTrue(refusal("b.ck").contains("fits no layer"));
    Adapters some = Adapters.of(unlike(), 2, List.of("*_first", "b*k"), "toy");
    assertEquals(2, some.layers().size());
    assertFalse(some.layers().get(0).direct());
  }
}

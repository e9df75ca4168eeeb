package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.graph.Parameters;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;

class NetworkFunctionTest {
  private static final NetworkFunction TOY = Toy.function();

  private static FloatVariable variable(TestGraph g, String name, long seed) {
    FloatVariable variable = FloatVariable.create(g.tf, name, Shape.of(TOY.parameters().length()));
    try (TFloat32 values = WeightArrays.weights(Toy.PARAMETERS, Toy.weights(seed)).vector()) {
      variable.load(g.session(), values);
    }
    return variable;
  }

  private static Map<String, Operand<TFloat32>> weights(
      TestGraph g, NetworkFunction function, FloatVariable vector) {
    return function.parameters().split(g.tf, vector.read(g.tf));
  }

  private static Expr y(TestGraph g, NetworkFunction f, String prefix, FloatVariable vector) {
    return out(g, f.call(g.tf, prefix, Toy.inputs(g.tf, 3), weights(g, f, vector)), "y");
  }

  private static Expr out(TestGraph g, Map<String, Output<?>> outputs, String name) {
    return Expr.of(g.tf, outputs.get(name).expect(TFloat32.class));
  }

  /** Two matrix products in double: the toy's formula, written again. */
  @Test
  void aCallComputesTheNetwork() {
    try (TestGraph g = new TestGraph()) {
      float[] found = g.value(y(g, TOY, "net", variable(g, "w", 1)));
      Map<String, float[]> w = WeightArrays.split(TOY.parameters(), Toy.weights(1));
      float[] x = Toy.random(3, 3 * 32);
      float[] gain = Toy.random(-3, 3);
      for (int n = 0; n < 3; n++) {
        double[] expected = plainToy(w, x, n);
        for (int k = 0; k < 2; k++) {
          assertEquals(gain[n] * expected[k], found[2 * n + k], 1e-4);
        }
      }
    }
  }

  private static double[] plainToy(Map<String, float[]> w, float[] x, int n) {
    double[] y = new double[2];
    for (int p = 0; p < 16; p++) {
      for (int c = 0; c < 3; c++) {
        double sum = w.get("net/bias")[c];
        for (int tap = 0; tap < 9; tap++) {
          int row = p / 4 + tap / 3 - 1;
          int column = p % 4 + tap % 3 - 1;
          if (0 <= row && row < 4 && 0 <= column && column < 4) {
            for (int in = 0; in < 2; in++) {
              double pixel = x[((n * 4 + row) * 4 + column) * 2 + in];
              sum += pixel * w.get("net/kernel")[(tap * 2 + in) * 3 + c];
            }
          }
        }
        double silu = sum / (1 + Math.exp(-sum));
        for (int k = 0; k < 2; k++) {
          y[k] += silu * w.get("net/head")[(p * 3 + c) * 2 + k];
        }
      }
    }
    return y;
  }

  @Test
  void callsWithOneVectorShareItAndWithTwoDoNot() {
    try (TestGraph g = new TestGraph()) {
      FloatVariable a = variable(g, "a", 1);
      FloatVariable b = variable(g, "b", 1);
      Expr first = y(g, TOY, "first", a);
      Expr second = y(g, TOY, "second", a);
      Expr other = y(g, TOY, "other", b);
      float[] before = g.value(first);
      assertArrayEquals(before, g.value(second));
      assertArrayEquals(before, g.value(other));

      try (TFloat32 values = WeightArrays.weights(Toy.PARAMETERS, Toy.weights(2)).vector()) {
        a.load(g.session(), values);
      }
      assertNotEquals(before[0], g.value(first)[0]);
      assertArrayEquals(g.value(first), g.value(second));
      assertArrayEquals(before, g.value(other));
    }
  }

  @Test
  void aGradientIsThatOfAllCallsWithTheVectorAndOfNoOther() {
    try (TestGraph g = new TestGraph()) {
      FloatVariable a = variable(g, "a", 1);
      FloatVariable b = variable(g, "b", 2);
      Expr once = y(g, TOY, "once", a).square().sum();
      Expr twice = y(g, TOY, "again", a).square().sum().plus(once);
      Expr withB = y(g, TOY, "other", b).square().sum().plus(once);
      float[] gradient = withoutZeros(g.value(gradient(g, once, a)));
      float[] ofTwo = withoutZeros(g.value(gradient(g, twice, a)));
      float[] besideB = withoutZeros(g.value(gradient(g, withB, a)));
      for (int i = 0; i < gradient.length; i++) {
        assertNotEquals(0, gradient[i], "number " + i);
        assertEquals(2 * gradient[i], ofTwo[i], 1e-5 * Math.abs(ofTwo[i]));
        assertEquals(gradient[i], besideB[i], 1e-5 * Math.abs(gradient[i]));
      }
    }
  }

  private static float[] withoutZeros(float[] vector) {
    return WeightArrays.withoutZeros(Toy.PARAMETERS, vector);
  }

  private static Expr gradient(TestGraph g, Expr loss, FloatVariable of) {
    return Expr.of(g.tf, g.tf.gradients(loss, List.of(of.handle())).dy(0));
  }

  @Test
  void aNodeNamedLikeAnInitialiserIsAnOrdinaryNode() {
    assertTrue(TOY.graph().getNodeList().stream().anyMatch(n -> n.getName().equals("InitialConv")));
    try (TestGraph g = new TestGraph()) {
      Map<String, Operand<TFloat32>> unfed = TOY.parameters().split(g.tf, g.vector());
      TOY.call(g.tf, "net", Toy.inputs(g.tf, 3), unfed);
      // As an initialiser net/InitialConv would run before anything, and ask for its weights.
      assertArrayEquals(new float[] {7}, g.value(g.constant(7)));
    }
  }

  @Test
  void onlyDropsWhatTheOutputsDoNotNeedAndKeepsTheVectorOfParameters() {
    NetworkFunction map = TOY.only(List.of("map"));
    assertEquals(Set.of("map"), map.outputs().keySet());
    assertEquals(Set.of("x"), map.inputs().keySet());
    assertEquals(TOY.parameters(), map.parameters());
    assertFalse(map.graph().getNodeList().stream().anyMatch(n -> n.getOp().equals("MatMul")));
    try (TestGraph g = new TestGraph()) {
      Map<String, Operand<TFloat32>> w = weights(g, TOY, variable(g, "w", 1));
      Map<String, Expr> inputs = Toy.inputs(g.tf, 3);
      assertArrayEquals(
          g.value(out(g, TOY.call(g.tf, "all", inputs, w), "map")),
          g.value(out(g, map.call(g.tf, "map", inputs, w), "map")));
    }
  }

  @Test
  void anOutputThatIsNotThereIsNamed() {
    var refused = assertThrows(IllegalArgumentException.class, () -> TOY.only(List.of("depth")));
    assertTrue(refused.getMessage().contains("depth"), refused.getMessage());
  }

  @Test
  void bfloat16RoundsTheProductsWithTheirBiasesAndNothingElse() {
    NetworkFunction rounded = TOY.inBfloat16();
    for (NodeDef node : rounded.graph().getNodeList()) {
      boolean product = Set.of("Conv2D", "MatMul", "BiasAdd").contains(node.getOp());
      if (!node.getOp().equals("Cast") && node.containsAttr("T")) {
        DataType expected = product ? DataType.DT_BFLOAT16 : DataType.DT_FLOAT;
        boolean index = node.getAttrOrThrow("T").getType() == DataType.DT_INT32;
        assertTrue(index || node.getAttrOrThrow("T").getType() == expected, node.getName());
      }
    }
    try (TestGraph g = new TestGraph()) {
      FloatVariable w = variable(g, "w", 1);
      Expr exact = y(g, TOY, "exact", w);
      Expr coarse = y(g, rounded, "coarse", w);
      assertEquals(DataType.DT_FLOAT, coarse.asOutput().dataType());
      double error = distance(g.value(exact), g.value(coarse));
      // bfloat16 keeps 8 bits: each rounding is wrong by up to 1/256, by 1/600 as a rule.
      assertTrue(0 < error && error < 0.01, "relative error " + error);

      float[] gradient = g.value(gradient(g, exact.square().sum(), w));
      float[] coarseGradient = g.value(gradient(g, coarse.square().sum(), w));
      double gradientError = distance(gradient, coarseGradient);
      assertTrue(0 < gradientError && gradientError < 0.02, "of gradients " + gradientError);
    }
  }

  /** From a product to its bias there is no cast, unless the product itself is asked for. */
  @Test
  void aBiasFollowsItsProductInBfloat16() {
    assertEquals("InitialConv/bfloat16", biasInput(TOY));
    Map<String, String> outputs = new java.util.HashMap<>(TOY.outputs());
    outputs.put("conv", "InitialConv:0");
    NetworkFunction withConv =
        new NetworkFunction(TOY.graph(), TOY.inputs(), outputs, TOY.parameters());
    assertEquals("InitialConv", biasInput(withConv));
    try (TestGraph g = new TestGraph()) {
      Map<String, Operand<TFloat32>> w = weights(g, TOY, variable(g, "w", 1));
      Map<String, Expr> inputs = Toy.inputs(g.tf, 3);
      Expr exact = out(g, withConv.call(g.tf, "exact", inputs, w), "conv");
      Expr coarse = out(g, withConv.inBfloat16().call(g.tf, "coarse", inputs, w), "conv");
      double error = distance(g.value(exact), g.value(coarse));
      assertTrue(0 < error && error < 0.01, "relative error " + error);
    }
  }

  @Test
  void attentionStaysFloat32ByTheFasterOp() {
    Parameters none = new Parameters(List.of());
    NetworkFunction product;
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      Operand<TFloat32> a = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2, 3)));
      Operand<TFloat32> b = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4, 3)));
      var y = tf.train.batchMatMul(a, b, TFloat32.class, BatchMatMul.adjY(true));
      product =
          new NetworkFunction(
              graph.toGraphDef(),
              Map.of("a", a.op().name(), "b", b.op().name()),
              Map.of("y", y.op().name() + ":0"),
              none);
    }
    NetworkFunction rounded = product.inBfloat16();
    List<String> ops = rounded.graph().getNodeList().stream().map(NodeDef::getOp).toList();
    assertEquals(List.of("Placeholder", "Placeholder", "BatchMatMulV2"), ops);
    assertEquals(rounded.graph(), rounded.inBfloat16().graph(), "as tf.matmul writes it too");
    String second = rounded.inputs().get("b");
    Parameters weights =
        new Parameters(List.of(new Parameters.Parameter(second, Shape.of(1, 4, 3))));
    Map<String, String> images = Map.of("a", rounded.inputs().get("a"));
    for (NetworkFunction of : List.of(product, rounded)) {
      NetworkFunction dense =
          new NetworkFunction(of.graph(), images, rounded.outputs(), weights).inBfloat16();
      assertEquals(
          3, dense.graph().getNodeList().stream().filter(n -> n.getOp().equals("Cast")).count());
    }
    try (TestGraph g = new TestGraph()) {
      Map<String, Operand<?>> in = new java.util.HashMap<>();
      in.put("a", g.tf.constant(new float[][][] {{{1, 2, 3}, {4, 5, 6}}}));
      in.put("b", g.tf.constant(new float[][][] {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 1, 1}}}));
      Map<String, Output<?>> out = rounded.call(g.tf, "product", in, Map.of());
      Expr y = Expr.of(g.tf, out.get("y").expect(TFloat32.class));
      assertArrayEquals(new float[] {1, 2, 3, 6, 4, 5, 6, 15}, g.value(y), 1e-6f);
    }
  }

  private static String biasInput(NetworkFunction function) {
    return function.inBfloat16().graph().getNodeList().stream()
        .filter(node -> node.getOp().equals("BiasAdd"))
        .map(node -> node.getInput(0))
        .findFirst()
        .orElseThrow();
  }

  private static double distance(float[] a, float[] b) {
    double difference = 0;
    double size = 0;
    for (int i = 0; i < a.length; i++) {
      difference += Math.pow(a[i] - b[i], 2);
      size += Math.pow(a[i], 2);
    }
    return Math.sqrt(difference / size);
  }

  @Test
  void whatIsExportedAfterRewritingIsFloat32(@TempDir Path folder) throws Exception {
    NetworkFunction function = Toy.function();
    function.inBfloat16();
    Toy.write(folder, function, Toy.weights(1));
    NetworkFunction read = SavedModel.read(folder).function("run");
    assertFalse(read.graph().toString().contains("BFLOAT16"));
    assertTrue(read.inBfloat16().graph().toString().contains("BFLOAT16"));
  }
}

package io.github.fdistill.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;

/** What images are drawn with gives the same but for rounding. */
class DrawingPassesTest {
  private static final float[][] X = {{-3, -0.5f, 0}, {0.25f, 1, 4}};
  private static final float[][] K = {{1, -2}, {3, 0.5f}, {-1, 2}};

  /** SiLU of x, and the product of that with k. */
  private static NetworkFunction siluThenProduct(boolean siluIsAsked) {
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      Operand<TFloat32> x = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 3)));
      Operand<TFloat32> k = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(3, 2)));
      Operand<TFloat32> silu = Expr.of(tf, x).silu();
      Operand<TFloat32> y = tf.linalg.matMul(silu, k);
      Map<String, String> outputs = new LinkedHashMap<>(Map.of("y", y.op().name() + ":0"));
      if (siluIsAsked) {
        outputs.put("silu", silu.op().name() + ":0");
      }
      return function(graph, x, k, outputs);
    }
  }

  private static NetworkFunction function(
      Graph graph, Operand<?> x, Operand<?> k, Map<String, String> outputs) {
    Map<String, String> inputs = Map.of("x", x.op().name(), "k", k.op().name());
    return new NetworkFunction(graph.toGraphDef(), inputs, outputs, new Parameters(List.of()));
  }

  private static float[] value(NetworkFunction function, String output, Object x, Object k) {
    try (TestGraph g = new TestGraph()) {
      Map<String, Operand<?>> in = Map.of("x", constant(g.tf, x), "k", constant(g.tf, k));
      return g.value(
          Expr.of(g.tf, function.call(g.tf, "f", in, Map.of()).get(output).expect(TFloat32.class)));
    }
  }

  private static Operand<TFloat32> constant(Ops tf, Object numbers) {
    return numbers instanceof float[][][] cube
        ? tf.constant(cube)
        : tf.constant((float[][]) numbers);
  }

  private static List<DataType> typesOf(NetworkFunction function, String op) {
    return function.graph().getNodeList().stream()
        .filter(node -> node.getOp().equals(op))
        .map(node -> node.getAttrOrThrow("T").getType())
        .toList();
  }

  private static float[] expected() {
    float[] y = new float[4];
    for (int i = 0; i < 4; i++) {
      double sum = 0;
      for (int j = 0; j < 3; j++) {
        double x = X[i / 2][j];
        sum += x / (1 + Math.exp(-x)) * K[j][i % 2];
      }
      y[i] = (float) sum;
    }
    return y;
  }

  @Test
  void aSiluThatOnlyProductsInBfloat16TakeIsInBfloat16() {
    NetworkFunction drawn = siluThenProduct(false).inBfloat16().forDrawing();
    assertTrue(typesOf(drawn, "Sigmoid").contains(DataType.DT_BFLOAT16));
    assertArrayEquals(expected(), value(drawn, "y", X, K), 0.06f);
  }

  /** What is asked for is as exact as before, and so is a network that stays float32. */
  @Test
  void anyOtherSiluStaysFloat32() {
    NetworkFunction drawn = siluThenProduct(true).inBfloat16().forDrawing();
    assertEquals(List.of(DataType.DT_FLOAT), typesOf(drawn, "Sigmoid"));
    float[] silu = new float[6];
    for (int i = 0; i < 6; i++) {
      silu[i] = (float) (X[i / 3][i % 3] / (1 + Math.exp(-X[i / 3][i % 3])));
    }
    assertArrayEquals(silu, value(drawn, "silu", X, K), 1e-6f);
    NetworkFunction exact = siluThenProduct(false).forDrawing();
    assertArrayEquals(expected(), value(exact, "y", X, K), 1e-5f);
  }

  /** Sums of squares pass over x once, batches of products are oneDNN's; nothing is in between. */
  @Test
  void fewerPassesNeedNoGradients() {
    float[][][] x = {{{1, 2}, {3, -4}}, {{0, 0.5f}, {-1, 2}}};
    NetworkFunction function;
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      Shape shape = Shape.of(-1, 2, 2);
      Expr a = Expr.of(tf, tf.placeholder(TFloat32.class, Placeholder.shape(shape)));
      Expr b = Expr.of(tf, tf.placeholder(TFloat32.class, Placeholder.shape(shape)));
      Operand<TFloat32> squares = a.square().mean(1);
      Operand<TFloat32> product =
          tf.train.batchMatMul(a, b, TFloat32.class, BatchMatMul.adjY(true));
      Map<String, String> outputs =
          Map.of("squares", squares.op().name() + ":0", "product", product.op().name() + ":0");
      function = function(graph, a, b, outputs).forDrawing();
    }
    List<String> ops = function.graph().getNodeList().stream().map(NodeDef::getOp).toList();
    assertTrue(ops.contains("EuclideanNorm") && ops.contains("BatchMatMulV2"), ops.toString());
    assertFalse(ops.contains("IdentityN"), ops.toString());
    assertArrayEquals(new float[] {5, 10, 0.5f, 2.125f}, value(function, "squares", x, x), 1e-5f);
    float[] products = {5, -5, -5, 25, 0.25f, 1, 1, 5};
    assertArrayEquals(products, value(function, "product", x, x), 1e-5f);
  }
}

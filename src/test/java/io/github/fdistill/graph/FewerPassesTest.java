package io.github.fdistill.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.math.Mean;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;

/** Values and gradients are those of sums that are written out in double. */
class FewerPassesTest {
  private static final float CLOSE = 1e-5f;

  /** What a function computes of its inputs x0, x1, ... */
  private interface Formula {
    Operand<TFloat32> of(Ops tf, List<Expr> inputs);
  }

  /** A function of inputs, as it is and rewritten, on random numbers. */
  private record Tried(NetworkFunction plain, NetworkFunction rewritten, List<float[]> inputs) {

    static Tried of(Formula formula, Shape... shapes) {
      Map<String, String> inputs = new LinkedHashMap<>();
      List<float[]> numbers = new ArrayList<>();
      try (Graph graph = new Graph()) {
        Ops tf = NodeNames.ops(graph);
        List<Expr> placeholders = new ArrayList<>();
        for (int i = 0; i < shapes.length; i++) {
          long[] any = shapes[i].asArray();
          any[0] = -1;
          var made = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(any)));
          inputs.put("x" + i, made.op().name());
          placeholders.add(Expr.of(tf, made));
          numbers.add(random(i, (int) shapes[i].size()));
        }
        Map<String, String> outputs = Map.of("y", formula.of(tf, placeholders).op().name() + ":0");
        NetworkFunction plain =
            new NetworkFunction(graph.toGraphDef(), inputs, outputs, new Parameters(List.of()));
        return new Tried(plain, plain.forTraining(), numbers);
      }
    }

    /** Its value, then the gradient of sum(y w) by each input, w being 1, 2, 3, ... */
    List<float[]> values(NetworkFunction function, Shape... shapes) {
      try (TestGraph g = new TestGraph()) {
        Map<String, Expr> given = new LinkedHashMap<>();
        for (int i = 0; i < shapes.length; i++) {
          Expr flat = Expr.of(g.tf, g.tf.constant(inputs.get(i)));
          given.put("x" + i, flat.reshape(shapes[i].asArray()));
        }
        Output<TFloat32> y =
            function.call(g.tf, "f", given, Map.of()).get("y").expect(TFloat32.class);
        float[] counted = new float[(int) y.shape().size()];
        for (int i = 0; i < counted.length; i++) {
          counted[i] = i + 1;
        }
        Expr w = Expr.of(g.tf, g.tf.constant(counted)).reshape(y.shape().asArray());
        Expr weighted = Expr.of(g.tf, y).times(w).sum();
        Output<?>[] by = given.values().stream().map(Expr::asOutput).toArray(Output[]::new);
        Graph graph = (Graph) g.tf.scope().env();
        List<Operand<TFloat32>> fetched = new ArrayList<>(List.of(y));
        for (Output<?> gradient : graph.addGradients(weighted.asOutput(), by)) {
          assertTrue(GraphAccess.exists(gradient));
          fetched.add(gradient.expect(TFloat32.class));
        }
        return g.run(Map.of(), List.of(), fetched);
      }
    }
  }

  private static float[] random(int seed, int count) {
    Random random = new Random(seed);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian() + 0.5f;
    }
    return numbers;
  }

  private static List<String> ops(NetworkFunction function) {
    return function.graph().getNodeList().stream().map(NodeDef::getOp).toList();
  }

  /** One pixel, one channel, and no row at all are shapes too. */
  @ParameterizedTest
  @CsvSource({"2,3,4", "1,1,1", "3,1,2", "2,5,1", "0,3,2"})
  void sumsOfSquaresAndMeansOverPixelsStayWhatTheyAre(int rows, int pixels, int channels) {
    Shape shape = Shape.of(rows, pixels, channels);
    Tried sums = Tried.of((tf, x) -> x.get(0).square().sum(1), shape);
    Tried squares = Tried.of((tf, x) -> x.get(0).square().mean(1), shape);
    Tried means = Tried.of((tf, x) -> x.get(0).mean(1), shape);
    Tried kept =
        Tried.of(
            (tf, x) ->
                tf.math.mean(x.get(0).square(), tf.constant(new int[] {1}), Mean.keepDims(true)),
            shape);
    Tried fromEnd = Tried.of((tf, x) -> x.get(0).square().mean(-2), shape);
    Tried last =
        Tried.of(
            (tf, x) ->
                tf.math.mean(
                    Expr.of(tf, tf.linalg.transpose(x.get(0), tf.constant(new int[] {0, 2, 1})))
                        .square(),
                    tf.constant(new int[] {-1}),
                    Mean.keepDims(true)),
            shape);
    for (Tried tried : List.of(sums, squares, means, kept, fromEnd, last)) {
      boolean ofSquares = tried != means;
      double divisor = tried == sums ? 1 : pixels;
      float[] x = tried.inputs().get(0);
      float[] y = new float[rows * channels];
      float[] dx = new float[x.length];
      for (int i = 0; i < x.length; i++) {
        int place = i / (pixels * channels) * channels + i % channels;
        y[place] += (float) ((ofSquares ? (double) x[i] * x[i] : x[i]) / divisor);
        dx[i] = (float) ((ofSquares ? 2.0 * x[i] : 1) * (place + 1) / divisor);
      }
      List<float[]> found = tried.values(tried.rewritten(), shape);
      assertArrayEquals(y, found.get(0), CLOSE);
      assertArrayEquals(dx, found.get(1), CLOSE * (1 + rows * channels));
      assertEquals(ofSquares, ops(tried.rewritten()).contains("EuclideanNorm"));
      assertFalse(ops(tried.rewritten()).contains("Mean"));
    }
  }

  /** Also where all values are nought, of which the norm itself has no derivative. */
  @Test
  void theGradientOfSquaresOfNoughtIsNought() {
    Shape shape = Shape.of(1, 3, 1);
    Tried tried = Tried.of((tf, x) -> x.get(0).square().sum(1), shape);
    Arrays.fill(tried.inputs().get(0), 0);
    List<float[]> found = tried.values(tried.rewritten(), shape);
    assertArrayEquals(new float[1], found.get(0));
    assertArrayEquals(new float[3], found.get(1));
  }

  /** Along other axes a mean of few numbers would only have more nodes. */
  @Test
  void othersStayWhatTheyAre() {
    Tried tried =
        Tried.of(
            (tf, x) ->
                x.get(0).mean(2).plus(x.get(0).sum(2)).plus(x.get(0).square().mean(1, 2).mean()),
            Shape.of(2, 3, 2));
    assertEquals(ops(tried.plain()), ops(tried.rewritten()));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 6})
  void siluStaysWhatItIs(int rows) {
    Shape shape = Shape.of(rows, 2);
    Tried tried = Tried.of((tf, x) -> x.get(0).silu(), shape);
    float[] x = tried.inputs().get(0);
    float[] edges = {0, -0f, 100, -100, 12, -12, 1e-8f, -3e4f};
    System.arraycopy(edges, 0, x, 0, Math.min(edges.length, x.length));
    float[] y = new float[x.length];
    float[] dx = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      double s = 1 / (1 + Math.exp(-x[i]));
      y[i] = (float) (x[i] * s);
      dx[i] = (float) ((i + 1) * s * (1 + x[i] * (1 - s)));
    }
    List<float[]> found = tried.values(tried.rewritten(), shape);
    assertArrayEquals(y, found.get(0), CLOSE);
    assertArrayEquals(dx, found.get(1), 2 * CLOSE);
    assertTrue(ops(tried.rewritten()).contains("IdentityN"));
  }

  /** What takes the place of a node has names that no other node has. */
  @Test
  void aGraphMayHaveTheNamesOfHelpers() {
    Tried tried = Tried.of((tf, x) -> x.get(0).silu(), Shape.of(2, 2));
    GraphDef graph = tried.plain().graph();
    String silu = tried.plain().outputs().get("y").replace(":0", "");
    GraphDef.Builder taken = graph.toBuilder();
    for (String helper : List.of("/own/stopped", "/stopped", "_/product")) {
      taken.addNode(graph.getNode(0).toBuilder().setName(silu + helper));
    }
    List<String> names =
        FewerPasses.rewrite(taken.build()).getNodeList().stream().map(NodeDef::getName).toList();
    assertEquals(names.size(), Set.copyOf(names).size(), names.toString());
    assertTrue(names.contains(silu + "__/SILU"), names.toString());
  }

  /** A gate is the sigmoid of something else. */
  @Test
  void aGateStaysWhatItIs() {
    Tried tried =
        Tried.of((tf, x) -> x.get(0).times(x.get(1).sigmoid()), Shape.of(2, 2), Shape.of(2, 2));
    assertEquals(ops(tried.plain()), ops(tried.rewritten()));
  }

  @ParameterizedTest
  @CsvSource({
    "false,false,2",
    "false,true,2",
    "true,false,2",
    "true,true,2",
    "false,true,1",
    "true,false,0"
  })
  void productsOfBatchesStayWhatTheyAre(boolean ofA, boolean ofB, int rows) {
    int m = 3;
    int k = 4;
    int n = 2;
    Shape a = ofA ? Shape.of(rows, k, m) : Shape.of(rows, m, k);
    Shape b = ofB ? Shape.of(rows, n, k) : Shape.of(rows, k, n);
    Tried tried = Tried.of(product(ofA, ofB), a, b);
    float[] x = tried.inputs().get(0);
    float[] z = tried.inputs().get(1);
    double[] y = new double[rows * m * n];
    double[] dx = new double[x.length];
    double[] dz = new double[z.length];
    for (int i = 0; i < rows * m * n * k; i++) {
      int term = i % k;
      int place = i / k;
      int row = place / (m * n);
      int down = place / n % m;
      int across = place % n;
      int atX = row * m * k + (ofA ? term * m + down : down * k + term);
      int atZ = row * k * n + (ofB ? across * k + term : term * n + across);
      y[place] += (double) x[atX] * z[atZ];
      dx[atX] += (place + 1) * (double) z[atZ];
      dz[atZ] += (place + 1) * (double) x[atX];
    }
    List<float[]> found = tried.values(tried.rewritten(), a, b);
    assertArrayEquals(floats(y), found.get(0), CLOSE);
    assertArrayEquals(floats(dx), found.get(1), 10 * CLOSE);
    assertArrayEquals(floats(dz), found.get(2), 10 * CLOSE);
    assertFalse(ops(tried.rewritten()).contains("BatchMatMulV3"));
  }

  /** A factor that several products share has the sum of their gradients. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFactorMayBeSharedByMatrices(boolean first) {
    Shape many = Shape.of(2, 3, 2, 2);
    Shape one = Shape.of(1, 3, 2, 2);
    Shape[] shapes = first ? new Shape[] {one, many} : new Shape[] {many, one};
    Tried tried = Tried.of(product(false, true), shapes);
    List<float[]> expected = tried.values(tried.plain(), shapes);
    List<float[]> found = tried.values(tried.rewritten(), shapes);
    for (int i = 0; i < 3; i++) {
      assertArrayEquals(expected.get(i), found.get(i), 10 * CLOSE);
    }
  }

  @Test
  void productsInBfloat16StayWhatTheyAre() {
    NetworkFunction plain =
        Tried.of(product(false, false), Shape.of(1, 2, 2), Shape.of(1, 2, 2)).plain();
    GraphDef.Builder graph = plain.graph().toBuilder();
    for (NodeDef.Builder node : graph.getNodeBuilderList()) {
      if (node.getOp().equals("BatchMatMulV3")) {
        node.putAttr("Ta", AttrValue.newBuilder().setType(DataType.DT_BFLOAT16).build());
      }
    }
    assertEquals(graph.build(), FewerPasses.rewrite(graph.build()));
  }

  /** Of an IdentityN that is nothing of ours, the gradient is what arrives. */
  @Test
  void otherIdentitiesPassOnWhatArrives() {
    assertTrue(OwnGradient.areThere());
    try (TestGraph g = new TestGraph()) {
      Expr x = g.constant(3, 4);
      Expr unused = g.constant(5);
      var both = g.tf.identityN(List.of(x, unused));
      Expr y =
          Expr.of(g.tf, both.iterator().next().asOutput().expect(TFloat32.class)).square().sum();
      Graph graph = (Graph) g.tf.scope().env();
      Output<?>[] by = {x.asOutput()};
      Output<?> gradient = graph.addGradients(y.asOutput(), by)[0];
      assertArrayEquals(new float[] {6, 8}, g.value(gradient.expect(TFloat32.class)));
    }
  }

  private static Formula product(boolean ofA, boolean ofB) {
    return (tf, x) ->
        tf.train.batchMatMul(
            x.get(0), x.get(1), TFloat32.class, BatchMatMul.adjX(ofA), BatchMatMul.adjY(ofB));
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}

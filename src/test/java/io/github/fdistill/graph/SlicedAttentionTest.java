package io.github.fdistill.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.expr.Expr;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.index.Indices;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Attention in slices computes the same, gradients too, and nowhere holds all pairs. */
class SlicedAttentionTest {
  private static final long TOKENS = 2048;
  private static final Class<TFloat32> TYPE = TFloat32.class;

  private interface Body {
    Operand<TFloat32> of(Ops tf, Operand<TFloat32> q, Operand<TFloat32> k, Operand<TFloat32> v);
  }

  /** A function of q [n,2,2048,4], k and v of as many tokens or others. */
  private static NetworkFunction function(Body body, Shape k, Shape v) {
    try (Graph graph = Sessions.graph()) {
      Ops tf = NodeNames.ops(graph);
      Map<String, Operand<TFloat32>> inputs = new LinkedHashMap<>();
      Map.of("q", Shape.of(1, 2, TOKENS, 4), "k", k, "v", v)
          .forEach(
              (name, shape) ->
                  inputs.put(
                      name,
                      tf.withName(name)
                          .placeholder(TYPE, Placeholder.shape(shape.tail().prepend(-1)))));
      Operand<TFloat32> y = body.of(tf, inputs.get("q"), inputs.get("k"), inputs.get("v"));
      // As in a network, where what follows takes it.
      Output<?> out = tf.math.mul(y, tf.constant(1f)).asOutput();
      return new NetworkFunction(
          graph.toGraphDef(),
          Map.of("q", "q", "k", "k", "v", "v"),
          Map.of("y", out.op().name() + ":0"),
          new Parameters(List.of()));
    }
  }

  /** The result and the gradients of a loss that tells all its numbers apart. */
  private static List<float[]> computed(NetworkFunction function, Shape k, Shape v, long most) {
    try (Graph graph = Sessions.graph()) {
      Ops tf = NodeNames.ops(graph);
      Map<String, Operand<TFloat32>> inputs = new LinkedHashMap<>();
      inputs.put("q", numbers(tf, Shape.of(1, 2, TOKENS, 4), 3));
      inputs.put("k", numbers(tf, k, 5));
      inputs.put("v", numbers(tf, v, 7));
      Output<?> result = function.call(tf, "f", inputs, Map.of()).get("y");
      Expr y = Expr.of(tf, result.expect(TYPE));
      Expr loss = y.times(numbers(tf, y.shape(), 11)).sum();
      Output<?>[] x = inputs.values().stream().map(Operand::asOutput).toArray(Output[]::new);
      List<Output<?>> wanted = new ArrayList<>(List.of(result));
      wanted.addAll(List.of(graph.addGradients(loss.asOutput(), x)));
      for (Iterator<GraphOperation> ops = operations(graph); ops.hasNext(); ) {
        GraphOperation op = ops.next();
        for (int i = 0; i < op.numOutputs(); i++) {
          Shape shape = op.output(i).shape();
          boolean small = shape.isUnknown() || shape.hasUnknownDimension() || shape.size() <= most;
          assertTrue(small, op.name() + " holds " + shape);
        }
      }
      try (Session session = Sessions.open(graph)) {
        Session.Runner runner = session.runner();
        wanted.forEach(runner::fetch);
        List<float[]> numbers = new ArrayList<>();
        try (Result all = runner.run()) {
          for (int i = 0; i < wanted.size(); i++) {
            TFloat32 tensor = (TFloat32) all.get(i);
            float[] values = new float[(int) tensor.size()];
            tensor.asRawTensor().data().asFloats().read(values);
            numbers.add(values);
          }
        }
        return numbers;
      }
    }
  }

  @SuppressWarnings("unchecked") // All operations of a graph are of this class.
  private static Iterator<GraphOperation> operations(Graph graph) {
    return (Iterator<GraphOperation>) (Iterator<?>) graph.operations();
  }

  /** Numbers that look random: sines of large steps. */
  private static Operand<TFloat32> numbers(Ops tf, Shape shape, int seed) {
    Operand<TFloat32> steps =
        tf.range(tf.constant(0f), tf.constant((float) shape.size()), tf.constant(1f));
    return tf.reshape(
        tf.math.sin(tf.math.mul(steps, tf.constant(seed * 1.7f))), tf.constant(shape));
  }

  private static void assertSame(Body body, Shape k, Shape v) {
    NetworkFunction plain = function(body, k, v);
    List<float[]> expected = computed(plain, k, v, Long.MAX_VALUE);
    long slice = 2 * 1024 * v.get(2);
    List<float[]> found = computed(plain.withSlicedAttention(), k, v, slice);
    for (int i = 0; i < expected.size(); i++) {
      double norm = 0;
      double error = 0;
      for (int j = 0; j < expected.get(i).length; j++) {
        norm += Math.pow(expected.get(i)[j], 2);
        error += Math.pow(expected.get(i)[j] - found.get(i)[j], 2);
      }
      assertTrue(norm > 0);
      assertEquals(0, Math.sqrt(error / norm), 1e-4, "of result " + i);
    }
  }

  @Test
  void slicesAreEqualAndFew() {
    assertEquals(4, AttentionSlices.of(4096));
    assertEquals(6, AttentionSlices.of(4098), "five are not equal");
    assertEquals(1, AttentionSlices.of(3137), "a prime number");
    assertEquals(1, AttentionSlices.of(2 * 3137), "two slices, each of too many");
  }

  @Test
  void productsWithTheTransposeOfKThatAreMultiplied() {
    Shape tokens = Shape.of(1, 2, TOKENS, 4);
    assertSame(
        (tf, q, k, v) -> {
          Operand<TFloat32> logits = tf.train.batchMatMul(q, k, TYPE, BatchMatMul.adjY(true));
          Operand<TFloat32> all = tf.nn.softmax(tf.math.mul(logits, tf.constant(0.5f)));
          return tf.train.batchMatMul(all, v, TYPE);
        },
        tokens,
        tokens);
  }

  /** As Python's {@code scale * tf.matmul(...)} has it, and with copies between. */
  @Test
  void productsThatANumberIsMultipliedBy() {
    Shape tokens = Shape.of(1, 2, TOKENS, 4);
    assertSame(
        (tf, q, k, v) -> {
          Operand<TFloat32> logits =
              tf.identity(tf.train.batchMatMul(q, k, TYPE, BatchMatMul.adjY(true)));
          Operand<TFloat32> scaled = tf.math.mul(tf.constant(new float[] {0.5f}), logits);
          Operand<TFloat32> all = tf.identity(tf.nn.softmax(tf.identity(tf.identity(scaled))));
          return tf.train.batchMatMul(all, v, TYPE);
        },
        tokens,
        tokens);
  }

  /** By the root of a token's numbers, which their shape tells. */
  @Test
  void productsWithKThatAreDividedOfMoreTokensThanAsk() {
    assertSame(
        (tf, q, k, v) -> {
          Operand<TInt32> width = tf.stridedSlice(tf.shape(q), Indices.at(-1));
          Operand<TFloat32> root = tf.math.sqrt(tf.dtypes.cast(width, TYPE));
          Operand<TFloat32> logits = tf.math.div(tf.train.batchMatMul(q, k, TYPE), root);
          return tf.train.batchMatMul(tf.nn.softmax(logits), v, TYPE);
        },
        Shape.of(1, 2, 4, 1100),
        Shape.of(1, 2, 1100, 6));
  }

  /** As networks of ours have it. */
  @Test
  void whatIsInSlicesAlready() {
    Shape tokens = Shape.of(1, 2, TOKENS, 4);
    assertSame(
        (tf, q, k, v) -> {
          List<Operand<TFloat32>> parts = new ArrayList<>();
          for (Operand<TFloat32> part : tf.split(tf.constant(2), q, 2L).output()) {
            Operand<TFloat32> logits = tf.train.batchMatMul(part, k, TYPE, BatchMatMul.adjY(true));
            parts.add(tf.train.batchMatMul(tf.nn.softmax(logits), v, TYPE));
          }
          return tf.concat(parts, tf.constant(2));
        },
        tokens,
        tokens);
  }

  /** Heads that share k and v are cut along the numbers of a token: each is attention itself. */
  @Test
  void headsOfOneKeyAreNoSlicesOfTokens() {
    Shape one = Shape.of(1, 2, TOKENS, 2);
    assertSame(
        (tf, q, k, v) -> {
          List<Operand<TFloat32>> heads = new ArrayList<>();
          for (Operand<TFloat32> head : tf.split(tf.constant(-1), q, 2L).output()) {
            Operand<TFloat32> logits = tf.train.batchMatMul(head, k, TYPE, BatchMatMul.adjY(true));
            heads.add(tf.train.batchMatMul(tf.nn.softmax(logits), v, TYPE));
          }
          return tf.concat(heads, tf.constant(-1));
        },
        one,
        one);
  }

  /** Few tokens, a look at what is between, and a mask. */
  @Test
  void whatIsOtherwiseStaysAsItIs() {
    Shape few = Shape.of(1, 2, 77, 4);
    Shape tokens = Shape.of(1, 2, TOKENS, 4);
    Body plain =
        (tf, q, k, v) ->
            tf.train.batchMatMul(
                tf.nn.softmax(tf.train.batchMatMul(q, k, TYPE, BatchMatMul.adjY(true))), v, TYPE);
    Body masked =
        (tf, q, k, v) ->
            tf.train.batchMatMul(
                tf.nn.softmax(
                    tf.math.add(
                        tf.train.batchMatMul(q, k, TYPE, BatchMatMul.adjY(true)),
                        tf.constant(new float[(int) TOKENS]))),
                v,
                TYPE);
    NetworkFunction hidden = function(masked, tokens, tokens);
    for (NetworkFunction same : List.of(function(plain, few, few), hidden)) {
      assertEquals(same.graph(), same.withSlicedAttention().graph());
    }
    assertEquals(List.of(), WholeAttention.in(function(plain, few, few)));
    assertEquals(List.of(), WholeAttention.in(function(plain, tokens, tokens)), "cut into slices");
    WholeAttention whole = WholeAttention.in(hidden).get(0);
    assertEquals(TOKENS, whole.asking());
    assertEquals("Add, Softmax, BatchMatMulV3", whole.why());
  }

  /** Of rows and columns that are apart, with their products as Keras has them. */
  @Test
  void whatStaysWholeIsToldOfMapsToo() {
    Shape map = Shape.of(1, 40, 40, 4);
    Body keras =
        (tf, q, k, v) -> {
          Operand<TFloat32> pairs = tf.linalg.einsum(List.of(k, v), "bhwc,bHWc->bhwHW");
          Operand<TFloat32> rows = tf.reshape(pairs, tf.constant(new int[] {-1, 40, 40, 1600}));
          Operand<TFloat32> all = tf.reshape(tf.nn.softmax(rows), tf.shape(pairs));
          return tf.linalg.einsum(List.of(all, v), "bhwHW,bHWc->bhwc");
        };
    WholeAttention whole = WholeAttention.in(function(keras, map, map)).get(0);
    assertEquals("1600 x 1600 tokens, Softmax: Reshape, Softmax, Reshape", whole.toString());
  }
}

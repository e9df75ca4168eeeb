package io.github.fdistill.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.expr.TestGraph;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.random.RandomUniform;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat32;

/** Dropout as TensorFlow 1 wrote it, whose rate nothing feeds. */
class IdleDropoutTest {
  private static final float[] X = {1, -2, 3, 4};

  private static Operand<TFloat32> constant(Ops tf, float value) {
    return tf.placeholderWithDefault(tf.constant(value), Shape.scalar());
  }

  /** Before 1.13: floor(keep + u), with u from 0 to 1 times a difference and plus the least. */
  private static Operand<TFloat32> old(Ops tf, Operand<TFloat32> x, float keep) {
    Operand<TFloat32> drawn =
        tf.random.randomUniform(tf.shape(x), TFloat32.class, RandomUniform.seed(1L));
    Operand<TFloat32> range = tf.math.sub(tf.constant(1f), tf.constant(0f));
    Operand<TFloat32> uniform = tf.math.add(tf.math.mul(drawn, range), tf.constant(0f));
    Operand<TFloat32> rate = constant(tf, keep);
    Operand<TFloat32> mask = tf.math.floor(tf.math.add(rate, uniform));
    return tf.math.mul(tf.math.div(x, rate), mask);
  }

  /** Since then: u >= rate, where the rate is 1 less what is kept. */
  private static Operand<TFloat32> newer(Ops tf, Operand<TFloat32> x, float keep) {
    Operand<TFloat32> drawn =
        tf.random.randomUniform(tf.shape(x), TFloat32.class, RandomUniform.seed(1L));
    Operand<TFloat32> rate = tf.math.sub(tf.constant(1f), constant(tf, keep));
    Operand<TFloat32> mask = tf.dtypes.cast(tf.math.greaterEqual(drawn, rate), TFloat32.class);
    return tf.math.mul(x, mask);
  }

  private static long draws(GraphDef graph) {
    return graph.getNodeList().stream().filter(n -> n.getOp().equals("RandomUniform")).count();
  }

  @ParameterizedTest
  @CsvSource({"false, 1, 0", "true, 1, 0", "false, 0.9, 1", "true, 0.9, 1"})
  void whatKeepsAllDrawsNothing(boolean newer, float keep, long left) {
    try (TestGraph g = new TestGraph()) {
      Operand<TFloat32> x = g.tf.constant(X);
      Operand<TFloat32> y = newer ? newer(g.tf, x, keep) : old(g.tf, x, keep);
      String name = y.asOutput().op().name();
      GraphDef whole = ((Graph) g.tf.scope().env()).toGraphDef();
      assertEquals(1, draws(whole));
      GraphDef idle = IdleDropout.without(whole, List.of(name + ":0"));
      assertEquals(left, draws(idle));
      if (left == 0) {
        assertArrayEquals(X, run(idle, name));
      }
    }
  }

  private static float[] run(GraphDef graph, String output) {
    try (Graph read = new Graph()) {
      GraphAccess.importGraph(read, graph, "", java.util.Map.of());
      try (Session session = new Session(read);
          Result result = session.runner().fetch(output).run()) {
        float[] values = new float[X.length];
        ((TFloat32) result.get(0)).asRawTensor().data().asFloats().read(values);
        return values;
      }
    }
  }

  /** What is asked for itself, or is used otherwise, stays drawn. */
  @Test
  void whatIsSeenStaysDrawn() {
    try (TestGraph g = new TestGraph()) {
      Operand<TFloat32> y = old(g.tf, g.tf.constant(X), 1);
      GraphDef whole = ((Graph) g.tf.scope().env()).toGraphDef();
      String drawn =
          whole.getNodeList().stream()
              .filter(node -> node.getOp().equals("RandomUniform"))
              .findFirst()
              .orElseThrow()
              .getName();
      List<String> both = List.of(y.asOutput().op().name() + ":0", drawn + ":0");
      assertEquals(1, draws(IdleDropout.without(whole, both)));
    }
  }
}

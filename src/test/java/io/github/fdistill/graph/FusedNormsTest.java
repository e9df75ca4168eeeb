package io.github.fdistill.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.device.NodeNames;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.math.Mean;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat32;

/** Which sums of means are norms: ConstantNormsTest holds what they then compute. */
class FusedNormsTest {
  private static final Shape SHAPE = Shape.of(-1, 4, 4, 6);

  private static GraphDef graph(BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> formula) {
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      formula.apply(tf, tf.placeholder(TFloat32.class, Placeholder.shape(SHAPE)));
      return graph.toGraphDef();
    }
  }

  private static Operand<TFloat32> mean(Ops tf, Operand<TFloat32> x) {
    return tf.math.mean(x, tf.constant(new int[] {1, 2}), Mean.keepDims(true));
  }

  private static Operand<TFloat32> norm(Ops tf, Operand<TFloat32> x, Operand<TFloat32> scale) {
    Operand<TFloat32> squares = tf.math.squaredDifference(x, mean(tf, x));
    Operand<TFloat32> variance = tf.math.add(mean(tf, squares), tf.constant(1e-5f));
    return tf.math.mul(x, tf.math.mul(tf.math.rsqrt(variance), scale));
  }

  private static Operand<TFloat32> constants(Ops tf) {
    return tf.reshape(tf.constant(new float[6]), tf.constant(new int[] {6}));
  }

  private static Operand<TFloat32> variable(Ops tf) {
    return tf.variable(Shape.of(6), TFloat32.class);
  }

  private static boolean areIn(GraphDef graph) {
    return FusedNorms.areIn(graph, "a graph");
  }

  /** A mean of products may be below 0: an Abs would change it. */
  @Test
  void aProductOfTwoHalvesIsNoSquare() {
    GraphDef halves =
        graph(
            (tf, x) -> {
              List<Output<TFloat32>> half = tf.split(tf.constant(3), x, 2L).output();
              Operand<TFloat32> first = tf.identity(half.get(0));
              return tf.math.add(mean(tf, tf.math.mul(first, half.get(1))), tf.constant(1f));
            });
    assertEquals(halves, FusedNorms.apart(halves));
    GraphDef one =
        graph(
            (tf, x) -> {
              Operand<TFloat32> half = tf.<TFloat32>split(tf.constant(3), x, 2L).output().get(1);
              Operand<TFloat32> same = tf.identity(half);
              return tf.math.add(mean(tf, tf.math.mul(same, half)), tf.constant(1f));
            });
    assertEquals(one.getNodeCount() + 1, FusedNorms.apart(one).getNodeCount());
  }

  /** The same norm in a function, which is given the images and the scale. */
  private static GraphDef calling(Function<Ops, Operand<TFloat32>> scale) {
    try (Graph inside = new Graph();
        Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(inside);
      Operand<TFloat32> x = tf.placeholder(TFloat32.class, Placeholder.shape(SHAPE));
      Operand<TFloat32> given = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(6)));
      Signature signature =
          Signature.builder("norm")
              .input("x", x)
              .input("scale", given)
              .output("y", norm(tf, x, given))
              .build();
      try (ConcreteFunction function = ConcreteFunction.create(signature, inside)) {
        Ops outer = NodeNames.ops(graph);
        Operand<TFloat32> images = outer.placeholder(TFloat32.class, Placeholder.shape(SHAPE));
        outer.call(function, Map.of("x", images, "scale", scale.apply(outer)));
        return graph.toGraphDef();
      }
    }
  }

  /** Of these alone TensorFlow makes one op; all others keep what it does for their speed. */
  @Test
  void aNormIsFusedWhereItsScaleIsConstant() {
    GraphDef constant = graph((tf, x) -> norm(tf, x, constants(tf)));
    GraphDef variable = graph((tf, x) -> norm(tf, x, variable(tf)));
    GraphDef divided =
        graph(
            (tf, x) -> {
              Operand<TFloat32> squares = mean(tf, tf.math.square(tf.math.sub(x, mean(tf, x))));
              Operand<TFloat32> root = tf.math.sqrt(tf.math.add(squares, tf.constant(1e-5f)));
              return tf.math.mul(tf.math.div(x, root), tf.constant(new float[6]));
            });
    assertTrue(areIn(constant));
    assertTrue(areIn(divided));
    assertTrue(areIn(calling(FusedNormsTest::constants)), "of a function that takes its scale");
    assertFalse(areIn(calling(FusedNormsTest::variable)));
    assertFalse(areIn(variable));
    assertFalse(areIn(FusedNorms.apart(constant)));
  }
}

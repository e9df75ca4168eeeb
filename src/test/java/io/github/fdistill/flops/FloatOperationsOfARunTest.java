package io.github.fdistill.flops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.device.NodeNames;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TFloat32;

/** Counted by hand: two operations for each term of each sum. */
class FloatOperationsOfARunTest {

  private static Operand<TFloat32> tensor(Ops tf, long... shape) {
    return tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(shape)));
  }

  @Test
  void aConvolutionForwardAndBackward() {
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      Operand<TFloat32> x = tensor(tf, 2, 8, 8, 3);
      Operand<TFloat32> filter = tensor(tf, 3, 3, 3, 5);
      Operand<TFloat32> y = tf.nn.conv2d(x, filter, List.of(1L, 2L, 2L, 1L), "SAME");
      // [2,4,4,5], each a sum of 3 * 3 * 3 terms.
      long forward = 2L * (2 * 4 * 4 * 5) * (3 * 3 * 3);
      assertEquals(Map.of("Conv2D", forward), FloatOperations.of(List.of(y.op())).byType());

      // d sum(y^2): the filter's gradient sums 2 * 4 * 4 terms for each of 3 * 3 * 3 * 5 values,
      // the
      // input's has as many terms as the convolution; both need the convolution itself.
      Operand<TFloat32> loss = tf.reduceSum(tf.math.square(y), tf.constant(new int[] {0, 1, 2, 3}));
      Output<?>[] gradients =
          graph.addGradients(loss.asOutput(), new Output<?>[] {filter.asOutput(), x.asOutput()});
      FloatOperations all = FloatOperations.of(List.of(gradients[0].op(), gradients[1].op()));
      assertEquals(
          Map.of(
              "Conv2D",
              forward,
              "Conv2DBackpropFilter",
              2L * (3 * 3 * 3 * 5) * (2 * 4 * 4),
              "Conv2DBackpropInput",
              forward),
          all.byType());
      assertEquals(3 * forward, all.total());
      assertEquals(6 * forward, all.times(2).total());
      assertEquals(5 * forward, all.plus(all.plus(FloatOperations.none())).total() - forward);
    }
  }

  @Test
  void productsOfMatrices() {
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      Operand<TFloat32> plain = tf.linalg.matMul(tensor(tf, 4, 7), tensor(tf, 7, 3));
      assertEquals(2 * 4 * 3 * 7, FloatOperations.of(List.of(plain.op())).total());
      Operand<TFloat32> turned =
          tf.linalg.matMul(tensor(tf, 7, 4), tensor(tf, 7, 3), MatMul.transposeA(true));
      assertEquals(2 * 4 * 3 * 7, FloatOperations.of(List.of(turned.op())).total());
      Operand<TFloat32> batch =
          tf.train.batchMatMul(
              tensor(tf, 6, 2, 4, 7),
              tensor(tf, 6, 2, 3, 7),
              TFloat32.class,
              BatchMatMul.adjY(true));
      assertEquals(6 * 2 * 2 * 4 * 3 * 7, FloatOperations.of(List.of(batch.op())).total());
      Operand<TFloat32> adjoint =
          tf.train.batchMatMul(
              tensor(tf, 6, 7, 4), tensor(tf, 6, 7, 3), TFloat32.class, BatchMatMul.adjX(true));
      assertEquals(2 * 6 * 4 * 3 * 7, FloatOperations.of(List.of(adjoint.op())).total());
    }
  }

  @Test
  void oneFilterAChannelForwardAndBackward() {
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      Operand<TFloat32> x = tensor(tf, 2, 8, 8, 3);
      Operand<TFloat32> filter = tensor(tf, 5, 5, 3, 2);
      Operand<TFloat32> y = tf.nn.depthwiseConv2dNative(x, filter, List.of(1L, 1L, 1L, 1L), "SAME");
      long forward = 2L * (2 * 8 * 8 * 6) * (5 * 5);
      Output<?>[] gradients =
          graph.addGradients(y.asOutput(), new Output<?>[] {filter.asOutput(), x.asOutput()});
      assertEquals(forward, FloatOperations.of(List.of(y.op())).total());
      // The gradient begins with ones of y's shape, which TensorFlow takes from y itself.
      assertEquals(2 * forward, FloatOperations.of(List.of(gradients[0].op())).total());
      assertEquals(2 * forward, FloatOperations.of(List.of(gradients[1].op())).total());
    }
  }

  @Test
  void whatRunsOnceCountsOnceAndWhatIsNotWantedNot() {
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      Operand<TFloat32> a = tensor(tf, 4, 4);
      Operand<TFloat32> square = tf.linalg.matMul(a, a);
      Operand<TFloat32> twice = tf.math.add(square, square);
      var ordered = tf.withControlDependencies(List.of(square)).noOp();
      tf.linalg.matMul(a, square);
      assertEquals(
          2 * 64, FloatOperations.of(List.of(twice.op(), square.op(), ordered.op())).total());
      assertEquals(2 * 64, FloatOperations.of(List.of(ordered.op())).total());
    }
  }

  @Test
  void rowsAreAsManyAsAreAskedFor() {
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      Operand<TFloat32> y = tf.linalg.matMul(tensor(tf, -1, 7), tensor(tf, 7, 3));
      assertEquals(2 * 5 * 3 * 7, FloatOperations.of(graph, List.of(y.op()), 5).total());
      assertEquals(
          2 * 2 * 5 * 3 * 7, FloatOperations.of(graph, List.of(y.op(), y.op()), 5).total());
      String message =
          assertThrows(
                  IllegalStateException.class, () -> FloatOperations.of(List.of(y.op())).complete())
              .getMessage();
      assertTrue(message.contains(y.op().name()), message);
    }
  }
}

package io.github.fdistill.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.expr.Expr;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TFloat32;

/** Maps inside a network that goes down to half its size and up again. */
class FeatureTensorsTest {

  /**
   * Channels are weighed by their sums [N,1,1,2], which are no map of the images' proportions, nor
   * is the attention [N,1,16,16]; the skip back up depends on what is smaller.
   */
  private static NetworkFunction network() {
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      Operand<TFloat32> x =
          tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 8, 8, 2)));
      Operand<TFloat32> time =
          tf.withName("t").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 8, 8, 2)));
      Operand<TFloat32> first = tf.withName("first").nn.relu(x);
      Operand<TFloat32> sums =
          tf.reduceSum(first, tf.constant(new int[] {1, 2}), ReduceSum.keepDims(true));
      Operand<TFloat32> weighed = tf.withName("weighed").math.mul(first, sums);
      List<Long> two = List.of(1L, 2L, 2L, 1L);
      Expr small = Expr.of(tf, tf.withName("pooled").nn.avgPool(weighed, two, two, "VALID"));
      Operand<TFloat32> rows = small.reshape(-1, 1, 16, 2);
      Operand<TFloat32> attention =
          tf.train.batchMatMul(rows, rows, TFloat32.class, BatchMatMul.adjY(true));
      Operand<TFloat32> seen = tf.train.batchMatMul(attention, rows, TFloat32.class);
      Operand<TFloat32> attended =
          tf.withName("attended")
              .math
              .add(small, tf.reshape(seen, tf.constant(new int[] {-1, 4, 4, 2})));
      Operand<TFloat32> up =
          tf.image.resizeNearestNeighbor(attended, tf.constant(new int[] {8, 8}));
      Operand<TFloat32> skip = tf.withName("skip").math.add(up, weighed);
      Operand<TFloat32> y = tf.withName("y").math.add(skip, tf.withName("clock").math.abs(time));
      return new NetworkFunction(
          graph.toGraphDef(),
          Map.of("x", "x", "t", "t"),
          Map.of("y", y.op().name() + ":0"),
          new Parameters(List.of()));
    }
  }

  @Test
  void theLastOfEachHeightOnTheWayDown() {
    FeatureTensors maps = new FeatureTensors(network(), "x", false, 8, 8);
    assertEquals(Map.of(4L, "attended:0", 8L, "weighed:0"), maps.lastOfEachHeight());
  }

  @Test
  void mapsHaveShapesAndDependOnTheImages() {
    FeatureTensors maps = new FeatureTensors(network(), "x", false, 8, 8);
    assertEquals(Optional.of(Shape.of(4, 4, 2)), maps.shape("pooled"));
    assertEquals(Optional.of(Shape.of(8, 8, 2)), maps.shape("skip:0"));
    assertEquals(Optional.empty(), maps.shape("clock"), "of the time alone");
    assertEquals(Optional.empty(), maps.shape("x"), "the images themselves");
    assertEquals(Optional.empty(), maps.shape("nowhere"));
    FeatureTensors first = new FeatureTensors(network(), "x", true, 8, 8);
    assertEquals(Optional.of(Shape.of(4, 2, 4)), first.shape("pooled"), "channels first");
  }
}

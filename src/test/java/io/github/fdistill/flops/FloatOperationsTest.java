package io.github.fdistill.flops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.device.NodeNames;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TFloat32;

/** Two operations for each term of each sum, counted by hand. */
class FloatOperationsTest {

  private static Operand<TFloat32> tensor(Ops tf, long... dims) {
    return tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(dims)));
  }

  private static FloatOperations of(Function<Ops, ?> build) {
    try (Graph graph = new Graph()) {
      build.apply(NodeNames.ops(graph));
      return FloatOperations.of(graph);
    }
  }

  private static void assertCount(long expected, String type, Function<Ops, ?> build) {
    assertEquals(Map.of(type, expected), of(build).byType());
    assertEquals(expected, of(build).total());
  }

  @Test
  void convolutions() {
    List<Long> two = List.of(1L, 2L, 2L, 1L);
    assertCount(
        2 * (4 * 3 * 5) * (3 * 2 * 6),
        "Conv2D",
        tf -> tf.nn.conv2d(tensor(tf, 1, 8, 6, 6), tensor(tf, 3, 2, 6, 5), two, "SAME"));
    assertCount(
        2 * (8 * 6 * 12) * (3 * 2),
        "DepthwiseConv2dNative",
        tf ->
            tf.nn.depthwiseConv2dNative(
                tensor(tf, 1, 8, 6, 6), tensor(tf, 3, 2, 6, 2), List.of(1L, 1L, 1L, 1L), "SAME"));
    assertCount(
        2 * (4 * 3 * 5) * (3 * 2 * 6),
        "Conv2DBackpropInput",
        tf ->
            tf.nn.conv2dBackpropInput(
                tf.constant(new int[] {1, 8, 6, 6}),
                tensor(tf, 3, 2, 6, 5),
                tensor(tf, 1, 4, 3, 5),
                two,
                "SAME"));
  }

  @Test
  void products() {
    assertCount(
        2 * 3 * 4 * 5, "MatMul", tf -> tf.linalg.matMul(tensor(tf, 3, 5), tensor(tf, 5, 4)));
    assertCount(
        2 * 3 * 4 * 5,
        "MatMul",
        tf -> tf.linalg.matMul(tensor(tf, 5, 3), tensor(tf, 5, 4), MatMul.transposeA(true)));
    assertCount(
        2 * 7 * 3 * 4 * 5,
        "BatchMatMulV3",
        tf ->
            tf.train.batchMatMul(
                tensor(tf, 7, 5, 3), tensor(tf, 5, 4), TFloat32.class, BatchMatMul.adjX(true)));
  }

  @Test
  void einsums() {
    assertCount(
        2 * 2 * 3 * 4 * 5 * 6,
        "Einsum",
        tf ->
            tf.linalg.einsum(
                List.of(tensor(tf, 2, 3, 5, 6), tensor(tf, 2, 4, 5, 6)), "bqhd,bkhd->bhqk"));
    assertCount(
        2 * 2 * 3 * 4 * 5,
        "Einsum",
        tf -> tf.linalg.einsum(List.of(tensor(tf, 2, 3, 4), tensor(tf, 4, 5)), "...i,ij->...j"));
  }

  @Test
  void whatHasNoKnownShapeIsNamedAndNotCounted() {
    FloatOperations found =
        of(tf -> tf.withName("open").linalg.matMul(tensor(tf, -1, 5), tensor(tf, 5, 4)));
    assertEquals(List.of("open"), found.unknown());
    assertEquals(0, found.total());
  }
}

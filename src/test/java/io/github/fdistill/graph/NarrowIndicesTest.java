package io.github.fdistill.graph;

import io.github.fdistill.graph.GradientRewritesTest.Building;
import io.github.fdistill.graph.GradientRewritesTest.In;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt64;

/** Ops that take indices, axes or sizes of 64 bits have their gradients all the same. */
class NarrowIndicesTest {
  private static final List<In> INPUT = List.of(In.random(1, 3, 4));

  private static Operand<TInt64> numbers(Ops tf, String words) {
    String[] each = words.split(" ");
    long[] values = new long[each.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = each[i].equals("most") ? Long.MAX_VALUE : Long.parseLong(each[i]);
    }
    return tf.constant(values);
  }

  private static void right(String op, String... indices) {
    Building building =
        (tf, made, inputs) -> {
          Output<?> x = inputs.get(0).asOutput();
          boolean several = op.equals("ConcatV2");
          made = several ? made.addInputList(new Output<?>[] {x, x}) : made.addInput(x);
          for (String words : indices) {
            Operand<TInt64> vector = numbers(tf, words.replace("axis ", "").replace("pairs ", ""));
            if (words.startsWith("axis")) {
              made.addInput(tf.squeeze(vector).asOutput());
            } else if (words.startsWith("pairs")) {
              made.addInput(tf.reshape(vector, tf.constant(new int[] {-1, 2})).asOutput());
            } else {
              made.addInput(vector.asOutput());
            }
          }
          if (op.equals("PadV2")) {
            made.addInput(tf.constant(0.5).asOutput());
          }
        };
    GradientRewritesTest.assertRight(GradientRewritesTest.graph(op, INPUT, building), INPUT);
  }

  @ParameterizedTest
  @CsvSource({
    "Slice, 0 1, 2 2",
    "GatherV2, 2 0, axis 1",
    "Pad, pairs 1 0 0 2,",
    "PadV2, pairs 1 0 0 2,",
    "Tile, 2 1,",
    "BroadcastTo, 2 3 4,",
    "Transpose, 1 0,",
    "Reshape, 4 3,",
    "ReverseV2, 1,",
    "Cumsum, axis 1,",
    "ExpandDims, axis 1,",
    "ConcatV2, axis 1,",
    "Sum, -1,",
    "Mean, 0 1,",
    "Max, 1,",
    "Min, 1,",
    "Prod, 1,",
    "EuclideanNorm, 1,"
  })
  void theGradientIsThatOfFiniteDifferences(String op, String first, String second) {
    if (second == null) {
      right(op, first);
    } else {
      right(op, first, second);
    }
  }

  /** What is as far as 64 bits go stands for the end. */
  @ParameterizedTest
  @CsvSource({"0 1, 2 4, 1 2", "0 1, 2 most, 1 2", "1 0, most most, 1 1"})
  void slicesGoToTheEnd(String begin, String end, String strides) {
    right("StridedSlice", begin, end, strides);
  }
}

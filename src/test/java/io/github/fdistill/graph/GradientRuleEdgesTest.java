package io.github.fdistill.graph;

import static io.github.fdistill.graph.GradientRewritesTest.assertRight;
import static io.github.fdistill.graph.GradientRewritesTest.differences;
import static io.github.fdistill.graph.GradientRewritesTest.gradients;
import static io.github.fdistill.graph.GradientRewritesTest.graph;
import static io.github.fdistill.graph.GradientRewritesTest.rewritten;
import static io.github.fdistill.graph.GradientRewritesTest.run;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.graph.GradientRewritesTest.Building;
import io.github.fdistill.graph.GradientRewritesTest.In;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.GraphOperationBuilder;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.GraphDef;

/** Axes from the end, channels first, explicit padding, factors of 0: where rules go wrong. */
class GradientRuleEdgesTest {

  /** As in Python: 0 where a factor is; a finite x has its gradient even so, of MulNoNan. */
  @Test
  void nothingTimesInfinityIsNothing() {
    In zero = new In(Shape.of(2), 0, 2);
    for (String op : List.of("Xlogy", "Xdivy")) {
      List<In> inputs = List.of(zero, new In(Shape.of(2), 0, 3));
      GraphDef graph = rewritten(graph(op, inputs, b -> {}));
      assertEquals(0, run(graph, inputs)[0], op);
      assertEquals(0, gradients(graph, inputs).get(0)[0], op);
      assertEquals(0, gradients(graph, inputs).get(1)[0], op);
    }
    In x = new In(Shape.of(3), Double.POSITIVE_INFINITY, 3, 5);
    List<In> inputs = List.of(x, new In(Shape.of(3), 0, 2, 0));
    GraphDef graph = rewritten(graph("MulNoNan", inputs, b -> {}));
    assertArrayEquals(new double[] {0, 6, 0}, run(graph, inputs));
    List<double[]> found = gradients(graph, inputs);
    assertArrayEquals(new double[] {0, 2 * Math.cos(1), 0}, found.get(0), 1e-12);
    assertArrayEquals(new double[] {0, 3 * Math.cos(1), 5 * Math.cos(2)}, found.get(1), 1e-12);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, -2, -3, 1})
  void gathersAlongAnAxisFromTheEnd(int axis) {
    List<In> table = List.of(In.random(5, 4, 3, 3));
    for (boolean wide : new boolean[] {false, true}) {
      Building along =
          (tf, op, in) -> {
            op.addInput(in.get(0).asOutput()).addInput(tf.constant(new int[] {2, 0, 2}).asOutput());
            op.addInput((wide ? tf.constant((long) axis) : tf.constant(axis)).asOutput());
          };
      assertRight(graph("GatherV2", table, along), table);
    }
  }

  /** On a CPU TensorFlow has none with channels first. */
  @Test
  void blocksOfImagesWithChannelsFirst() {
    Consumer<GraphOperationBuilder> channelsFirst =
        op -> {
          op.setAttr("block_size", 2L);
          op.setAttr("data_format", "NCHW");
        };
    In deep = In.random(1, 2, 8, 3, 1);
    double[] moved = new double[deep.values().length];
    for (int i = 0; i < moved.length; i++) {
      int row = i % 3;
      int channel = i / 3 % 2;
      int right = i / 6 % 2;
      int down = i / 12 % 2;
      int image = i / 24;
      moved[(image * 2 + channel) * 12 + (row * 2 + down) * 2 + right] = deep.values()[i];
    }
    In wide = new In(Shape.of(2, 2, 6, 2), moved);
    assertMoves(rewritten(graph("DepthToSpace", List.of(deep), channelsFirst)), deep, wide);
    assertMoves(rewritten(graph("SpaceToDepth", List.of(wide), channelsFirst)), wide, deep);
  }

  private static void assertMoves(GraphDef graph, In from, In to) {
    List<In> inputs = List.of(from);
    assertArrayEquals(to.values(), run(graph, inputs));
    double[] slopes = differences(graph, inputs).get(0);
    assertArrayEquals(slopes, gradients(graph, inputs).get(0), 1e-7);
  }

  @Test
  void largestOfWhatIsPaddedExplicitly() {
    List<In> images = List.of(In.random(1, 2, 5, 4, 2));
    Consumer<GraphOperationBuilder> explicit =
        op -> {
          op.setAttr("ksize", new long[] {1, 3, 3, 1});
          op.setAttr("strides", new long[] {1, 2, 1, 1});
          op.setAttr("padding", "EXPLICIT");
          op.setAttr("explicit_paddings", new long[] {0, 0, 1, 2, 0, 1, 0, 0});
        };
    assertRight(graph("MaxPool", images, explicit), images);
  }
}

package io.github.fdistill.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.savedmodel.WeightArrays;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.AllocatorMemoryUsed;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.types.TFloat32;

class ParametersTest {
  private static final Parameters P =
      new Parameters(
          List.of(
              new Parameter("kernel", Shape.of(2, 3)),
              new Parameter("scale", Shape.scalar()),
              new Parameter("bias", Shape.of(3))));

  private static final float[] NUMBERS = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  private static final float[] VECTOR = WeightArrays.withZeros(P, NUMBERS);

  @Test
  void eachBeginsAtAMultipleOf64BytesAndTheRestIsZero() {
    assertEquals(10, P.size());
    assertEquals(48, P.length());
    assertArrayEquals(new long[] {0, 16, 32}, P.offsets());
    float[] expected = new float[48];
    System.arraycopy(NUMBERS, 0, expected, 0, 6);
    expected[16] = 7;
    System.arraycopy(NUMBERS, 7, expected, 32, 3);
    assertArrayEquals(expected, VECTOR);
    Parameters even = new Parameters(List.of(new Parameter("w", Shape.of(4, 8))));
    assertEquals(even.size(), even.length());
  }

  /** However it is cut, the runs' lengths and the parameters' names add up to the whole. */
  @Test
  void runsAreSmallParametersTogetherAndBlocksOfLargeOnes() {
    Parameters all =
        new Parameters(
            List.of(
                new Parameter("scale", Shape.scalar()),
                new Parameter("large", Shape.of(5, 8, 5)),
                new Parameter("bias", Shape.of(3)),
                new Parameter("line", Shape.of(40))));
    List<List<Parameter>> runs = new ArrayList<>();
    all.runs(32).forEach(run -> runs.add(run.list()));
    List<Parameter> first =
        List.of(new Parameter("scale", Shape.scalar()), new Parameter("large", Shape.of(16, 5)));
    assertEquals(
        List.of(
            first,
            List.of(new Parameter("large", Shape.of(16, 5))),
            List.of(new Parameter("large", Shape.of(8, 5))),
            List.of(new Parameter("bias", Shape.of(3)), new Parameter("line", Shape.of(32))),
            List.of(new Parameter("line", Shape.of(8)))),
        runs);
    assertEquals(all.length(), all.runs(32).stream().mapToLong(Parameters::length).sum());
    assertEquals(List.of(all), all.runs(1000));
  }

  @Test
  void thereMayBeMoreThanAnIntCounts() {
    Parameter half = new Parameter("half", Shape.of(1L << 16, (1L << 14) + 1));
    Parameters all = new Parameters(List.of(half, half, half));
    assertEquals(3 * ((1L << 30) + (1L << 16)), all.size());
    assertArrayEquals(new long[] {0, half.size(), 2 * half.size()}, all.offsets());
    assertThrows(
        ArithmeticException.class,
        () ->
            new Parameters(
                    java.util.Collections.nCopies(1 << 20, new Parameter("w", Shape.of(1L << 62))))
                .size());
  }

  @Test
  void theGraphCutsAsJavaDoesAndGivesTheShapes() {
    try (TestGraph g = new TestGraph()) {
      Map<String, Operand<TFloat32>> tensors = P.split(g.tf, g.tf.constant(VECTOR));
      assertEquals(P.names(), List.copyOf(tensors.keySet()));
      for (Parameter p : P.list()) {
        assertEquals(p.shape(), tensors.get(p.name()).shape());
        float[] part = WeightArrays.split(P, NUMBERS).get(p.name());
        assertArrayEquals(part, g.value(tensors.get(p.name())));
      }
    }
  }

  /** TensorFlow adds up where they begin in the type of their sizes, and ends beyond 2^31. */
  @Test
  void ofSoManyWeightsAsSdxlHasTheSizesAreInt64() {
    Shape billion = Shape.of(1_000_000_000);
    Parameters large =
        new Parameters(
            List.of(
                new Parameter("a", billion),
                new Parameter("b", billion),
                new Parameter("c", billion)));
    for (Parameters each : List.of(P, large)) {
      try (TestGraph g = new TestGraph()) {
        Shape all = Shape.of(each.length());
        Operand<TFloat32> vector = g.tf.placeholder(TFloat32.class, Placeholder.shape(all));
        Operand<TFloat32> first = each.split(g.tf, vector).get(each.names().get(0));
        GraphOperation cut = (GraphOperation) ((GraphOperation) first.op()).input(0).op();
        assertEquals("SplitV", cut.type());
        assertEquals(
            each == large ? DataType.DT_INT64 : DataType.DT_INT32, cut.input(1).dataType());
      }
    }
  }

  /** But for those of a parameter that has zeros behind it. */
  @Test
  void theTensorsLieInTheMemoryOfTheVector() {
    Parameters odd =
        new Parameters(
            List.of(
                new Parameter("kernel", Shape.of(32, 100)),
                new Parameter("bias", Shape.of(3)),
                new Parameter("head", Shape.of(100, 80))));
    try (TestGraph g = new TestGraph()) {
      Operand<TFloat32> vector = g.vector();
      List<Operand<TFloat32>> parts = List.copyOf(odd.split(g.tf, vector).values());
      assertEquals(64, made(g, vector, odd.length(), parts), "bytes for the bias");
      // As it would be without the zeros.
      List<Operand<TFloat32>> packed = new ArrayList<>();
      g.tf
          .splitV(vector, g.tf.constant(new long[] {3200, 3, 8000}), g.tf.constant(0), 3L)
          .output()
          .forEach(packed::add);
      assertTrue(made(g, vector, odd.size(), packed) >= 4 * odd.size());
    }
  }

  /** Bytes of new memory that the splits take for these tensors. */
  private static long made(
      TestGraph g, Operand<TFloat32> vector, long length, List<Operand<TFloat32>> parts) {
    RunOptions full =
        RunOptions.newBuilder().setTraceLevel(RunOptions.TraceLevel.FULL_TRACE).build();
    Session.Runner runner = g.session().runner().setOptions(full);
    parts.forEach(part -> runner.fetch(Expr.of(g.tf, part).sum()));
    try (TFloat32 fed = TFloat32.tensorOf(Shape.of(length));
        Result result = runner.feed(vector, fed).runAndFetchMetadata()) {
      return result.getMetadata().orElseThrow().getStepStats().getDevStatsList().stream()
          .flatMap(device -> device.getNodeStatsList().stream())
          .filter(node -> node.getTimelineLabel().contains("SplitV("))
          .flatMap(node -> node.getMemoryList().stream())
          .mapToLong(AllocatorMemoryUsed::getTotalBytes)
          .sum();
    }
  }

  @Test
  void oneParameterAloneIsTheWholeVectorAndNoneIsNothing() {
    Parameters one = new Parameters(List.of(new Parameter("w", Shape.of(5, 2))));
    try (TestGraph g = new TestGraph()) {
      Operand<TFloat32> w = one.split(g.tf, WeightArrays.constant(g.tf, one, NUMBERS)).get("w");
      assertEquals(Shape.of(5, 2), w.shape());
      assertArrayEquals(NUMBERS, g.value(w));
      Parameters none = new Parameters(List.of());
      assertTrue(none.split(g.tf, g.tf.constant(new float[0])).isEmpty());
    }
  }

  @Test
  void theGradientThroughSplitReachesEachParameter() {
    try (TestGraph g = new TestGraph()) {
      Placeholder<TFloat32> vector =
          g.tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(P.length())));
      Map<String, Operand<TFloat32>> w = P.split(g.tf, vector);
      Expr kernel = Expr.of(g.tf, w.get("kernel")).times(0.1);
      Expr loss = kernel.plus(w.get("bias")).times(w.get("scale")).square().sum();
      Expr gradient = Expr.of(g.tf, g.tf.gradients(loss, List.of(vector)).dy(0));
      float[] exact = g.run(Map.of(vector, VECTOR), List.of(), List.of(gradient)).get(0);
      for (int i = 0; i < VECTOR.length; i++) {
        double rise = loss(g, vector, loss, i, 0.05f) - loss(g, vector, loss, i, -0.05f);
        // Zeros between parameters stay zeros.
        assertEquals(rise / 0.1, exact[i], 0.002 * Math.abs(exact[i]), "number " + i);
      }
    }
  }

  private static float loss(
      TestGraph g, Placeholder<TFloat32> vector, Expr loss, int index, float change) {
    float[] moved = VECTOR.clone();
    moved[index] += change;
    return g.run(Map.of(vector, moved), List.of(), List.of(loss)).get(0)[0];
  }

  @Test
  void aParameterThatTheLossLeavesOutHasGradientZero() {
    try (TestGraph g = new TestGraph()) {
      Placeholder<TFloat32> vector =
          g.tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(P.length())));
      Expr loss = Expr.of(g.tf, P.split(g.tf, vector).get("bias")).sum();
      Expr gradient = Expr.of(g.tf, g.tf.gradients(loss, List.of(vector)).dy(0));
      assertArrayEquals(
          WeightArrays.withZeros(P, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1),
          g.run(Map.of(vector, VECTOR), List.of(), List.of(gradient)).get(0));
    }
  }
}

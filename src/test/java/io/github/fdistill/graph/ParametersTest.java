package io.github.fdistill.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.graph.Parameters.Parameter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

class ParametersTest {
  private static final Parameters P =
      new Parameters(
          List.of(
              new Parameter("kernel", Shape.of(2, 3)),
              new Parameter("scale", Shape.scalar()),
              new Parameter("bias", Shape.of(3))));

  private static final float[] VECTOR = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

  @Test
  void splitCutsInOrderAndJoinIsItsInverse() {
    Map<String, float[]> parts = P.split(VECTOR);
    assertEquals(10, P.size());
    assertEquals(P.names(), List.copyOf(parts.keySet()));
    assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, parts.get("kernel"));
    assertArrayEquals(new float[] {7}, parts.get("scale"));
    assertArrayEquals(new float[] {8, 9, 10}, parts.get("bias"));
    assertArrayEquals(VECTOR, P.join(parts));
  }

  @Test
  void theGraphCutsAsJavaDoesAndGivesTheShapes() {
    try (TestGraph g = new TestGraph()) {
      Map<String, Operand<TFloat32>> tensors = P.split(g.tf, g.tf.constant(VECTOR));
      for (Parameter p : P.list()) {
        assertEquals(p.shape(), tensors.get(p.name()).shape());
        assertArrayEquals(P.split(VECTOR).get(p.name()), g.value(tensors.get(p.name())));
      }
    }
  }

  @Test
  void oneParameterAloneIsTheWholeVectorAndNoneIsNothing() {
    Parameters one = new Parameters(List.of(new Parameter("w", Shape.of(5, 2))));
    try (TestGraph g = new TestGraph()) {
      Operand<TFloat32> w = one.split(g.tf, g.tf.constant(VECTOR)).get("w");
      assertEquals(Shape.of(5, 2), w.shape());
      assertArrayEquals(VECTOR, g.value(w));
      Parameters none = new Parameters(List.of());
      assertTrue(none.split(g.tf, g.tf.constant(new float[0])).isEmpty());
    }
  }

  @Test
  void theGradientThroughSplitReachesEachParameter() {
    try (TestGraph g = new TestGraph()) {
      Placeholder<TFloat32> vector =
          g.tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(P.size())));
      Map<String, Operand<TFloat32>> w = P.split(g.tf, vector);
      Expr kernel = Expr.of(g.tf, w.get("kernel")).times(0.1);
      Expr loss = kernel.plus(w.get("bias")).times(w.get("scale")).square().sum();
      Expr gradient = Expr.of(g.tf, g.tf.gradients(loss, List.of(vector)).dy(0));
      float[] exact = g.run(Map.of(vector, VECTOR), List.of(), List.of(gradient)).get(0);
      for (int i = 0; i < VECTOR.length; i++) {
        double rise = loss(g, vector, loss, i, 0.05f) - loss(g, vector, loss, i, -0.05f);
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
          g.tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(P.size())));
      Expr loss = Expr.of(g.tf, P.split(g.tf, vector).get("bias")).sum();
      Expr gradient = Expr.of(g.tf, g.tf.gradients(loss, List.of(vector)).dy(0));
      assertArrayEquals(
          new float[] {0, 0, 0, 0, 0, 0, 0, 1, 1, 1},
          g.run(Map.of(vector, VECTOR), List.of(), List.of(gradient)).get(0));
    }
  }

  @Test
  void valuesOfAnotherLengthAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> P.split(new float[9]));
    assertThrows(IllegalArgumentException.class, () -> P.split(new float[11]));
    Map<String, float[]> parts = new HashMap<>(P.split(VECTOR));
    parts.put("bias", new float[2]);
    assertThrows(IllegalArgumentException.class, () -> P.join(parts));
    parts.remove("bias");
    assertThrows(IllegalArgumentException.class, () -> P.join(parts));
  }
}

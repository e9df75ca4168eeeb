package io.github.fdistill.condition;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.diffusion.Denoiser;
import io.github.fdistill.diffusion.Guided;
import io.github.fdistill.diffusion.Slices;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;

/** Conditions of two tensors of different type and shape. */
class ConditionTest {
  private static final Conditioning.Input VECTOR = vector(7.0, 9.0);
  private static final Conditioning BOTH = new Conditioning(List.of(Conditioning.label(4), VECTOR));

  private static final ConditionRows ROWS =
      new ConditionRows(
          3,
          Map.of(
              "label", new ConditionRows.Ints(Shape.scalar(), new int[] {0, 1, 2}),
              "vector", new ConditionRows.Floats(Shape.of(2), new float[] {1, 2, 3, 4, 5, 6})));

  /** A condition with these rows, in a graph. */
  private static Condition condition(TestGraph g, ConditionRows rows) {
    ConditionRows.Ints label = (ConditionRows.Ints) rows.columns().get("label");
    ConditionRows.Floats vector = (ConditionRows.Floats) rows.columns().get("vector");
    return new Condition(
        Map.of(
            "label",
            g.tf.constant(label.values()),
            "vector",
            Expr.of(g.tf, g.tf.constant(vector.values())).reshape(-1, 2)));
  }

  /** D = x + 100 label + 10 vector_0 + vector_1, which tells what it was given. */
  private static final Denoiser TELLING =
      (x, sigma, condition) -> {
        Expr vector =
            Expr.of(x.tf(), condition.tensors().get("vector").asOutput().expect(TFloat32.class));
        List<Expr> columns = vector.times(x.tf().constant(new float[] {10, 1})).sum(1).parts(1);
        Expr label = Expr.cast(x.tf(), condition.label()).times(100);
        return new Denoiser.Pass(x.plus(label.plus(columns.get(0)).perImage()), Map.of());
      };

  private static float[] told(TestGraph g, Denoiser denoiser, Condition condition) {
    Expr zeros = g.constant(0, 0, 0);
    return g.value(denoiser.denoised(zeros.perImage(), zeros.plus(1), condition));
  }

  @Test
  void everyTensorComesToTheNetwork() {
    try (TestGraph g = new TestGraph()) {
      Condition condition = condition(g, ROWS);
      assertArrayEquals(new float[] {12, 134, 256}, told(g, TELLING, condition));
      assertArrayEquals(
          new float[] {12, 134, 256}, told(g, Slices.of(TELLING, 3), condition), "in slices");
    }
  }

  /** Under no condition D = 100 * 4 + 10 * 7 + 9 = 479, and so D + 2 (D - 479). */
  @Test
  void guidanceIsAwayFromEveryTensorsNone() {
    try (TestGraph g = new TestGraph()) {
      float[] guided = told(g, new Guided(TELLING, BOTH, 3), condition(g, ROWS));
      for (int i = 0; i < 3; i++) {
        double d = new double[] {12, 134, 256}[i];
        assertEquals(d + 2 * (d - 479), guided[i], 1e-3);
      }
    }
  }

  @Test
  void oneNumberIsNoneOfAWholeRow() {
    Conditioning.Input grid =
        new Conditioning.Input("grid", DataType.DT_FLOAT, Shape.of(2, 3), List.of(0.5));
    try (TestGraph g = new TestGraph()) {
      Condition none = new Conditioning(List.of(grid)).none(g.tf, g.tf.constant(new int[] {2}));
      var tensor = none.tensors().get("grid").asOutput().expect(TFloat32.class);
      float[] values = g.value(tensor);
      assertEquals(Shape.of(2, 2, 3), tensor.shape());
      assertEquals(12, values.length);
      for (float value : values) {
        assertEquals(0.5f, value);
      }
    }
  }

  @Test
  void someRowsAreReplacedInEveryTensor() {
    try (TestGraph g = new TestGraph()) {
      Condition condition = condition(g, ROWS);
      Condition others = condition(g, ROWS.rows(2, 2, 0));
      var second = g.tf.constant(new boolean[] {false, true, false});
      assertArrayEquals(
          new float[] {12, 256, 256}, told(g, TELLING, condition.replaced(g.tf, second, others)));
    }
  }

  private static Conditioning.Input vector(Double... none) {
    return new Conditioning.Input("vector", DataType.DT_FLOAT, Shape.of(2), List.of(none));
  }

  @Test
  void conditionsOfOtherNamesDoNotMix() {
    try (TestGraph g = new TestGraph()) {
      Condition label = Condition.ofLabel(g.tf.constant(new int[] {1}));
      assertThrows(IllegalArgumentException.class, () -> condition(g, ROWS).concat(g.tf, label));
    }
  }

  @Test
  void whatNoneIsMustBeKnownWhereItIsAskedFor() {
    Conditioning unknown = new Conditioning(List.of(Conditioning.label(4), vector()));
    assertFalse(unknown.knowsNone());
    assertTrue(BOTH.knowsNone());
    assertFalse(Conditioning.NONE.knowsNone(), "of nothing there is no none");
    try (TestGraph g = new TestGraph()) {
      String message =
          assertThrows(InputException.class, () -> unknown.none(g.tf, g.tf.constant(new int[] {1})))
              .getMessage();
      assertTrue(message.contains("condition 'vector'"), message);
    }
  }

  @Test
  void rowsAreChosenOnTheHostAsInTheGraph() {
    ConditionRows rows = ROWS.rows(2, 0, 2);
    assertEquals(Set.of("label"), rows.only(List.of("label", "other")).columns().keySet());
    assertArrayEquals(new int[] {2, 0, 2}, rows.labels().orElseThrow());
    ConditionRows.Floats vectors = (ConditionRows.Floats) rows.columns().get("vector");
    assertArrayEquals(new float[] {5, 6, 1, 2, 5, 6}, vectors.values());
    assertArrayEquals(new int[] {1, 2}, ROWS.range(1, 3).labels().orElseThrow());
    try (ConditionTensors tensors = ROWS.tensors(BOTH, 1, 3)) {
      TFloat32 vector = (TFloat32) tensors.byName().get("vector");
      assertEquals(Shape.of(2, 2), vector.shape());
      assertEquals(3, vector.getFloat(0, 0));
      assertEquals(6, vector.getFloat(1, 1));
    }
    assertRefused(
        () -> ConditionRows.ofLabels(1, 2).tensors(BOTH),
        "what the images are drawn under: label\n  needed: vector [N,2] float32");
  }

  @Test
  void rowsAreNestedLists() {
    assertEquals("[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]", ROWS.columns().get("vector").nested());
    assertEquals("[0, 1, 2]", ROWS.columns().get("label").nested());
    ROWS.rows().columns().forEach((name, none) -> assertEquals("[]", none.nested(), name));
    ConditionRows.Column cube = new ConditionRows.Ints(Shape.of(2, 1), new int[] {1, 2, 3, 4});
    assertEquals("[[[1], [2]], [[3], [4]]]", cube.nested());
  }

  @Test
  void likenessIsOfNamesTypesAndShapes() {
    Conditioning other = new Conditioning(List.of(vector(), Conditioning.label(9)));
    assertTrue(BOTH.isLike(other), "in whatever order, and whatever none is");
    assertFalse(BOTH.isLike(Conditioning.ofClasses(4)));
    assertTrue(Conditioning.ofClasses(4).isClassAlone());
    assertFalse(BOTH.isClassAlone());
    assertFalse(new Conditioning(List.of(VECTOR)).isClassAlone(), "one input, but no class");
    assertEquals("label [N] int32, vector [N,2] float32", BOTH.toString());
  }

  @Test
  void whatCannotBeAConditionIsRefused() {
    assertRefused(
        () -> new Conditioning.Input("a", DataType.DT_STRING, Shape.of(2), List.of()), "DT_STRING");
    assertRefused(
        () -> new Conditioning.Input("a", DataType.DT_FLOAT, Shape.of(-1), List.of()), "fixed");
    assertRefused(() -> vector(1.0, 2.0, 3.0), "3 numbers");
    assertRefused(() -> new Conditioning(List.of(VECTOR, VECTOR)), "two of that name");
  }

  @Test
  void numbersAreReadAsTheyAreWritten() {
    ConditionRows row = ConditionText.read(BOTH, Map.of("vector", "0.5, -1"));
    assertEquals("[[0.5, -1.0]]", row.columns().get("vector").nested());
    assertEquals("[0]", row.columns().get("label").nested());
    assertRefused(() -> ConditionText.read(BOTH, Map.of("vector", "1")), "1 numbers");
    assertRefused(() -> ConditionText.read(BOTH, Map.of("vector", "1,x")), "'x'");
    assertRefused(() -> ConditionText.read(BOTH, Map.of("vector", "1,NaN")), "'NaN'");
    assertRefused(() -> ConditionText.read(BOTH, Map.of("label", "0.5")), "a whole number");
    assertRefused(() -> ConditionText.read(BOTH, Map.of("vectr", "1,2")), "no input of the model");
  }

  private static void assertRefused(org.junit.jupiter.api.function.Executable what, String why) {
    String message = assertThrows(InputException.class, what).getMessage();
    assertTrue(message.contains(why), message);
  }
}

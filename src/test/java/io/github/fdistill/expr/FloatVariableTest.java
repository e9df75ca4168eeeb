package io.github.fdistill.expr;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;

class FloatVariableTest {
  @Test
  void holdsWhatWasLoadedAssignedAndAdded() {
    try (TestGraph g = new TestGraph()) {
      FloatVariable v = FloatVariable.create(g.tf, "student/weights", Shape.of(3));
      g.load(v, 1, 2, 3);
      assertArrayEquals(new float[] {1, 2, 3}, g.read(v));
      g.run(v.add(g.tf, g.constant(10, 20, 30)));
      assertArrayEquals(new float[] {11, 22, 33}, g.read(v));
      g.run(v.assign(g.tf, g.constant(4, 5, 6)));
      assertArrayEquals(new float[] {4, 5, 6}, g.read(v));
      g.run(v.clear(g.tf));
      assertArrayEquals(new float[] {0, 0, 0}, g.read(v));
    }
  }

  @Test
  void variablesOfTwoNamesAreTwoAndKeepTheirNames() {
    try (TestGraph g = new TestGraph()) {
      FloatVariable a = FloatVariable.create(g.tf.withSubScope("inner"), "a/w", Shape.of(2));
      FloatVariable b = FloatVariable.scalar(g.tf, "b/w");
      assertEquals("a/w", a.handle().op().name());
      assertEquals(Shape.of(2), a.read(g.tf).shape());
      assertEquals(Shape.scalar(), b.read(g.tf).shape());
      g.load(a, 1, 2);
      g.load(b, 9);
      assertArrayEquals(new float[] {1, 2}, g.read(a));
      assertArrayEquals(new float[] {9}, g.read(b));
    }
  }

  @Test
  void aReadUnderControlDependenciesSeesWhatTheyWrote() {
    try (TestGraph g = new TestGraph()) {
      FloatVariable v = FloatVariable.create(g.tf, "v", Shape.of(1));
      g.load(v, 1);
      var assigned = v.assign(g.tf, g.constant(2));
      assertArrayEquals(
          new float[] {2}, g.value(v.read(g.tf.withControlDependencies(List.of(assigned)))));
    }
  }

  @Test
  void gradientsCanBeTakenOfTheVariableWhateverItsReads() {
    try (TestGraph g = new TestGraph()) {
      FloatVariable v = FloatVariable.create(g.tf, "v", Shape.of(2));
      g.load(v, 3, 4);
      // d/dv sum(v^2 + 5 v), through two reads.
      Expr loss = v.read(g.tf).square().sum().plus(v.read(g.tf).times(5).sum());
      var gradient = g.tf.gradients(loss, List.of(v.handle()));
      assertArrayEquals(new float[] {11, 13}, g.value(Expr.of(g.tf, gradient.dy(0))));
    }
  }

  @Test
  void aSecondVariableOfTheSameNameIsRefused() {
    try (TestGraph g = new TestGraph()) {
      FloatVariable.create(g.tf, "w", Shape.of(2));
      assertThrows(
          IllegalArgumentException.class, () -> FloatVariable.create(g.tf, "w", Shape.of(2)));
      assertThrows(
          IllegalArgumentException.class, () -> FloatVariable.create(g.tf, "", Shape.of(2)));
      assertThrows(
          IllegalArgumentException.class, () -> FloatVariable.create(g.tf, "u", Shape.of(-1)));
    }
  }

  @Test
  void readingBeforeAnythingWasAssignedIsAnError() {
    try (TestGraph g = new TestGraph()) {
      FloatVariable v = FloatVariable.create(g.tf, "v", Shape.of(2));
      assertThrows(TensorFlowException.class, () -> g.read(v));
    }
  }
}

package io.github.fdistill.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.expr.TestGraph;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TInt64;

class WeightAverageTest {

  /** Two averages of weights that a step moves by a known amount. */
  @Test
  void averagesFollowTheWeightsAfterTheirUpdate() {
    double[] decays = {0.5, 0.99};
    try (TestGraph g = new TestGraph()) {
      Placeholder<TInt64> t = g.tf.placeholder(TInt64.class);
      FloatVariable w = FloatVariable.create(g.tf, "w", Shape.of(2));
      Op move = w.add(g.tf, g.constant(1, -2));
      WeightAverage quick =
          WeightAverage.build(
              g.tf,
              "quick",
              w,
              move,
              Expr.cast(g.tf, t),
              new WeightAverage.Constant(decays[0], true));
      WeightAverage slow =
          WeightAverage.build(
              g.tf,
              "slow",
              w,
              move,
              Expr.cast(g.tf, t),
              new WeightAverage.Constant(decays[1], true));
      g.load(w, 3, 4);
      g.load(quick.average(), 3, 4);
      g.load(slow.average(), 3, 4);

      double[] weights = {3, 4};
      double[][] averages = {{3, 4}, {3, 4}};
      for (long step = 0; step < 200; step++) {
        g.run(Map.of(t, step), List.of(quick.update(), slow.update()), List.of());
        weights[0] += 1;
        weights[1] -= 2;
        for (int a = 0; a < 2; a++) {
          double decay = Math.min(decays[a], (1.0 + step) / (10 + step));
          for (int i = 0; i < 2; i++) {
            averages[a][i] = decay * averages[a][i] + (1 - decay) * weights[i];
          }
        }
        assertArrayEquals(TestGraph.floats(averages[0]), g.read(quick.average()), 1e-3f);
        assertArrayEquals(TestGraph.floats(averages[1]), g.read(slow.average()), 1e-3f);
      }
      assertArrayEquals(TestGraph.floats(weights), g.read(w));
    }
  }

  @Test
  void withoutARampADecayIsTheSameFromTheFirstStepOn() {
    try (TestGraph g = new TestGraph()) {
      FloatVariable w = FloatVariable.create(g.tf, "w", Shape.of(1));
      Op move = w.add(g.tf, g.constant(1));
      WeightAverage average =
          WeightAverage.build(
              g.tf, "a", w, move, Expr.constant(g.tf, 0), new WeightAverage.Constant(0.9, false));
      g.load(w, 0);
      g.load(average.average(), 0);
      g.run(Map.of(), List.of(average.update()), List.of());
      assertEquals(0.1, g.read(average.average())[0], 1e-7);
    }
  }

  /**
   * The average of the times themselves is the profile's mean time, that of their squares its
   * second moment: what the profile is asked to be can be read off it.
   */
  @ParameterizedTest
  @ValueSource(doubles = {0.05, 0.1, 0.2})
  void aPowerProfileIsAsLongAsItIsAskedToBe(double length) {
    int steps = 2000;
    try (TestGraph g = new TestGraph()) {
      Placeholder<TInt64> t = g.tf.placeholder(TInt64.class);
      FloatVariable w = FloatVariable.create(g.tf, "w", Shape.of(2));
      Expr time = Expr.cast(g.tf, t).plus(1).over(steps).reshape(1);
      Op move = w.assign(g.tf, Expr.concat(0, time, time.square()));
      WeightAverage average =
          WeightAverage.build(
              g.tf, "a", w, move, Expr.cast(g.tf, t), new WeightAverage.Power(length));
      g.load(w, 0, 0);
      g.load(average.average(), 7, 7);
      g.run(Map.of(t, 0L), List.of(average.update()), List.of());
      assertArrayEquals(
          g.read(w), g.read(average.average()), 1e-6f, "the first weights are all it has");
      for (long step = 1; step < steps; step++) {
        g.run(Map.of(t, step), List.of(average.update()), List.of());
      }
      float[] moments = g.read(average.average());
      assertEquals(length, Math.sqrt(moments[1] - moments[0] * moments[0]), 0.01 * length);
    }
  }

  @Test
  void whatNoProfileHasIsRefused() {
    for (double decay : new double[] {1, -0.1, Double.NaN}) {
      assertThrows(InputException.class, () -> new WeightAverage.Constant(decay, true));
    }
    for (double length : new double[] {0, 0.29, Double.NaN}) {
      assertThrows(InputException.class, () -> new WeightAverage.Power(length));
    }
  }
}

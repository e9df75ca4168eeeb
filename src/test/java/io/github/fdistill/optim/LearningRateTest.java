package io.github.fdistill.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.optim.LearningRate.Constant;
import io.github.fdistill.optim.LearningRate.Cosine;
import io.github.fdistill.optim.LearningRate.InverseSqrt;
import io.github.fdistill.optim.LearningRate.Schedule;
import java.util.List;
import java.util.Map;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TInt64;

class LearningRateTest {
  private static final long[] STEPS = {0, 1, 9, 10, 11, 40, 99, 100, 101, 250, 999, 1000, 5000};

  /** The rate in a graph, fed with each step, is the formula's. */
  private static void assertRates(LearningRate rate, LongToDoubleFunction formula) {
    try (TestGraph g = new TestGraph()) {
      Placeholder<TInt64> step = g.tf.placeholder(TInt64.class);
      Expr built = rate.at(Expr.cast(g.tf, step));
      for (long t : STEPS) {
        float[] value = g.run(Map.of(step, t), List.of(), List.of(built)).get(0);
        double expected = formula.applyAsDouble(t);
        assertEquals(1, value.length);
        assertEquals(expected, value[0], 1e-6 * expected + 1e-12, rate + " at step " + t);
      }
    }
  }

  @Test
  void constantAfterALinearWarmUp() {
    assertRates(new LearningRate(2e-4, 0, new Constant()), t -> 2e-4);
    assertRates(
        new LearningRate(2e-4, 100, new Constant()), t -> t < 100 ? 2e-4 * (t + 1) / 100 : 2e-4);
  }

  @Test
  void halfACosineBetweenTwoSteps() {
    assertRates(
        new LearningRate(1e-3, 10, new Cosine(10, 1000, 0.1)),
        t -> {
          if (t < 10) {
            return 1e-3 * (t + 1) / 10;
          }
          // cos^2(x/2) = (1 + cos x)/2
          double half = Math.cos(Math.PI / 2 * (t - 10) / 990);
          return t > 1000 ? 1e-4 : 1e-4 + 9e-4 * half * half;
        });
  }

  @Test
  void inverseSquareRootOfTheStep() {
    assertRates(
        new LearningRate(1e-2, 10, new InverseSqrt(100)),
        t -> {
          double rate = t > 100 ? 1e-2 * 10 / Math.sqrt(t) : 1e-2;
          return t < 10 ? rate * (t + 1) / 10 : rate;
        });
  }

  @Test
  void ratesThatMakeNoSenseAreRefused() {
    Schedule constant = new Constant();
    assertThrows(InputException.class, () -> new LearningRate(Double.NaN, 0, constant));
    assertThrows(InputException.class, () -> new LearningRate(0, 0, constant));
    assertThrows(InputException.class, () -> new LearningRate(1, -1, constant));
    assertThrows(InputException.class, () -> new Cosine(10, 10, 0));
    assertThrows(InputException.class, () -> new Cosine(0, 10, 2));
    assertThrows(InputException.class, () -> new InverseSqrt(0));
  }
}

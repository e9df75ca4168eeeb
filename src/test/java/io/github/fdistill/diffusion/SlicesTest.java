package io.github.fdistill.diffusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;

class SlicesTest {
  private static final double[] X = {1, -2, 0.5, 4, -1, 3};
  private static final double[] SIGMA = {0.1, 1, 7, 2, 0.5, 80};
  private static final int[] LABEL = {0, 4, 9, 1, 1, 3};

  /** How many evaluations were added to the graph. */
  private int calls;

  /** D = x (label + 1) + sigma^2, with the feature x - label. */
  private final Denoiser fake =
      (x, sigma, condition) -> {
        calls++;
        Expr number = Expr.cast(x.tf(), condition.label()).perImage();
        Expr denoised = x.times(number.plus(1)).plus(sigma.square().perImage());
        return new Denoiser.Pass(denoised, Map.of("map", x.minus(number)));
      };

  @Test
  void aDenoiserGivesTheSameInSlices() {
    for (int slices : new int[] {1, 2, 3, 6}) {
      try (TestGraph g = new TestGraph()) {
        Condition label = Condition.ofLabel(g.tf.constant(LABEL));
        Expr x = g.constant(X).perImage();
        calls = 0;
        Denoiser.Pass sliced = Slices.of(fake, slices).pass(x, g.constant(SIGMA), label);
        assertEquals(slices, calls);
        float[] denoised = g.value(sliced.denoised());
        float[] map = g.value(sliced.features().get("map"));
        for (int i = 0; i < X.length; i++) {
          assertEquals(X[i] * (LABEL[i] + 1) + SIGMA[i] * SIGMA[i], denoised[i], 1e-3);
          assertEquals(X[i] - LABEL[i], map[i], 1e-6);
        }
      }
    }
  }

  @Test
  void aGeneratorGivesTheSameInSlices() {
    Generator whole = new OneStep(fake, 3, Shape.of(1, 1, 1));
    Generator halves = Slices.of(whole, 2);
    assertEquals(whole.noise(), halves.noise());
    try (TestGraph g = new TestGraph()) {
      Condition label = Condition.ofLabel(g.tf.constant(LABEL));
      Expr z = g.constant(X).perImage();
      float[] expected = g.value(whole.sample(z, label));
      assertArrayEquals(expected, g.value(halves.sample(z, label)), 1e-6f);
      Generator quarters = Slices.of(whole, 4);
      assertArrayEquals(expected, g.value(quarters.sample(z, label)), 1e-6f, "not into 6 rows");
    }
  }

  @Test
  void oneSliceIsTheNetworkItself() {
    assertSame(fake, Slices.of(fake, 1));
    Generator generator = new OneStep(fake, 3, Shape.of(1, 1, 1));
    assertSame(generator, Slices.of(generator, 1));
  }
}

package io.github.fdistill.divergence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.divergence.FDivergence.Named;
import io.github.fdistill.expr.TestGraph;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FDivergenceTest {
  private static final double[] RATIOS = {0.05, 0.1, 0.3, 0.7, 1, 1.5, 3, 8, 20};

  static Stream<FDivergence> all() {
    return Stream.concat(
        Stream.of(Named.values()),
        DoubleStream.of(-2, -1, -0.3, 0, 0.5, 1, 1.7, 2, 3).mapToObj(FDivergence::alpha));
  }

  /** f'' by central differences; the step balances their error against rounding. */
  private static double secondDerivative(FDivergence d, double r) {
    double step = 1e-3 * r;
    return (d.f(r + step) - 2 * d.f(r) + d.f(r - step)) / (step * step);
  }

  @ParameterizedTest
  @MethodSource("all")
  void theWeightIsTheSquaredRatioTimesTheSecondDerivative(FDivergence d) {
    try (TestGraph g = new TestGraph()) {
      float[] h = g.value(d.weight(g.constant(RATIOS)));
      for (int i = 0; i < RATIOS.length; i++) {
        double r = RATIOS[i];
        double expected = r * r * secondDerivative(d, r);
        assertEquals(expected, h[i], 1e-3 * expected, "r = " + r);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void fIsConvexAndZeroAtEqualDensities(FDivergence d) {
    assertEquals(0, d.f(1), 1e-12);
    for (double r : RATIOS) {
      assertTrue(secondDerivative(d, r) > 0, "r = " + r);
    }
  }

  /**
   * E_q[f(p/q)] of two normal densities a distance m apart, by quadrature, against closed forms:
   * the f of each name is the divergence of that name.
   */
  @Test
  void theNamedDivergencesOfTwoNormalDensitiesHaveTheirClosedForms() {
    double m = 0.8;
    assertEquals(m * m / 2, divergenceOfNormals(Named.FORWARD_KL, m), 1e-6);
    assertEquals(m * m / 2, divergenceOfNormals(Named.REVERSE_KL, m), 1e-6);
    assertEquals(m * m, divergenceOfNormals(Named.JEFFREYS, m), 1e-6);
    assertEquals(1 - Math.exp(-m * m / 8), divergenceOfNormals(Named.SQUARED_HELLINGER, m), 1e-6);
    assertEquals(Math.exp(m * m) - 1, divergenceOfNormals(Named.NEYMAN_CHI2, m), 1e-6);
    // Pearson's chi^2 is twice the alpha family's member 2.
    assertEquals((Math.exp(m * m) - 1) / 2, divergenceOfNormals(FDivergence.alpha(2), m), 1e-6);
  }

  /** q = N(0, 1), p = N(m, 1). */
  private static double divergenceOfNormals(FDivergence d, double m) {
    double sum = 0;
    double dx = 1e-3;
    for (double x = -12; x < 12; x += dx) {
      double q = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
      sum += q * d.f(Math.exp(m * x - m * m / 2)) * dx;
    }
    return sum;
  }

  @Test
  void anAlphaThatOverflowsOrIsNoNumberIsRefused() {
    assertThrows(InputException.class, () -> FDivergence.alpha(9));
    assertThrows(InputException.class, () -> FDivergence.alpha(Double.NaN));
  }
}

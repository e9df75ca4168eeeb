package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.diffusion.GaussianMixture;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ModeCoverageTest {
  /** Modes at 0 (weight 3/4, deviation 1) and at 10 (weight 1/4, deviation 0.1). */
  private static final GaussianMixture MIXTURE =
      new GaussianMixture(
          new double[] {0.75, 0.25}, new double[][] {{0}, {10}}, new double[][] {{1}, {0.01}});

  private static ModeCoverage of(double... points) {
    float[] floats = new float[points.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) points[i];
    }
    return ModeCoverage.of(MIXTURE, floats);
  }

  @Test
  void aSampleBelongsToTheModeNearestInItsDeviations() {
    // 9 is nearer to 10, but 10 of its deviations away, and 9 of the other's.
    ModeCoverage coverage = of(0, 2, 9, 10);
    assertEquals("[0.75, 0.25]", Arrays.toString(coverage.shares()));
    assertEquals(0, coverage.divergence(), 1e-12);
    assertEquals(0.75, coverage.within(), 1e-12);
    assertEquals(2, coverage.covered());
  }

  @Test
  void aModeIsCoveredByAQuarterOfItsShareCloseToIt() {
    // Of 16 samples 4 should be at 10; one is.
    double[] points = new double[16];
    points[0] = 10.2;
    assertEquals(2, of(points).covered());
    points[0] = 10.4; // its own, yet beyond 3 deviations
    assertEquals(1, of(points).covered());
    points[0] = 0;
    assertEquals(1, of(points).covered());
  }

  @Test
  void theDivergenceIsThatOfTheSharesAgainstTheWeights() {
    double half = 0.5 * Math.log(0.5 / 0.75) + 0.5 * Math.log(0.5 / 0.25);
    assertEquals(half, of(0, 10).divergence(), 1e-12);
    assertEquals(Math.log(1 / 0.75), of(0, 0).divergence(), 1e-12, "an empty mode adds nothing");
  }
}

package io.github.fdistill.diffusion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.TestGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The factors are tested against what they are for (Karras et al. 2022, Appendix B.6): x = y + n,
 * data y and noise n independent, with standard deviations sigmaData and sigma.
 */
class PreconditioningTest {
  private static final double[] SIGMA = {0.002, 0.03, 0.5, 1, 7, 80};

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 1.3})
  void theNetworkSeesInputsOfVarianceOne(double sigmaData) {
    try (TestGraph g = new TestGraph()) {
      float[] cIn = g.value(new Preconditioning(sigmaData).cIn(g.constant(SIGMA)));
      for (int i = 0; i < SIGMA.length; i++) {
        double variance = sigmaData * sigmaData + SIGMA[i] * SIGMA[i];
        assertEquals(1, cIn[i] * cIn[i] * variance, 1e-5);
      }
    }
  }

  /**
   * The target of the network is (y - cSkip x) / cOut, and y - cSkip x = (1 - cSkip) y - cSkip n.
   */
  @ParameterizedTest
  @ValueSource(doubles = {0.5, 1.3})
  void theTargetHasVarianceOneAndTheOutputIsScaledTheLeast(double sigmaData) {
    try (TestGraph g = new TestGraph()) {
      Preconditioning edm = new Preconditioning(sigmaData);
      float[] cSkip = g.value(edm.cSkip(g.constant(SIGMA)));
      float[] cOut = g.value(edm.cOut(g.constant(SIGMA)));
      for (int i = 0; i < SIGMA.length; i++) {
        double variance = residualVariance(cSkip[i], sigmaData, SIGMA[i]);
        assertEquals(1, variance / (cOut[i] * cOut[i]), 1e-4, "sigma " + SIGMA[i]);
        for (double factor : new double[] {0.9, 0.99, 1.01, 1.1}) {
          assertTrue(variance < residualVariance(factor * cSkip[i], sigmaData, SIGMA[i]));
        }
      }
    }
  }

  private static double residualVariance(double cSkip, double sigmaData, double sigma) {
    return Math.pow((1 - cSkip) * sigmaData, 2) + Math.pow(cSkip * sigma, 2);
  }

  /** The error of D is cOut times that of F. */
  @Test
  void theLossWeighsTheNetworksErrorAlikeAtEachLevel() {
    try (TestGraph g = new TestGraph()) {
      Preconditioning edm = new Preconditioning(0.5);
      float[] weight = g.value(edm.lossWeight(g.constant(SIGMA)));
      float[] cOut = g.value(edm.cOut(g.constant(SIGMA)));
      for (int i = 0; i < SIGMA.length; i++) {
        assertEquals(1, weight[i] * cOut[i] * cOut[i], 1e-5);
      }
    }
  }

  @Test
  void theNoiseInputIsAQuarterOfTheLogarithm() {
    try (TestGraph g = new TestGraph()) {
      float[] cNoise = g.value(new Preconditioning(0.5).cNoise(g.constant(SIGMA)));
      for (int i = 0; i < SIGMA.length; i++) {
        assertEquals(SIGMA[i], Math.exp(4 * cNoise[i]), 1e-5 * SIGMA[i]);
      }
    }
  }

  @Test
  void aStandardDeviationMustBeAboveZero() {
    assertThrows(InputException.class, () -> new Preconditioning(0));
    assertThrows(InputException.class, () -> new Preconditioning(Double.NaN));
  }
}

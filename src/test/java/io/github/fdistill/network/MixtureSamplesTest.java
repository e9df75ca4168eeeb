package io.github.fdistill.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.github.fdistill.diffusion.GaussianMixture;
import org.junit.jupiter.api.Test;

class MixtureSamplesTest {
  private static final GaussianMixture MIXTURE =
      new GaussianMixture(
          new double[] {0.3, 0.7},
          new double[][] {{-1, 0.5}, {1, -0.5}},
          new double[][] {{0.01, 0.04}, {0.02, 0.01}});

  private static float[] sample(long seed, long index) {
    float[] point = new float[2];
    new MixtureSamples(MIXTURE, seed).copy(index, point, 0);
    return point;
  }

  @Test
  void aSampleIsAFunctionOfTheSeedAndItsNumber() {
    MixtureSamples samples = new MixtureSamples(MIXTURE, 4);
    float[] several = new float[6];
    // In any order, and from any instance.
    for (int i = 2; i >= 0; i--) {
      samples.copy(i, several, 2 * i);
    }
    for (int i = 0; i < 3; i++) {
      assertArrayEquals(sample(4, i), new float[] {several[2 * i], several[2 * i + 1]});
    }
    assertNotEquals(sample(4, 0)[0], sample(4, 1)[0]);
    assertNotEquals(sample(4, 0)[0], sample(5, 0)[0]);
    assertNotEquals(sample(4, 0)[0], sample(-4, 0)[0]);
  }

  /** Neighbouring numbers begin neighbouring streams: their samples must not show it. */
  @Test
  void samplesAreIndependentDrawsOfTheMixture() {
    int n = 100_000;
    double[] first = new double[n];
    int[] count = new int[2];
    for (int i = 0; i < n; i++) {
      float[] point = sample(9, i);
      first[i] = point[0];
      count[MIXTURE.nearest(point[0], point[1]).component()]++;
    }
    assertEquals(0.3, (double) count[0] / n, 4 * Math.sqrt(0.3 * 0.7 / n));
    double mean = 0.7 - 0.3;
    double variance = 0.3 * (1 + 0.01) + 0.7 * (1 + 0.02) - mean * mean;
    for (int lag = 1; lag <= 3; lag++) {
      double covariance = 0;
      for (int i = 0; i + lag < n; i++) {
        covariance += (first[i] - mean) * (first[i + lag] - mean) / n;
      }
      assertEquals(0, covariance / variance, 4 / Math.sqrt(n), "lag " + lag);
    }
  }

  @Test
  void pointsAreImagesOfOnePixelWithoutClasses() {
    MixtureSamples samples = new MixtureSamples(MIXTURE, 1);
    assertEquals(1, samples.height());
    assertEquals(1, samples.width());
    assertEquals(2, samples.channels());
    assertEquals(1, samples.classes());
    assertEquals(0, samples.label(samples.size() - 1));
    assertEquals(1_000_000, samples.size());
  }

  @Test
  void theFingerprintChangesWithWhateverChangesTheSamples() {
    String fingerprint = new MixtureSamples(MIXTURE, 1).fingerprint();
    assertEquals(fingerprint, new MixtureSamples(MIXTURE, 1).fingerprint());
    assertNotEquals(fingerprint, new MixtureSamples(MIXTURE, 2).fingerprint());
    double[] weights = {0.31, 0.69};
    double[][] means = {{-1, 0.5}, {1, -0.6}};
    double[][] variances = {{0.01, 0.04}, {0.02, 0.02}};
    for (GaussianMixture other :
        new GaussianMixture[] {
          new GaussianMixture(weights, MIXTURE.means(), MIXTURE.variances()),
          new GaussianMixture(MIXTURE.weights(), means, MIXTURE.variances()),
          new GaussianMixture(MIXTURE.weights(), MIXTURE.means(), variances)
        }) {
      assertNotEquals(fingerprint, new MixtureSamples(other, 1).fingerprint());
    }
  }
}

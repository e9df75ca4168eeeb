package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Heap;
import org.junit.jupiter.api.Test;

class MomentsTest {
  /** sum (x - mean)(x - mean)' / (n - 1), the mean taken first: two passes, as numpy.cov. */
  private static double[] covarianceInTwoPasses(Features set, double[] mean) {
    int d = set.dimension();
    double[] covariance = new double[d * d];
    for (int row = 0; row < set.count(); row++) {
      for (int i = 0; i < d; i++) {
        for (int j = 0; j < d; j++) {
          double a = set.values()[row * d + i] - mean[i];
          double b = set.values()[row * d + j] - mean[j];
          covariance[i * d + j] += a * b / (set.count() - 1);
        }
      }
    }
    return covariance;
  }

  private static double[] mean(Features set) {
    double[] mean = new double[set.dimension()];
    for (int i = 0; i < set.values().length; i++) {
      mean[i % mean.length] += set.values()[i] / (double) set.count();
    }
    return mean;
  }

  @Test
  void meanAndCovarianceOfThreeVectors() {
    Moments moments = Moments.of(new Features("", 2, new float[] {1, 2, 3, 2, 5, 8}));
    assertEquals(3, moments.count());
    assertArrayEquals(new double[] {3, 4}, moments.mean(), 1e-15);
    assertArrayEquals(new double[] {4, 6, 6, 12}, moments.covariance(), 1e-15);
  }

  @Test
  void aMeanTenThousandTimesTheSpreadCostsNoDigits() {
    Features set = Recorded.vectors(5, 3000, 6, 0.05, 1000);
    Moments moments = Moments.of(set);
    double[] mean = mean(set);
    assertArrayEquals(mean, moments.mean(), 1e-9);
    assertArrayEquals(covarianceInTwoPasses(set, mean), moments.covariance(), 1e-14);
  }

  @Test
  void batchesOfAnySizesGiveWhatOneBatchGives() {
    Features set = Recorded.vectors(6, 500, 5, 1, 1e6);
    Moments whole = Moments.of(set);
    try (MomentsStream stream = new MomentsStream(5)) {
      int from = 0;
      for (int size : new int[] {1, 0, 7, 300, 2, 190}) {
        stream.add(set.rows(from, from + size));
        from += size;
      }
      Moments parts = stream.moments();
      assertEquals(500, parts.count());
      assertArrayEquals(whole.mean(), parts.mean(), 1e-8);
      assertArrayEquals(whole.covariance(), parts.covariance(), 1e-10);
      assertArrayEquals(covarianceInTwoPasses(set, mean(set)), parts.covariance(), 1e-10);
    }
  }

  @Test
  void aSetLargerThanABlockIsTakenWhole() {
    int d = 3000;
    Features set = Recorded.cloud(3, 1500, d, 7, 0.01);
    Moments moments = Moments.of(set);
    double[] mean = mean(set);
    assertArrayEquals(mean, moments.mean(), 1e-12);
    for (int i : new int[] {0, 1, d + 1, 17 * d + 2000, d * d - 1}) {
      double expected = 0;
      for (int row = 0; row < set.count(); row++) {
        expected +=
            (set.values()[row * d + i / d] - mean[i / d])
                * (set.values()[row * d + i % d] - mean[i % d])
                / (set.count() - 1);
      }
      assertEquals(expected, moments.covariance()[i], 1e-12);
    }
  }

  /** A covariance grows with the square: it is refused before any image is seen. */
  @Test
  void featuresWithoutRoomForTheirCovarianceAreRefused() {
    for (int features : new int[] {46_341, 1 << 28}) {
      InputException refused =
          assertThrows(InputException.class, () -> new MomentsStream(features));
      assertTrue(refused.getMessage().contains("at most 46,340"), refused.getMessage());
    }
    int tooMany = (int) Math.sqrt(Heap.most() / (4 * Double.BYTES)) + 1;
    assumeTrue(tooMany <= 46_340, "a machine with room for all");
    InputException refused =
        assertThrows(
            InputException.class, () -> Frechet.requireEnough("samples", 1 << 30, tooMany));
    assertTrue(refused.getMessage().contains("of memory are needed"), refused.getMessage());
  }

  @Test
  void oneVectorHasNoCovariance() {
    InputException refused = assertThrows(InputException.class, () -> Moments.of(Recorded.line(1)));
    assertTrue(refused.getMessage().contains("at least 2"));
  }
}

package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import org.junit.jupiter.api.Test;

class FrechetTest {
  private static final double[] VARIANCES_A = {4, 0.25, 9};
  private static final double[] VARIANCES_B = {1, 2.25, 16};

  /** (2 - 1)^2 + (0.5 - 1.5)^2 + (3 - 4)^2. */
  private static final double OF_DEVIATIONS = 3;

  private static Moments gaussian(double[] mean, double[][] covariance) {
    int d = mean.length;
    double[] flat = new double[d * d];
    for (int i = 0; i < d; i++) {
      System.arraycopy(covariance[i], 0, flat, i * d, d);
    }
    return new Moments(1000, mean, flat);
  }

  private static double[][] diagonal(double... values) {
    double[][] matrix = new double[values.length][values.length];
    for (int i = 0; i < values.length; i++) {
      matrix[i][i] = values[i];
    }
    return matrix;
  }

  /** The matrix in axes turned by two angles: Q M Q'. */
  private static double[][] turned(double[][] m) {
    double c = Math.cos(0.7);
    double s = Math.sin(0.7);
    double[][] first = {{c, -s, 0}, {s, c, 0}, {0, 0, 1}};
    double[][] second = {{1, 0, 0}, {0, s, -c}, {0, c, s}};
    double[][] q = times(second, first);
    double[][] transposed = new double[3][3];
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 3; j++) {
        transposed[i][j] = q[j][i];
      }
    }
    return times(times(q, m), transposed);
  }

  private static double[][] times(double[][] a, double[][] b) {
    double[][] product = new double[a.length][b[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < b[0].length; j++) {
        for (int k = 0; k < b.length; k++) {
          product[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    return product;
  }

  @Test
  void alongTheAxesItIsTheSumOfSquaredDifferencesOfMeansAndDeviations() {
    Moments a = gaussian(new double[] {1, 2, 3}, diagonal(VARIANCES_A));
    Moments b = gaussian(new double[] {1, 4, 2}, diagonal(VARIANCES_B));
    assertEquals(5 + OF_DEVIATIONS, Frechet.distance(a, b), 1e-13);
  }

  @Test
  void turningBothLeavesItAsItIs() {
    Moments a = gaussian(new double[3], turned(diagonal(VARIANCES_A)));
    Moments b = gaussian(new double[3], turned(diagonal(VARIANCES_B)));
    assertEquals(OF_DEVIATIONS, Frechet.distance(a, b), 1e-12);
  }

  @Test
  void inThePlaneItHasAClosedForm() {
    // Tr(M^(1/2)) = sqrt(Tr M + 2 sqrt(det M)) for 2x2 with positive eigenvalues; M = A B,
    // which is no symmetric matrix here: A and B have different axes.
    Moments a = gaussian(new double[2], new double[][] {{2, 1}, {1, 3}});
    Moments b = gaussian(new double[2], new double[][] {{1, -0.5}, {-0.5, 4}});
    double trace = 2 * 1 - 0.5 + (-0.5 + 12);
    double determinant = 5 * 3.75;
    double root = Math.sqrt(trace + 2 * Math.sqrt(determinant));
    assertEquals(5 + 5 - 2 * root, Frechet.distance(a, b), 1e-13);
    assertEquals(5 + 5 - 2 * root, Frechet.distance(b, a), 1e-13);
  }

  @Test
  void equalSetsAreAtDistanceZero() {
    Moments moments = Moments.of(Recorded.reference());
    assertEquals(0, Frechet.distance(moments, moments), 1e-12);
  }

  @Test
  void featuresThatAreAlwaysZeroDoNoHarm() {
    Moments a = gaussian(new double[3], diagonal(4, 0, 1));
    Moments b = gaussian(new double[3], diagonal(1, 0, 0));
    assertEquals(2, Frechet.distance(a, b), 1e-12);
    Moments flat = gaussian(new double[3], turned(diagonal(4, 0, 1)));
    assertEquals(0, Frechet.distance(flat, flat), 1e-12);
  }

  @Test
  void copiedFeaturesDoNoHarm() {
    // Each feature eight times over: covariances of rank 16 at most, on 128 features.
    Moments reference = Moments.of(copied(Recorded.reference()));
    Moments samples = Moments.of(copied(Recorded.samples()));
    assertEquals(0, Frechet.distance(reference, reference), 1e-11);
    assertEquals(
        8 * Recorded.measure("frechet.tfgan"), Frechet.distance(reference, samples), 1e-10);
  }

  private static Features copied(Features set) {
    float[] values = new float[set.values().length * 8];
    for (int i = 0; i < values.length; i++) {
      values[i] = set.values()[i / 8];
    }
    return new Features(set.name(), set.dimension() * 8, values);
  }

  @Test
  void itIsWhatPublishedProgramsFind() {
    double distance =
        Frechet.distance(Moments.of(Recorded.reference()), Moments.of(Recorded.samples()));
    assertEquals(Recorded.measure("frechet.tfgan"), distance, 1e-11);
    assertEquals(Recorded.measure("frechet.scipy"), distance, 1e-11);
  }

  @Test
  void noMoreImagesThanFeaturesAreRefused() {
    Moments enough = Moments.of(Recorded.vectors(1, 17, 16, 1, 0));
    Moments tooFew = Moments.of(Recorded.vectors(1, 16, 16, 1, 0));
    Frechet.distance(enough, enough);
    for (InputException refused :
        new InputException[] {
          assertThrows(InputException.class, () -> Frechet.distance(enough, tooFew)),
          assertThrows(InputException.class, () -> Frechet.distance(tooFew, enough))
        }) {
      assertTrue(refused.getMessage().contains("16 images for 16 features"));
      assertTrue(refused.getMessage().contains("singular"));
    }
  }

  @Test
  void featuresOfDifferentNetworksAreRefused() {
    Moments two = Moments.of(Recorded.vectors(1, 20, 2, 1, 0));
    Moments three = Moments.of(Recorded.vectors(1, 20, 3, 1, 0));
    assertThrows(InputException.class, () -> Frechet.distance(two, three));
  }
}

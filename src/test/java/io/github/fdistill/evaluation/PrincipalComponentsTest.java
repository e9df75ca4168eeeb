package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;

class PrincipalComponentsTest {
  @TempDir Path folder;

  /** Variances 9 and 1 along axes turned by an angle: both are known without a solver. */
  @Test
  void ofATurnedEllipseTheyAreItsAxes() {
    double c = Math.cos(0.6);
    double s = Math.sin(0.6);
    double[] covariance = {9 * c * c + s * s, 8 * c * s, 8 * c * s, 9 * s * s + c * c};
    PrincipalComponents found =
        PrincipalComponents.of(new Moments(50, new double[] {4, 5}, covariance), 2);
    assertArrayEquals(new double[] {9, 1}, found.variances(), 1e-12);
    assertArrayEquals(new double[] {c, -s, s, c}, found.axes(), 1e-12);
    assertArrayEquals(new double[] {4, 5}, found.mean());
    PrincipalComponents first =
        PrincipalComponents.of(new Moments(50, new double[] {4, 5}, covariance), 1);
    assertArrayEquals(new double[] {c, s}, first.axes(), 1e-12);
    assertEquals(0.9, first.share(), 1e-12);
  }

  /** Jacobi's rotations (1846), which share nothing with the solver that is used. */
  @Test
  void theyAreWhatJacobisRotationsFind() {
    Moments moments = Moments.of(Recorded.reference());
    int n = moments.dimension();
    double[] left = moments.covariance().clone();
    for (int sweep = 0; sweep < 12; sweep++) {
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          rotate(left, n, p, q);
        }
      }
    }
    double[] eigenvalues = new double[n];
    Arrays.setAll(eigenvalues, i -> -left[i * n + i]);
    Arrays.sort(eigenvalues);
    PrincipalComponents found = PrincipalComponents.of(moments, 5);
    for (int axis = 0; axis < 5; axis++) {
      assertEquals(-eigenvalues[axis], found.variances()[axis], 1e-10, "axis " + axis);
      assertIsAxis(moments.covariance(), n, found, axis);
    }
  }

  /** Zeroes the entry (p,q) of a symmetric matrix by a turn in the plane of p and q. */
  private static void rotate(double[] a, int n, int p, int q) {
    double angle = 0.5 * Math.atan2(2 * a[p * n + q], a[q * n + q] - a[p * n + p]);
    double c = Math.cos(angle);
    double s = Math.sin(angle);
    for (int i = 0; i < n; i++) {
      double x = a[i * n + p];
      double y = a[i * n + q];
      a[i * n + p] = c * x - s * y;
      a[i * n + q] = s * x + c * y;
    }
    for (int i = 0; i < n; i++) {
      double x = a[p * n + i];
      double y = a[q * n + i];
      a[p * n + i] = c * x - s * y;
      a[q * n + i] = s * x + c * y;
    }
  }

  /** S v = e v, |v| = 1, and the largest entry is above 0. */
  private static void assertIsAxis(double[] s, int n, PrincipalComponents found, int axis) {
    int d = found.variances().length;
    double length = 0;
    double largest = 0;
    for (int i = 0; i < n; i++) {
      double product = 0;
      for (int j = 0; j < n; j++) {
        product += s[i * n + j] * found.axes()[j * d + axis];
      }
      double entry = found.axes()[i * d + axis];
      assertEquals(found.variances()[axis] * entry, product, 1e-10);
      length += entry * entry;
      largest = Math.abs(entry) > Math.abs(largest) ? entry : largest;
    }
    assertEquals(1, length, 1e-12);
    assertTrue(largest > 0);
  }

  @Test
  void theNetworkGivesCoordinatesOfPixelsAlongThem() throws IOException {
    double[] axes = {1, 0, 0, 1, 0, 0, 0, 0.5};
    PrincipalComponents found =
        new PrincipalComponents(new double[] {0.2, 0, 0, 0.4}, axes, new double[] {2, 1}, 1);
    Path version = Files.createDirectories(folder.resolve("pixels/1"));
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      found.network(Shape.of(2, 2, 1)).addTo(builder);
      builder.write(version);
    }
    try (FeatureNetwork network = FeatureNetwork.load(folder.resolve("pixels"))) {
      Seen seen = network.see("one", new byte[] {(byte) 255, 51, 0, (byte) 204});
      assertArrayEquals(new float[] {0.8f, 0.2f + 0.2f}, seen.features().values(), 1e-6f);
      assertTrue(seen.logits().isEmpty());
    }
  }

  @Test
  void moreComponentsThanNumbersAreRefused() {
    Moments moments = Moments.of(Recorded.reference());
    InputException refused =
        assertThrows(InputException.class, () -> PrincipalComponents.of(moments, 17));
    assertTrue(refused.getMessage().contains("from 1 to 16"), refused.getMessage());
  }
}

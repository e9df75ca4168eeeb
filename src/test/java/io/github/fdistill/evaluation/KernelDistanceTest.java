package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.evaluation.KernelDistance.Subsets;
import org.junit.jupiter.api.Test;

class KernelDistanceTest {
  /** A subset of that size is the whole set, whatever the seed. */
  private static final Subsets WHOLE = new Subsets(3, 1000, 5);

  @Test
  void ofTwoNumbersOnASideByHand() {
    // k(0,1) = 1, k(2,3) = 7^3 = 343; k(0,.) = 1, k(1,2) = 27, k(1,3) = 64.
    KernelDistance distance = KernelDistance.of(Recorded.line(0, 1), Recorded.line(2, 3), WHOLE);
    assertEquals(1 + 343 - 2 * (1 + 1 + 27 + 64) / 4.0, distance.mean(), 1e-12);
    assertEquals(0, distance.standardDeviation(), 1e-12);
  }

  @Test
  void theProductIsDividedByTheNumberOfFeatures() {
    Features x = new Features("x", 2, new float[] {1, 1, 0, 2});
    Features y = new Features("y", 2, new float[] {1, 0, 0, 0});
    // x1.x2 / 2 + 1 = 2; y1.y2 = 0; x1.y1 / 2 + 1 = 1.5; the rest 1.
    double expected = 8 + 1 - 2 * (3.375 + 3) / 4;
    assertEquals(expected, KernelDistance.of(x, y, WHOLE).mean(), 1e-12);
  }

  @Test
  void itIsWhatPublishedProgramsFind() {
    Features reference = Recorded.reference().rows(0, 250);
    double mean = KernelDistance.of(reference, Recorded.samples(), WHOLE).mean();
    assertEquals(Recorded.measure("kernel.tfgan"), mean, 1e-12);
    assertEquals(Recorded.measure("kernel.sklearn"), mean, 1e-12);
  }

  @Test
  void subsetsEstimateTheWholeWithoutBias() {
    Features reference = Recorded.reference().rows(0, 250);
    double whole = KernelDistance.of(reference, Recorded.samples(), WHOLE).mean();
    KernelDistance parts =
        KernelDistance.of(reference, Recorded.samples(), new Subsets(400, 50, 1));
    assertTrue(parts.standardDeviation() > 0.01);
    assertEquals(whole, parts.mean(), 4 * parts.standardDeviation() / Math.sqrt(400));
  }

  @Test
  void theDeviationIsTheRootOfTheMeanSquaredDeviation() {
    Features x = Recorded.reference();
    Features y = Recorded.samples();
    int count = 6;
    double sum = 0;
    double squares = 0;
    for (int s = 1; s <= count; s++) {
      // The value of subset s, from the means of the first s and of those before it.
      double value = s * KernelDistance.of(x, y, new Subsets(s, 20, 9)).mean() - sum;
      sum += value;
      squares += value * value;
    }
    double expected = Math.sqrt(squares / count - Math.pow(sum / count, 2));
    KernelDistance distance = KernelDistance.of(x, y, new Subsets(count, 20, 9));
    assertEquals(expected, distance.standardDeviation(), 1e-9);
  }

  @Test
  void subsetsAreAddedUntilTheStandardErrorIsAFewPercentOfTheValue() {
    Features x = Recorded.reference();
    Features y = Recorded.vectors(2, 400, 16, 0.9, 0.3);
    KernelDistance found = KernelDistance.of(x, y, new Subsets(10, 4000, 50, 1));
    int n = found.subsets();
    assertTrue(10 < n && n < 4000, n + " subsets");
    assertTrue(found.standardError() <= 0.05 * found.mean(), found.toString());
    assertEquals(KernelDistance.of(x, y, new Subsets(n, 50, 1)), found, "as many, asked for");
    KernelDistance before = KernelDistance.of(x, y, new Subsets(n - 1, 50, 1));
    assertTrue(before.standardError() > 0.05 * before.mean(), "and not one more than it takes");
  }

  @Test
  void theStandardErrorIsHowFarOtherSubsetsAreOff() {
    Features x = Recorded.reference();
    Features y = Recorded.samples();
    double whole = KernelDistance.of(x.rows(0, 250), y, WHOLE).mean();
    double squares = 0;
    double stated = 0;
    int seeds = 30;
    for (int seed = 0; seed < seeds; seed++) {
      KernelDistance found = KernelDistance.of(x.rows(0, 250), y, new Subsets(20, 30, seed));
      squares += Math.pow(found.mean() - whole, 2) / seeds;
      stated += found.standardError() / seeds;
    }
    assertEquals(1, Math.sqrt(squares) / stated, 0.4);
  }

  @Test
  void setsThatAreAlikeTakeAsManySubsetsAsThereMayBe() {
    Features set = Recorded.vectors(3, 2000, 8, 1, 0);
    KernelDistance alike =
        KernelDistance.of(set.rows(0, 1000), set.rows(1000, 2000), new Subsets(5, 40, 50, 1));
    assertEquals(40, alike.subsets());
  }

  @Test
  void ofSetsThatAreAlikeThereAreNoMoreSubsetsThanTheirImagesCanTell() {
    int n = 120;
    int m = 30; // Their error is half of that of the draw at 1 + (2 n / m)^2 subsets.
    double squares = 0;
    double deviations = 0;
    int draws = 60;
    int apart = 0;
    for (int draw = 0; draw < draws; draw++) {
      Features set = Recorded.vectors(100 + draw, 2 * n, 8, 1, 0);
      KernelDistance alike =
          KernelDistance.of(set.rows(0, n), set.rows(n, 2 * n), new Subsets(5, 1000, m, draw));
      boolean near = Math.abs(alike.mean()) <= 2 * alike.standardDeviation() * m / n;
      assertTrue(near ? alike.subsets() >= 65 : alike.subsets() > 65, alike.toString());
      apart += alike.subsets() > 65 ? 1 : 0;
      squares += Math.pow(alike.mean(), 2) / draws;
      deviations += alike.standardDeviation() / draws;
    }
    assertTrue(apart < draws / 6, "not two errors of the draw off 0, but for " + apart);
    double ofDrawAndSubsets = Math.sqrt(1 + 0.25) * deviations * m / n;
    assertEquals(1, Math.sqrt(squares) / ofDrawAndSubsets, 0.3);
  }

  /** Of few images too: their error is brought to 5 % as that of many is. */
  @Test
  void ofFewImagesThatDifferThereAreSubsetsEnough() {
    Features x = Recorded.vectors(5, 120, 8, 1, 0);
    Features y = Recorded.vectors(6, 120, 8, 1, 0.4);
    KernelDistance apart = KernelDistance.of(x, y, new Subsets(5, 4000, 30, 1));
    assertTrue(apart.subsets() > 65 && apart.subsets() < 4000, apart.toString());
    assertTrue(apart.standardError() <= 0.05 * apart.mean(), apart.toString());
  }

  @Test
  void whereASubsetIsAllThereIsThereIsOne() {
    Features set = Recorded.vectors(3, 200, 8, 1, 0);
    Features x = set.rows(0, 100);
    Features y = set.rows(100, 200);
    KernelDistance one = KernelDistance.of(x, y, Subsets.usual(1));
    assertEquals(1, one.subsets());
    assertEquals(one.mean(), KernelDistance.of(x, y, Subsets.usual(2)).mean(), 1e-12);
  }

  @Test
  void itIsAFunctionOfTheSeed() {
    Features x = Recorded.reference();
    Features y = Recorded.samples();
    KernelDistance first = KernelDistance.of(x, y, new Subsets(5, 20, 1));
    assertEquals(first, KernelDistance.of(x, y, new Subsets(5, 20, 1)));
    assertNotEquals(first.mean(), KernelDistance.of(x, y, new Subsets(5, 20, 2)).mean());
  }

  @Test
  void halvesOfOneSetAreAlike() {
    Features set = Recorded.vectors(3, 2000, 8, 1, 0);
    KernelDistance alike =
        KernelDistance.of(set.rows(0, 1000), set.rows(1000, 2000), new Subsets(50, 200, 1));
    assertEquals(0, alike.mean(), alike.standardDeviation());
  }

  @Test
  void theSubsetsOfTheTwoSidesAreDrawnApart() {
    // Of one set against itself, a pair of subsets shares images by chance alone: the mean over
    // their pairs has k(x, x) in one of n terms, not in one of m.
    Features set = Recorded.reference();
    int n = set.count();
    double itself = 0;
    double others = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        double product = 0;
        for (int f = 0; f < 16; f++) {
          product += (double) set.values()[i * 16 + f] * set.values()[j * 16 + f];
        }
        double kernel = Math.pow(product / 16 + 1, 3);
        itself += i == j ? kernel / n : 0;
        others += i == j ? 0 : kernel / ((double) n * (n - 1));
      }
    }
    KernelDistance distance = KernelDistance.of(set, set, new Subsets(400, 20, 3));
    assertEquals(
        -2.0 / n * (itself - others),
        distance.mean(),
        4 * distance.standardDeviation() / Math.sqrt(400));
  }

  @Test
  void oneImageIsRefused() {
    InputException refused =
        assertThrows(
            InputException.class,
            () -> KernelDistance.of(Recorded.line(1, 2), Recorded.line(1), WHOLE));
    assertTrue(refused.getMessage().contains("at least 2"));
  }
}

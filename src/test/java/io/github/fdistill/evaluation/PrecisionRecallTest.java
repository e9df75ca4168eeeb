package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.fdistill.InputException;
import io.github.fdistill.evaluation.PrecisionRecall.Balls;
import io.github.fdistill.evaluation.PrecisionRecall.Ranks;
import org.junit.jupiter.api.Test;

class PrecisionRecallTest {
  private static PrecisionRecall of(Features reference, Features samples, Ranks ranks) {
    return PrecisionRecall.of(
        balls(reference, ranks.most()), balls(samples, ranks.precision()), ranks, done -> {});
  }

  private static Balls balls(Features set, int k) {
    return new Balls(set, Neighbours.of(set, k, done -> {}));
  }

  @Test
  void onALineByHand() {
    // First neighbours of the references at 1, 1, 2, 4; second at 3, 2, 3, 6.
    // First neighbours of the samples at 0.75, 0.75, 0.5, 0.5.
    Features references = Recorded.line(0, 1, 3, 7);
    Features samples = Recorded.line(0.5, 1.25, 20, 20.5);
    assertEquals(
        new PrecisionRecall(2 / 4.0, 2 / 4.0, (2 + 2) / 4.0, 3 / 4.0),
        of(references, samples, new Ranks(1, 1)));
    assertEquals(
        new PrecisionRecall(2 / 4.0, 2 / 4.0, (3 + 4) / (2 * 4.0), 4 / 4.0),
        of(references, samples, new Ranks(1, 2)));
  }

  @Test
  void theEdgeOfABallIsInside() {
    // 2 is as far from 1 as 1's neighbour is; 1 is as far from 2 as 2's neighbour is.
    assertEquals(
        new PrecisionRecall(1 / 2.0, 1 / 2.0, 1 / 2.0, 1 / 2.0),
        of(Recorded.line(0, 1), Recorded.line(2, 3), new Ranks(1, 1)));
  }

  @Test
  void equalSetsAreWhollyInsideEachOther() {
    PrecisionRecall same = of(Recorded.samples(), Recorded.samples(), Ranks.usual());
    assertEquals(1, same.precision());
    assertEquals(1, same.recall());
    assertEquals(1, same.coverage());
    // Each sample is in its own ball, and in those that it ends: 1 + 1/k on average.
    assertEquals(1.2, same.density(), 1e-12);
  }

  @Test
  void aCollapsedGeneratorIsPreciseAndCoversNothing() {
    Features references = Recorded.reference();
    float[] values = new float[100 * 16];
    for (int i = 0; i < values.length; i++) {
      values[i] = references.values()[i % 16];
    }
    PrecisionRecall collapsed =
        of(references, new Features("collapsed", 16, values), new Ranks(3, 3));
    assertEquals(1, collapsed.precision());
    assertEquals(1 / 400.0, collapsed.recall());
  }

  @Test
  void theyAreWhatTheAuthorsProgramFinds() {
    PrecisionRecall measured = of(Recorded.reference(), Recorded.samples(), Ranks.usual());
    assertEquals(Recorded.measure("precision.3"), measured.precision(), 1e-12);
    assertEquals(Recorded.measure("recall.3"), measured.recall(), 1e-12);
    assertEquals(Recorded.measure("density.5"), measured.density(), 1e-12);
    assertEquals(Recorded.measure("coverage.5"), measured.coverage(), 1e-12);
    PrecisionRecall other = of(Recorded.reference(), Recorded.samples(), new Ranks(5, 3));
    assertEquals(Recorded.measure("precision.5"), other.precision(), 1e-12);
    assertEquals(Recorded.measure("recall.5"), other.recall(), 1e-12);
    assertEquals(Recorded.measure("density.3"), other.density(), 1e-12);
    assertEquals(Recorded.measure("coverage.3"), other.coverage(), 1e-12);
  }

  /** Compares every pair, from the definitions. */
  private static PrecisionRecall ofEveryPair(Balls reference, Balls samples, Ranks ranks) {
    int n = reference.features().count();
    int m = samples.features().count();
    double[] r = reference.neighbours().squaredRadii(ranks.precision());
    double[] wide = reference.neighbours().squaredRadii(ranks.density());
    double[] s = samples.neighbours().squaredRadii(ranks.precision());
    boolean[] recalled = new boolean[n];
    boolean[] covered = new boolean[n];
    int precise = 0;
    long inside = 0;
    for (int i = 0; i < m; i++) {
      boolean found = false;
      for (int j = 0; j < n; j++) {
        double distance = samples.features().squaredDistance(i, reference.features(), j);
        found |= distance <= r[j];
        recalled[j] |= distance <= s[i];
        covered[j] |= distance <= wide[j];
        inside += distance <= wide[j] ? 1 : 0;
      }
      precise += found ? 1 : 0;
    }
    return new PrecisionRecall(
        precise / (double) m,
        share(recalled),
        inside / (double) (ranks.density() * m),
        share(covered));
  }

  private static double share(boolean[] flags) {
    int count = 0;
    for (boolean flag : flags) {
      count += flag ? 1 : 0;
    }
    return count / (double) flags.length;
  }

  @Test
  void manyBlocksWithManyTiesAreCountedToTheLastPair() {
    // On a grid far from 0 a distance often equals a radius.
    Balls references = balls(Recorded.cloud(1, 6000, 3, 1000, 0.125), 5);
    Balls samples = balls(Recorded.cloud(2, 4000, 3, 1000.25, 0.125), 5);
    for (Ranks ranks : new Ranks[] {Ranks.usual(), new Ranks(5, 2)}) {
      assertEquals(
          ofEveryPair(references, samples, ranks),
          PrecisionRecall.of(references, samples, ranks, done -> {}));
    }
  }

  @Test
  void theMemoryIsKnownBeforehand() {
    // The larger set as float32, and less than 400 MB.
    long bytes = PrecisionRecall.bytesNeeded(60_000, 10_000, 2048);
    assertEquals(60_000L * 2048 * 4 + 2e8, bytes, 2e8);
    // Many samples against few references make a block that is many vectors long.
    assertEquals(1e6 * 100 * 4, PrecisionRecall.bytesNeeded(8, 1_000_000, 100), 4e8);
  }

  @Test
  void featuresOfDifferentNetworksAreRefused() {
    assertThrows(
        InputException.class,
        () ->
            of(
                Recorded.vectors(1, 20, 2, 1, 0),
                Recorded.vectors(1, 20, 3, 1, 0),
                new Ranks(1, 1)));
  }
}

package io.github.fdistill.evaluation;

import java.util.Arrays;
import java.util.function.LongConsumer;

/**
 * For each vector of a set, the distances to the k others that are nearest to it: the radii of the
 * balls that stand for the set in {@link PrecisionRecall}. They are exact to float64 rounding; see
 * {@link Sieve}.
 *
 * @param k how many of each
 * @param squaredDistances [n,k], each vector's in rising order
 */
public record Neighbours(int k, double[] squaredDistances) {
  /** Candidates beyond k and the vector itself, so that the sieve's error seldom matters. */
  private static final int SPARE = 8;

  public Neighbours {
    if (k < 1 || squaredDistances.length % k != 0) {
      throw new IllegalArgumentException(squaredDistances.length + " distances, " + k + " each");
    }
  }

  /**
   * Measures them: n^2 d multiplications in float32, in blocks.
   *
   * @param done is told how many vectors are done
   * @throws io.github.fdistill.InputException for fewer than k + 1 vectors
   */
  public static Neighbours of(Features set, int k, LongConsumer done) {
    set.requireCount(k + 1, k + " nearest neighbours", "each image needs " + k + " others");
    double[] all = new double[Math.multiplyExact(set.count(), k)];
    int candidates = Math.min(set.count(), k + 1 + SPARE);
    try (Sieve sieve = new Sieve(set)) {
      sieve.inBlocks(
          set.count(),
          (from, to) -> {
            Sieve.Nearest near = sieve.nearest(set, from, to, candidates);
            for (int i = from; i < to; i++) {
              System.arraycopy(nearest(set, k, i, near, (i - from) * candidates), 0, all, i * k, k);
            }
          },
          done);
    }
    return new Neighbours(k, all);
  }

  /** n, the number of vectors. */
  public int count() {
    return squaredDistances.length / k;
  }

  /**
   * The squared distances to the {@code rank}-th neighbours, for every vector.
   *
   * @param rank from 1 to k
   */
  public double[] squaredRadii(int rank) {
    if (rank < 1 || rank > k) {
      throw new IllegalArgumentException("neighbour " + rank + " of " + k);
    }
    double[] radii = new double[count()];
    Arrays.setAll(radii, i -> squaredDistances[i * k + rank - 1]);
    return radii;
  }

  /** The k least squared distances of a vector, from its candidates, or all where those may err. */
  private static double[] nearest(Features set, int k, int i, Sieve.Nearest near, int offset) {
    double[] least = infinite(k);
    for (int c = offset; c < offset + near.perRow(); c++) {
      consider(set, i, near.columns()[c], least);
    }
    // Whatever is no candidate is at least as far as the last candidate's lower bound.
    boolean proven =
        near.perRow() == set.count()
            || least[k - 1] <= Math.max(0, near.lows()[offset + near.perRow() - 1]);
    return proven ? least : nearestOfAll(set, k, i);
  }

  private static double[] nearestOfAll(Features set, int k, int i) {
    double[] least = infinite(k);
    for (int j = 0; j < set.count(); j++) {
      consider(set, i, j, least);
    }
    return least;
  }

  private static double[] infinite(int k) {
    double[] values = new double[k];
    Arrays.fill(values, Double.POSITIVE_INFINITY);
    return values;
  }

  /** Puts the distance from i to j among the least, which stay in rising order, if it is one. */
  private static void consider(Features set, int i, int j, double[] least) {
    if (i == j) {
      return;
    }
    double distance = set.squaredDistance(i, set, j);
    int place = least.length;
    while (place > 0 && distance < least[place - 1]) {
      place--;
    }
    if (place < least.length) {
      System.arraycopy(least, place, least, place + 1, least.length - 1 - place);
      least[place] = distance;
    }
  }
}

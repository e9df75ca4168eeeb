package io.github.fdistill.training;

/**
 * Lanczos's filter of three lobes, sinc(x) sinc(x / 3) for |x| below 3, over a row of pixels that
 * is repeated mirrored on both sides; the weights of each pixel sum to 1.
 */
final class Lanczos {
  private static final int LOBES = 3;

  private Lanczos() {}

  /** A row of n pixels as 2n: [2n,n]. */
  static float[][] doubling(int n) {
    float[][] weights = new float[2 * n][];
    for (int i = 0; i < 2 * n; i++) {
      weights[i] = at((i + 0.5) / 2 - 0.5, 1, n);
    }
    return weights;
  }

  /** A row of 2n pixels as n: [n,2n]. */
  static float[][] halving(int n) {
    float[][] weights = new float[n][];
    for (int i = 0; i < n; i++) {
      weights[i] = at(2 * i + 0.5, 2, 2 * n);
    }
    return weights;
  }

  /** What each of n pixels counts for at a place, by a filter so many times as wide. */
  private static float[] at(double place, int wide, int n) {
    double[] weights = new double[n];
    double sum = 0;
    int first = (int) Math.ceil(place - LOBES * wide);
    for (int j = first; j <= place + LOBES * wide; j++) {
      double weight = kernel((place - j) / wide);
      weights[mirrored(j, n)] += weight;
      sum += weight;
    }
    float[] row = new float[n];
    for (int j = 0; j < n; j++) {
      row[j] = (float) (weights[j] / sum);
    }
    return row;
  }

  /** ... 1 0 | 0 1 ... n-1 | n-1 n-2 ... */
  private static int mirrored(int j, int n) {
    int place = Math.floorMod(j, 2 * n);
    return place < n ? place : 2 * n - 1 - place;
  }

  private static double kernel(double x) {
    return Math.abs(x) < LOBES ? sinc(x) * sinc(x / LOBES) : 0;
  }

  private static double sinc(double x) {
    return x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  }
}

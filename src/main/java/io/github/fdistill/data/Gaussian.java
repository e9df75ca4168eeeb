package io.github.fdistill.data;

/** Numbers of the normal distribution, each a function of a key and its place alone. */
final class Gaussian {
  private static final double STEPS = 0x1p53;

  private Gaussian() {}

  /**
   * Two independent numbers n ~ N(0, 1), of two uniform ones u and v: sqrt(-2 ln u) cos 2 pi v and
   * sqrt(-2 ln u) sin 2 pi v (Box and Muller 1958).
   *
   * @param place of the pair, from 0
   */
  static double[] pair(long key, int place) {
    long at = 2L * place;
    double length = Math.sqrt(-2 * Math.log(uniform(key, at)));
    double angle = 2 * Math.PI * uniform(key, at + 1);
    return new double[] {length * Math.cos(angle), length * Math.sin(angle)};
  }

  /** Above 0, up to 1: the outputs of splitmix64 from a state that the key is mixed into. */
  private static double uniform(long key, long at) {
    long bits = Shuffle.mix(Shuffle.mix(key) + (at + 1) * Shuffle.GOLDEN);
    return ((bits >>> 11) + 1) / STEPS;
  }
}

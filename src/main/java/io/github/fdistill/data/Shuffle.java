package io.github.fdistill.data;

/**
 * An endless sequence of indices below a size in which each epoch, a run of {@code size} positions,
 * is a pseudo-random permutation of its own. Any position is found in constant time and memory.
 *
 * <p>The permutation of an epoch is a Feistel network over the smallest 2^(2k) that is at least the
 * size, keyed by (seed, epoch). It is applied again until the result is below the size ("cycle
 * walking": Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002).
 *
 * @param size of an epoch, at least 1
 */
public record Shuffle(long size, long seed) {
  private static final int ROUNDS = 8;

  /** 2^64 divided by the golden ratio: the increment of splitmix64. */
  static final long GOLDEN = 0x9e3779b97f4a7c15L;

  public Shuffle {
    if (size < 1) {
      throw new IllegalArgumentException("size " + size);
    }
  }

  /**
   * @param position in the sequence, from 0
   * @return an index from 0 to size - 1
   */
  public long at(long position) {
    if (position < 0) {
      throw new IllegalArgumentException("position " + position);
    }
    long key = mix(mix(seed + GOLDEN) + position / size);
    int halfBits = (64 - Long.numberOfLeadingZeros(size - 1) + 1) / 2;
    long index = position % size;
    do {
      index = permuted(index, halfBits, key);
    } while (index >= size);
    return index;
  }

  /** A permutation of the numbers below 2^(2 halfBits): (l, r) becomes (r, l ^ F(r)), repeated. */
  private static long permuted(long number, int halfBits, long key) {
    long mask = (1L << halfBits) - 1;
    long left = number >>> halfBits;
    long right = number & mask;
    for (int round = 1; round <= ROUNDS; round++) {
      long next = left ^ (mix(key + round * GOLDEN + right) & mask);
      left = right;
      right = next;
    }
    return left << halfBits | right;
  }

  /**
   * The output function of splitmix64: Steele, Lea and Flood, OOPSLA 2014, with Stafford's mix 13.
   */
  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}

package io.github.fdistill.evaluation;

import java.util.function.LongConsumer;
import java.util.stream.LongStream;

/**
 * How much of the samples lies among the references, and of the references among the samples. A set
 * is stood for by a ball around each of its vectors that reaches to its k-th nearest neighbour; the
 * ball is closed: a vector on its edge is inside.
 *
 * <pre>
 * precision  share of samples inside a reference's ball
 * recall     share of references inside a sample's ball
 * density    mean over the samples of (reference balls around it) / k;  may be above 1
 * coverage   share of references whose ball has a sample inside
 * </pre>
 *
 * Precision and recall: Kynkaanniemi et al. 2019, with k = 3; density and coverage: Naeem et al.
 * 2020, with k = 5. Edges apart, all four are those of the published programs.
 */
public record PrecisionRecall(double precision, double recall, double density, double coverage) {
  /** A set and its neighbours. */
  public record Balls(Features features, Neighbours neighbours) {
    public Balls {
      if (features.count() != neighbours.count()) {
        throw new IllegalArgumentException(
            features.count() + " vectors, neighbours of " + neighbours.count());
      }
    }
  }

  /** The neighbour that ends a ball: for precision and recall, and for density and coverage. */
  public record Ranks(int precision, int density) {
    public Ranks {
      if (precision < 1 || density < 1) {
        throw new IllegalArgumentException("neighbours " + precision + " and " + density);
      }
    }

    /** 3 and 5, as published. */
    public static Ranks usual() {
      return new Ranks(3, 5);
    }

    /** How many neighbours a reference needs. */
    public int most() {
      return Math.max(precision, density);
    }
  }

  /**
   * Measures all four: n m d multiplications in float32, in blocks of samples.
   *
   * @param reference with at least {@code ranks.most()} neighbours
   * @param samples with at least {@code ranks.precision()} neighbours
   * @param done is told how many samples are done
   */
  public static PrecisionRecall of(Balls reference, Balls samples, Ranks ranks, LongConsumer done) {
    reference.features.requireSameDimension(samples.features);
    Inside inside = new Inside(reference, samples, ranks);
    Count count = inside.none();
    double[] reach = reference.neighbours.squaredRadii(ranks.most());
    try (Sieve sieve = new Sieve(reference.features)) {
      sieve.inBlocks(
          samples.features.count(),
          (from, to) -> {
            Count block = inside.none();
            sieve.forNear(
                samples.features,
                from,
                to,
                inside.sampleRadii,
                reach,
                (sample, of, low, high) -> inside.add(sample, of, low, high, block));
            synchronized (count) {
              count.add(block);
            }
          },
          done);
    }
    return count.shares(ranks);
  }

  /**
   * Bytes outside the Java heap that these measures and the neighbours they need take at most. The
   * features themselves are on the heap, 4 d bytes a vector.
   */
  public static long bytesNeeded(long references, long samples, int dimension) {
    return LongStream.of(
            Sieve.bytesNeeded(references, references, dimension),
            Sieve.bytesNeeded(samples, samples, dimension),
            Sieve.bytesNeeded(references, samples, dimension))
        .max()
        .orElseThrow();
  }

  /** Which vector is inside which balls, pair by pair. */
  private static final class Inside {
    private final Features references;
    private final Features samples;
    private final double[] precisionRadii;
    private final double[] densityRadii;
    private final double[] sampleRadii;

    Inside(Balls reference, Balls sample, Ranks ranks) {
      references = reference.features;
      samples = sample.features;
      precisionRadii = reference.neighbours.squaredRadii(ranks.precision);
      densityRadii = reference.neighbours.squaredRadii(ranks.density);
      sampleRadii = sample.neighbours.squaredRadii(ranks.precision);
    }

    Count none() {
      return new Count(samples.count(), references.count());
    }

    /** Adds a pair whose squared distance is from {@code low} to {@code high}. */
    void add(int sample, int reference, double low, double high, Count to) {
      boolean decided =
          outside(low, high, precisionRadii[reference])
              && outside(low, high, densityRadii[reference])
              && outside(low, high, sampleRadii[sample]);
      double distance = decided ? high : samples.squaredDistance(sample, references, reference);
      to.add(
          sample,
          reference,
          distance <= precisionRadii[reference],
          distance <= sampleRadii[sample],
          distance <= densityRadii[reference]);
    }

    /** Whether any value from low to high compares with the radius alike. */
    private static boolean outside(double low, double high, double radius) {
      return radius < low || radius >= high;
    }
  }

  /** What was found of some samples; that of others can be added. */
  private static final class Count {
    private final boolean[] precise;
    private final boolean[] recalled;
    private final boolean[] covered;
    private long inside;

    Count(int samples, int references) {
      precise = new boolean[samples];
      recalled = new boolean[references];
      covered = new boolean[references];
    }

    void add(int sample, int reference, boolean isPrecise, boolean isRecalled, boolean isDense) {
      precise[sample] |= isPrecise;
      recalled[reference] |= isRecalled;
      covered[reference] |= isDense;
      inside += isDense ? 1 : 0;
    }

    void add(Count other) {
      join(precise, other.precise);
      join(recalled, other.recalled);
      join(covered, other.covered);
      inside += other.inside;
    }

    private static void join(boolean[] flags, boolean[] others) {
      for (int i = 0; i < flags.length; i++) {
        flags[i] |= others[i];
      }
    }

    PrecisionRecall shares(Ranks ranks) {
      return new PrecisionRecall(
          share(precise),
          share(recalled),
          inside / ((double) ranks.density * precise.length),
          share(covered));
    }

    private static double share(boolean[] flags) {
      int set = 0;
      for (boolean flag : flags) {
        set += flag ? 1 : 0;
      }
      return (double) set / flags.length;
    }
  }
}

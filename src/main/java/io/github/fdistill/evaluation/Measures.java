package io.github.fdistill.evaluation;

import io.github.fdistill.InputException;
import io.github.fdistill.evaluation.KernelDistance.Subsets;
import io.github.fdistill.evaluation.PrecisionRecall.Balls;
import io.github.fdistill.evaluation.PrecisionRecall.Ranks;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.ToDoubleFunction;

/**
 * Every measure of one set of samples against a reference, and what it takes to compare it with
 * those of another.
 *
 * @param reference of the reference
 * @param samples number of samples
 * @param choices how it was measured
 * @param frechet the FID: {@link Frechet}; NaN where a side has no more images than features
 * @param kernel the KID
 */
public record Measures(
    Fingerprint reference,
    int samples,
    Choices choices,
    double frechet,
    KernelDistance kernel,
    PrecisionRecall precisionRecall) {

  /** What is free in the measures. */
  public record Choices(Ranks ranks, Subsets subsets) {
    /** As published, and subsets enough for the KID's error to be small. */
    public static Choices usual() {
      return new Choices(Ranks.usual(), Subsets.usual(0));
    }

    /** The same with just so many subsets for KID. */
    Choices withSubsets(int count) {
      return new Choices(ranks, new Subsets(count, subsets.size(), subsets.seed()));
    }

    /** As published. */
    public static Choices quick() {
      return new Choices(Ranks.usual(), Subsets.published(0));
    }
  }

  /** Each measure under the name that it has in files; without an FID that there is none of. */
  public Map<String, ToDoubleFunction<Measures>> byName() {
    Map<String, ToDoubleFunction<Measures>> all = new LinkedHashMap<>();
    if (!Double.isNaN(frechet)) {
      all.put("fid", Measures::frechet);
    }
    all.put("kid_x1000", m -> 1000 * m.kernel.mean());
    all.put("precision", m -> m.precisionRecall.precision());
    all.put("recall", m -> m.precisionRecall.recall());
    all.put("density", m -> m.precisionRecall.density());
    all.put("coverage", m -> m.precisionRecall.coverage());
    return all;
  }

  /**
   * Measures samples.
   *
   * @param reference with at least {@code choices.ranks().most()} neighbours
   * @param from what the samples' features were computed from
   * @param first the number of the first sample among all that there are
   * @param done is told how many samples have been compared with the reference
   * @throws InputException if the features are not of the reference's kind, or there are too few
   *     samples for a measure other than the FID
   */
  public static Measures of(
      ReferenceStatistics reference,
      Fingerprint from,
      Features samples,
      long first,
      Choices choices,
      LongConsumer done) {
    reference.fingerprint().requireSameFeatures(from, samples.name());
    // First what may be refused, and is quick.
    long fewest = Math.min(reference.moments().count(), samples.count());
    double frechet =
        Frechet.isEnough(fewest, samples.dimension())
            ? Frechet.distance(reference.moments(), Moments.of(samples))
            : Double.NaN;
    Subsets subsets = choices.subsets().ofSet(first);
    KernelDistance kernel = KernelDistance.of(reference.features(), samples, subsets);
    Neighbours neighbours = Neighbours.of(samples, choices.ranks().precision(), rows -> {});
    PrecisionRecall precisionRecall =
        PrecisionRecall.of(
            new Balls(reference.features(), reference.neighbours()),
            new Balls(samples, neighbours),
            choices.ranks(),
            done);
    return new Measures(
        reference.fingerprint(), samples.count(), choices, frechet, kernel, precisionRecall);
  }

  /**
   * One measure over several sets.
   *
   * @param sets measures of as many samples each, against the same reference
   * @throws InputException if they cannot be compared
   */
  public static Interval interval(List<Measures> sets, ToDoubleFunction<Measures> measure) {
    sets.forEach(other -> sets.get(0).requireComparable(other, "measures of several sets"));
    return Interval.of(sets.stream().mapToDouble(measure).toArray());
  }

  /**
   * Refuses a comparison that would tell of the measuring rather than of the samples.
   *
   * @param where whose measures the other ones are
   * @throws InputException if reference, number of samples or choices differ
   */
  public void requireComparable(Measures other, String where) {
    reference.requireSame(other.reference, where);
    if (samples != other.samples) {
      throw new InputException(
          where,
          other.samples + " samples",
          samples + " samples, to be compared: fewer samples alone raise FID and lower coverage",
          "measure both with the same number");
    }
    if (!choices.equals(other.choices)) {
      throw new InputException(
          where,
          "measured with " + other.choices,
          choices.toString(),
          "measure both with the same neighbours and subsets");
    }
  }
}

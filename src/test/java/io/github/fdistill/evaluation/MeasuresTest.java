package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.evaluation.KernelDistance.Subsets;
import io.github.fdistill.evaluation.Measures.Choices;
import io.github.fdistill.evaluation.PrecisionRecall.Ranks;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MeasuresTest {
  private static final Fingerprint REFERENCE = new Fingerprint("net", "data", 400, "none");
  private static final Choices CHOICES = new Choices(Ranks.usual(), new Subsets(3, 50, 0));
  private static ReferenceStatistics statistics;

  @BeforeAll
  static void statistics() {
    statistics = ReferenceStatistics.of(REFERENCE, Recorded.reference(), 5, done -> {});
  }

  private static Measures of(Features samples, Choices choices) {
    return of(samples, 0, choices);
  }

  private static Measures of(Features samples, long first, Choices choices) {
    Fingerprint from = new Fingerprint("net", "student", samples.count(), "none");
    return Measures.of(statistics, from, samples, first, choices, done -> {});
  }

  @Test
  void allMeasuresOfOneSetAreThoseTakenOneByOne() {
    Measures measures = of(Recorded.samples(), CHOICES);
    assertEquals(Recorded.measure("frechet.tfgan"), measures.frechet(), 1e-11);
    assertEquals(
        KernelDistance.of(Recorded.reference(), Recorded.samples(), CHOICES.subsets()),
        measures.kernel());
    assertEquals(250, measures.samples());
    Map<String, Double> expected =
        Map.of(
            "fid",
            Recorded.measure("frechet.tfgan"),
            "kid_x1000",
            1000 * measures.kernel().mean(),
            "precision",
            Recorded.measure("precision.3"),
            "recall",
            Recorded.measure("recall.3"),
            "density",
            Recorded.measure("density.5"),
            "coverage",
            Recorded.measure("coverage.5"));
    assertEquals(expected.keySet(), measures.byName().keySet());
    measures
        .byName()
        .forEach(
            (name, measure) ->
                assertEquals(expected.get(name), measure.applyAsDouble(measures), 1e-11, name));
  }

  @Test
  void severalSeedsGiveAnInterval() {
    List<Measures> seeds =
        List.of(
            of(Recorded.vectors(3, 100, 16, 1, 0), CHOICES),
            of(Recorded.vectors(4, 100, 16, 1, 0), 100, CHOICES));
    assertEquals(
        Interval.of(seeds.get(0).frechet(), seeds.get(1).frechet()),
        Measures.interval(seeds, Measures::frechet));
    // What not every set has is no measure of them all.
    List<Evaluation.Result> sets =
        List.of(
            new Evaluation.Result(
                seeds.get(0), Optional.of(0.5), Optional.of(25.0), Optional.empty()),
            new Evaluation.Result(
                seeds.get(1), Optional.of(0.7), Optional.empty(), Optional.empty()));
    Map<String, Interval> all = new EvaluationResult.ByFeatures("net", 16, sets).measures();
    assertEquals(0.6, all.get("accuracy").mean(), 1e-12);
    assertFalse(all.containsKey("clip_score"));
  }

  /** A subset is all samples here, the very same of both: what differs is the reference's. */
  @Test
  void everySetIsHeldAgainstSubsetsOfTheReferenceOfItsOwn() {
    Features samples = Recorded.samples().rows(0, 50);
    Measures first = of(samples, 0, CHOICES);
    Measures next = of(samples, 50, CHOICES);
    assertEquals(first.kernel(), of(samples, 0, CHOICES).kernel());
    assertNotEquals(first.kernel().mean(), next.kernel().mean(), 1e-6);
    assertEquals(first.frechet(), next.frechet());
    first.requireComparable(next, "the other set");
  }

  @Test
  void differentNumbersOfSamplesOrChoicesAreNotCompared() {
    Measures hundred = of(Recorded.samples().rows(0, 100), CHOICES);
    Measures more = of(Recorded.samples().rows(0, 101), CHOICES);
    InputException refused =
        assertThrows(
            InputException.class,
            () -> Measures.interval(List.of(hundred, more), Measures::frechet));
    assertTrue(refused.getMessage().contains("101 samples"), refused.getMessage());
    Choices other = new Choices(new Ranks(4, 5), CHOICES.subsets());
    Measures otherwise = of(Recorded.samples().rows(0, 100), other);
    assertThrows(InputException.class, () -> hundred.requireComparable(otherwise, "the table"));
  }

  @Test
  void differentReferencesAreNotCompared() {
    Measures measures = of(Recorded.samples().rows(0, 100), CHOICES);
    Measures other =
        new Measures(
            new Fingerprint("net", "data", 399, "none"),
            100,
            CHOICES,
            measures.frechet(),
            measures.kernel(),
            measures.precisionRecall());
    assertThrows(InputException.class, () -> measures.requireComparable(other, "the table"));
  }

  @Test
  void samplesSeenByAnotherNetworkAreRefused() {
    Fingerprint from = new Fingerprint("other", "student", 250, "none");
    InputException refused =
        assertThrows(
            InputException.class,
            () -> Measures.of(statistics, from, Recorded.samples(), 0, CHOICES, done -> {}));
    assertTrue(refused.getMessage().contains("SHA-256 other"), refused.getMessage());
  }
}

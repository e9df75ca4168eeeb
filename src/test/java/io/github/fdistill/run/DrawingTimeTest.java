package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.Precision;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.training.Tiny;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a model draws for a run's pictures takes it ten minutes at most, by its own time. */
class DrawingTimeTest {
  /** Of four seeds under three conditions. */
  @ParameterizedTest
  @CsvSource({"0, 4, 3", "50, 4, 3", "60, 3, 3", "199, 1, 3", "250, 1, 2", "5000, 1, 1"})
  void firstSeedsAndThenConditionsAreLeftOut(double each, int seeds, int conditions) {
    ConditionRows three = ConditionRows.ofLabels(new int[] {7, 8, 9});
    SampleGrid drawn = DrawingTime.within(new SampleGrid(new long[] {0, 1, 2, 3}, three), each);
    assertEquals(seeds, drawn.seeds().length);
    assertEquals(conditions, drawn.conditions().count());
    assertEquals(7, drawn.conditions().labels().orElseThrow()[0]);
    assertTrue(drawn.count() == 1 || drawn.count() * each <= 600);
  }

  /** One that draws at once has all its images on the way; it is timed too. */
  @Test
  void aSmallStudentDrawsAllOfThem() {
    SampleGrid all = SampleGrid.of(Tiny.model(1).asStudent(2));
    try (Sampler sampler = Sampler.ofStudent(Tiny.model(1).asStudent(2), Precision.FLOAT32)) {
      double each = sampler.secondsPerImage(all.conditions());
      assertTrue(each > 0 && Double.isFinite(each), "" + each);
      assertEquals(all.count(), DrawingTime.within(all, sampler).count());
    }
  }
}

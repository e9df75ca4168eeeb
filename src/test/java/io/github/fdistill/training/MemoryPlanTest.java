package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {
  /** 300 bytes of weights, 200 trained; a gradient of 120 at a time. */
  private static Holdings holdings(long sums) {
    return holdings(sums, 200);
  }

  private static Holdings holdings(long sums, long drawn) {
    return new Holdings(
        Map.of("teacher", 100L, "student", 200L),
        400,
        200,
        sums,
        10,
        200,
        120,
        drawn,
        List.of(),
        0,
        Holdings.OnHost.NOTHING);
  }

  /** Before the step 2000 bytes, in it 2000 + 120 + 800: 8 images at a time. */
  private static final MemoryPlan WHOLE = MemoryPlan.measured(holdings(0), 2000, 2920, 8);

  @Test
  void whatWasMeasuredIsSharedOut() {
    assertEquals(910, holdings(0).all());
    assertEquals(2000 - 910, WHOLE.program());
    assertEquals(800, WHOLE.activations());
    assertEquals(2920, WHOLE.bytes(8, 1));
  }

  @Test
  void activationsGrowWithTheImagesAtATime() {
    assertEquals(2120, WHOLE.bytes(0, 1));
    assertEquals(2220, WHOLE.bytes(1, 1));
    assertEquals(2120 + 1600, WHOLE.bytes(16, 1));
    assertEquals(2120 + 13, MemoryPlan.measured(holdings(0), 2000, 2220, 8).bytes(1, 1), "up");
  }

  @Test
  void partsNeedASumOfEachGradient() {
    assertEquals(200, WHOLE.bytes(8, 2) - WHOLE.bytes(8, 1));
    assertEquals(WHOLE.bytes(8, 2), WHOLE.bytes(8, 3));
    MemoryPlan inParts = MemoryPlan.measured(holdings(230), 2230, 3150, 8);
    assertEquals(3150, inParts.bytes(8, 2));
    assertEquals(230, inParts.bytes(8, 2) - inParts.bytes(8, 1));
  }

  /** 200 of weights, 400 of slots, 200 of averages and 10 of others are there twice. */
  @Test
  void aCheckpointKeepsWhatTrainingChangesAsItWas() {
    assertEquals(810, holdings(0).changed());
    assertEquals(2920 + 810, WHOLE.most(8, 1));
    assertEquals("a checkpoint", WHOLE.holdings().occasion());
  }

  /** Such as the whole of a network of which adapters are trained. */
  @Test
  void aModelThatIsDrawnFromIsThereBesideTheVariables() {
    MemoryPlan large = MemoryPlan.measured(holdings(0, 5000), 2000, 2920, 8);
    assertEquals(2920 + 5000, large.most(8, 1));
    assertEquals("a picture", large.holdings().occasion());
    assertEquals(910 + 5000, large.holdings().least());
    assertEquals(910 + 200, holdings(0).least(), "more than gradients");
    assertEquals(910 + 120, holdings(0, 50).least());
  }

  @Test
  void asManyImagesFitAsTakeNoMoreThanThereIs() {
    assertEquals(8, WHOLE.mostRows(3730, 1));
    assertEquals(7, WHOLE.mostRows(3729, 1));
    assertEquals(1, WHOLE.mostRows(3030, 1));
    assertEquals(0, WHOLE.mostRows(3029, 1), "not even one");
    assertEquals(0, WHOLE.mostRows(100, 1), "not even the weights");
    assertEquals(70, WHOLE.mostRows(10_000, 1));
    assertEquals(Integer.MAX_VALUE, WHOLE.mostRows(Long.MAX_VALUE, 1));
  }

  @Test
  void aBatchIsCutIntoAsFewEqualPartsAsFit() {
    assertEquals(OptionalInt.of(1), WHOLE.partsFor(8, 1, 1, Integer.MAX_VALUE, 3730));
    // Two parts of 4: 2120 + 200 + 400 + 810; three parts would not be alike.
    assertEquals(OptionalInt.of(2), WHOLE.partsFor(8, 1, 1, Integer.MAX_VALUE, 3729));
    assertEquals(OptionalInt.of(4), WHOLE.partsFor(8, 1, 1, Integer.MAX_VALUE, 3529));
    assertEquals(OptionalInt.of(3), WHOLE.partsFor(9, 1, 1, Integer.MAX_VALUE, 3529));
    assertEquals(OptionalInt.of(8), WHOLE.partsFor(8, 1, 1, Integer.MAX_VALUE, 3230));
    assertEquals(OptionalInt.empty(), WHOLE.partsFor(8, 1, 1, Integer.MAX_VALUE, 3229));
  }

  /** Each of two workers has half a batch, and sums of gradients in any case. */
  @Test
  void ofSeveralWorkersEachHasSums() {
    assertEquals(OptionalInt.of(1), WHOLE.partsFor(8, 2, 1, Integer.MAX_VALUE, 3730 + 200));
    assertEquals(OptionalInt.of(2), WHOLE.partsFor(8, 2, 1, Integer.MAX_VALUE, 3729 + 200));
    assertEquals(8, WHOLE.mostRows(3730 + 200, 2));
    assertEquals(OptionalInt.of(3), WHOLE.partsFor(12, 1, 4, 10, 9999), "parts of 4, not of 6");
  }

  @Test
  void aStepThatTookLessThanItsGradientsTakesNothingElse() {
    MemoryPlan plan = MemoryPlan.measured(holdings(0), 500, 510, 8);
    assertEquals(0, plan.activations());
    assertEquals(0, plan.program());
  }
}

package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.fdistill.config.AverageConfig;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.DistillConfig.Divergence;
import io.github.fdistill.divergence.FDivergence;
import io.github.fdistill.optim.WeightAverage;
import org.junit.jupiter.api.Test;

class ChoicesTest {

  @Test
  void everyDivergenceOfTheConfigIsTheOneOfItsName() {
    for (Divergence name : Divergence.values()) {
      FDivergence chosen =
          Choices.divergence(DistillConfig.newBuilder().setDivergence(name).setAlpha(0.3).build());
      if (name == Divergence.ALPHA) {
        assertEquals(FDivergence.alpha(0.3), chosen);
      } else {
        assertEquals(FDivergence.Named.valueOf(name.name()), chosen);
      }
    }
    assertEquals(FDivergence.Named.values().length + 1, Divergence.values().length);
  }

  /** Weights that stand still for the critics' batches: as the average after each by itself. */
  @Test
  void anAverageOfEveryBatchKeepsAPowerOfItsDecay() {
    AverageConfig.Builder c = AverageConfig.newBuilder().setDecay(0.9999);
    assertEquals(new WeightAverage.Constant(0.9999, true), Choices.average(c.build(), 5));
    c.setEveryBatch(true).setRamp(false);
    double kept = 1;
    for (int batch = 0; batch < 5; batch++) {
      kept *= 0.9999;
    }
    var found = (WeightAverage.Constant) Choices.average(c.build(), 5);
    assertEquals(kept, found.decay(), 1e-12);
    assertFalse(found.ramp());
  }
}

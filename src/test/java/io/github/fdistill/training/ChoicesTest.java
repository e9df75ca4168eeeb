package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.DistillConfig.Divergence;
import io.github.fdistill.divergence.FDivergence;
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
}

package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.network.DenoiserModel;
import org.junit.jupiter.api.Test;

class DistillationChecksTest {

  private static DenoiserModel ofImages(double low, double high) {
    DenoiserModel model = Tiny.small(1);
    DenoiserInfo.Builder info = model.info().toBuilder();
    info.getMappingBuilder().getRangeBuilder().setLow(low).setHigh(high);
    return new DenoiserModel(
        model.origin(), model.function(), model.weights(), info.build(), model.image());
  }

  @Test
  void levelsByTimeAreForTeachersOfOurRange() {
    NoiseConfig.Builder timed = NoiseConfig.newBuilder();
    timed.setDistribution(NoiseConfig.Distribution.TIME_UNIFORM).getDdpmBuilder().setSteps(1000);
    DistillationChecks.requireTimes(ofImages(-1, 1), timed.build());
    DistillationChecks.requireTimes(ofImages(0, 255), NoiseConfig.getDefaultInstance());
    InputException refused =
        assertThrows(
            InputException.class,
            () -> DistillationChecks.requireTimes(ofImages(0, 1), timed.build()));
    assertTrue(refused.getMessage().contains("from 0.0 to 1.0"), refused.getMessage());
  }
}

package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.MadeImages;
import io.github.fdistill.training.Pretraining;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LearnerTest {

  /** DDPM's linear betas have times for noise up to 157: only what is trained so far knows it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "distribution: POLYNOMIAL sigma_max: 80 | 80 | 0",
        "distribution: POLYNOMIAL sigma_max: 100 | 100 | 80",
        "distribution: POLYNOMIAL sigma_max: 1000 | 157.4 | 80",
        "distribution: POLYNOMIAL sigma_max: 20 | 80 | 0",
        "distribution: LOG_NORMAL sigma_max: 1000 | 80 | 0",
        "distribution: LOG_NORMAL clip_max: 100 | 100 | 80",
      })
  void aNetworkKnowsNoiseAsFarAsItIsTrained(String noise, double known, double sampledFrom)
      throws IOException {
    NetworkConfig network =
        Configs.of(
            "image { height: 8 width: 8 channels: 1 } mlp { hidden: [4] }"
                + " convention { predicts: EPSILON ddpm { steps: 1000 } }",
            NetworkConfig.getDefaultInstance());
    ImageSource images = new MadeImages(2, 8, 8, 1, 1, (index, into, offset) -> {});
    PretrainConfig config =
        Configs.of("batch_size: 1 noise { " + noise + " }", PretrainConfig.getDefaultInstance());
    Learner learner =
        new Learner(network, images, Optional.empty(), Optional.empty(), Optional.empty());
    try (Pretraining training = learner.training(config)) {
      var info = training.result().info();
      assertEquals(known, info.getSigmaMax(), 0.1);
      assertEquals(sampledFrom, info.getSampledFrom());
    }
  }
}

package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.training.Models;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is told of networks before they are trained. */
class NetworkNotesTest {

  /**
   * Of layers of 6x20, 20x20 and 20x2: A and B have as many columns and rows as the smaller side.
   */
  @Test
  void adaptersOfNoFewerNumbersThanWeightsAreTold() {
    NetworkConfig network =
        Configs.of(
            """
            image { height: 1 width: 1 channels: 2 }
            mlp { hidden: [20, 20] noise_channels: 4 }
            """,
            NetworkConfig.getDefaultInstance());
    DenoiserModel model = Networks.denoiser(network, 1);
    DistillConfig.Builder config = DistillConfig.newBuilder();
    Models models = Models.of(model, model);
    assertEquals(List.of(), NetworkNotes.of(models, config.build()));
    config.getLoraBuilder().setRank(2);
    assertEquals(List.of(), NetworkNotes.of(models, config.build()));
    config.getLoraBuilder().setRank(64);
    List<String> notes = NetworkNotes.of(models, config.build());
    assertEquals(1, notes.size(), notes.toString());
    assertTrue(notes.get(0).startsWith("lora.rank=64: the adapters of "), notes.get(0));
    String both = "1,000 numbers, and the weights that they stand beside 560; ";
    assertTrue(notes.get(0).contains(both), notes.get(0));
  }
}

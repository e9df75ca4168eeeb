package io.github.fdistill.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.config.SettingChecks;
import io.github.fdistill.inspect.GradientCheck;
import io.github.fdistill.inspect.Inspection;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The families that others published, as descriptions. */
class FamiliesTest {
  private static final String IMAGE = "image { height: 8 width: 8 channels: 2 } classes: 3 ";

  @TempDir Path scratch;

  private static NetworkConfig network(String body) {
    String image = body.startsWith("image") ? "" : IMAGE;
    return Configs.of(image + body, NetworkConfig.getDefaultInstance());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "song_unet { channels: 8 multiplier: [1, 2] blocks: 1 attention_resolution: 4 }",
        "song_unet { channels: 8 multiplier: [1, 2] blocks: 1 noise: FOURIER encoder: RESIDUAL"
            + " resampling: SMOOTH noise_multiplier: 2 } convention { predicts: SCORE ve { } }",
        "dhariwal_unet { channels: 64 multiplier: 1 blocks: 1 attention_resolution: 8"
            + " embedding_multiplier: 1 } convention { predicts: EPSILON vp { } }",
        "edm2_unet { channels: 8 multiplier: [1, 2] blocks: 1 attention_resolution: 4"
            + " head_channels: 8 }",
        "ddpm_unet { channels: [4, 8] blocks: 1 attention_level: 1 attention_level_up: 1 groups: 2"
            + " head_channels: 4 scale_shift: true }"
            + " convention { predicts: V ddpm { steps: 1000 } }",
        "dit { width: 16 blocks: 2 heads: 2 hidden: 32 }"
            + " convention { predicts: VELOCITY flow { from_noise: true } }",
      })
  void gradientsAreThoseOfFiniteDifferences(String body) throws IOException {
    DenoiserModel first = Networks.denoiser(network(body), 1);
    float[] weights = WeightArrays.of(first.weights());
    float[] noise = TestNetworks.random(2, weights.length, 0.1);
    for (int i = 0; i < weights.length; i++) {
      weights[i] += noise[i];
    }
    Path version = scratch.resolve("model/1");
    DenoiserModel model = first.with(WeightArrays.weights(first.function().parameters(), weights));
    NamedModel.write(model, version, folder -> {});
    SavedModel written = SavedModel.read(version);
    List<GradientCheck> checks = GradientCheck.all(written, Inspection.of(written));
    assertEquals(2, checks.size(), "by the images and by the weights: " + checks);
    checks.forEach(check -> assertTrue(check.passes(), body + ": " + check));
  }

  /** As many as EDM's own have. */
  @ParameterizedTest
  @CsvSource({"graphs/cifar10, 55.7", "graphs/imagenet-64, 295.9"})
  void theDescriptionsOfPublishedRunsHaveTheirParameters(Path graphs, double millions) {
    Path file = graphs.resolve("network.pbtxt");
    NetworkConfig config = Configs.read(file, NetworkConfig.getDefaultInstance(), List.of());
    long found = Networks.denoiser(config, 1).function().parameters().size();
    assertEquals(millions, found / 1e6, 0.05);
    PretrainConfig pretrain =
        Configs.read(
            graphs.resolve("pretrain.pbtxt"), PretrainConfig.getDefaultInstance(), List.of());
    SettingChecks.check(file, pretrain);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "song_unet { multiplier: [1, 2, 2, 2, 2] } | song_unet.multiplier",
        "song_unet { multiplier: 1 attention_resolution: 5 } | heights of the levels: [8]",
        "song_unet { multiplier: 1 frequency: 1 } | 64, half of channels * noise_multiplier",
        "song_unet { multiplier: 1 decoder: RESIDUAL } | song_unet.decoder",
        "dhariwal_unet { } | one entry a level",
        "dhariwal_unet { channels: 100 multiplier: [1, 2] } | divides by 3",
        "dhariwal_unet { channels: 200 multiplier: [1, 8] attention_resolution: 8 } | 200 channels",
        "edm2_unet { multiplier: 1 head_channels: 5 } | edm2_unet.head_channels",
        "ddpm_unet { channels: 30 } | 32 groups",
        "ddpm_unet { channels: 32 head_channels: 64 } | level 0, heads of 64",
        "ddpm_unet { channels: 32 attention_level: 3 } | levels from 0 to 0",
        "dit { patch: 3 } | a height and width that divide by 3",
        "dit { heads: 7 } | whole heads",
        "dit { width: 32784 } | 1 to 32768",
        "image { height: 1 width: 16392 channels: 1 } unet { multiplier: 1 } | at most 16384 pixels a side",
        "image { height: 2 width: 2 channels: 1000000000 } unet { multiplier: 1 } | fewer than 2^31 numbers",
        "image { height: 2048 width: 1024 channels: 3 } unet { multiplier: [1, 1]"
            + " attention_resolution: 2048 } | unet.attention_resolution: 2048x1024 that attend",
        "image { height: 4096 width: 4096 channels: 3 } song_unet { multiplier: [1, 1] } | 2048x2048 that",
        "image { height: 4096 width: 4096 channels: 3 } dhariwal_unet { multiplier: 1 } | 4096x4096 that",
        "image { height: 4096 width: 512 channels: 3 } edm2_unet { multiplier: 1 } | 4096x512 that attend",
        "image { height: 4096 width: 4096 channels: 3 } ddpm_unet { channels: [32, 32] } | 2048x2048 that",
        "image { height: 4096 width: 4096 channels: 3 } dit { } | dit.patch: 2048x2048 that attend",
        "dit { } convention { predicts: V flow { } } | V on a schedule ddpm",
        "unet { multiplier: 1 } convention { predicts: EPSILON ddpm { steps: 9 }"
            + " learned_variance: true } | says no variance",
      })
  void whatMakesNoNetworkIsRefusedByItsField(String body, String said) {
    InputException refused =
        assertThrows(InputException.class, () -> Networks.denoiser(network(body), 1));
    assertTrue(refused.getMessage().contains(said.strip()), refused.getMessage());
  }
}

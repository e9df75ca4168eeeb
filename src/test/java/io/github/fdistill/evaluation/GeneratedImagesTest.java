package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.sampling.Samples;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;

class GeneratedImagesTest {
  private static final int IMAGE = 6 * 5 * 3;

  private static GeneratedImages images(DenoiserModel model, long values) {
    Sampler sampler = Sampler.ofStudent(model, Precision.FLOAT32);
    return new GeneratedImages("it", "it", model, Asked.nothing(), "one", sampler, values);
  }

  /** Each image is a function of its seed; parts of 200 begin where several workers take them. */
  @Test
  void largeImagesAreDrawnAndSeenAFewAtATime() throws Exception {
    NetworkConfig.Builder config = NetworkConfig.newBuilder();
    config.getImageBuilder().setHeight(6).setWidth(5).setChannels(3);
    config.getMlpBuilder().addHidden(4);
    DenoiserModel model = Networks.denoiser(config.build(), 1).asStudent(80);
    Path folder = Path.of(GeneratedImagesTest.class.getResource("features-network").toURI());
    try (FeatureNetwork network = FeatureNetwork.load(folder);
        GeneratedImages whole = images(model, 200 * IMAGE);
        GeneratedImages large = images(model, 71 * IMAGE)) {
      List<Long> done = new ArrayList<>();
      Seen few = large.see(List.of(network), 7, 205, done::add).get(0);
      assertEquals(List.of(71L, 142L, 200L, 205L), done);
      Seen many = whole.see(List.of(network), 7, 205, n -> {}).get(0);
      assertArrayEquals(many.features().values(), few.features().values(), 1e-5f);
    }
    assertEquals(200 * 64 * 64 * 3 * 18, GeneratedImages.bytes(Shape.of(64, 64, 3)));
    assertEquals(12L * 1024 * 1024 * 3 * 18, GeneratedImages.bytes(Shape.of(1024, 1024, 3)));
    Samples latents = new Samples(new float[] {1, 2, 3, 4, 5, 6}, Shape.of(1, 1, 2));
    assertArrayEquals(new float[] {3, 4}, latents.some(1, 1).values());
  }
}

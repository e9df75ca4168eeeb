package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DiscriminatorConfig;
import io.github.fdistill.network.DenoiserModel;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;

class DiscriminatorFeaturesTest {
  private static final DenoiserModel MODEL = Tiny.model(1);

  private static DiscriminatorFeatures choose(DenoiserModel model, String... names) {
    return DiscriminatorFeatures.choose(
        model, DiscriminatorConfig.newBuilder().addAllFeature(List.of(names)).build());
  }

  @Test
  void thoseThatAreNamedAreTaken() {
    DiscriminatorFeatures both = choose(MODEL, "features_8x8", "features_4x4");
    assertEquals(List.of("features_8x8", "features_4x4"), both.names());
    assertEquals(
        Map.of("features_8x8", Shape.of(8, 8, 8), "features_4x4", Shape.of(4, 4, 8)),
        both.shapes());
  }

  @Test
  void withoutANameItIsTheSmallest() {
    assertEquals(List.of("features_4x4"), choose(MODEL).names());
  }

  @Test
  void anUnknownNameIsRefusedWithThoseThereAre() {
    String message =
        assertThrows(InputException.class, () -> choose(MODEL, "features_4x4", "features_2x2"))
            .getMessage();
    for (String part : List.of("features_2x2", "features_4x4", "features_8x8", MODEL.origin())) {
      assertTrue(message.contains(part), message);
    }
  }

  @Test
  void aNetworkWithoutFeaturesIsSeenByItsImages() {
    DenoiserModel bare =
        new DenoiserModel(
            "bare",
            MODEL.function().only(List.of(DenoiserModel.DENOISED)),
            MODEL.weights(),
            MODEL.info(),
            MODEL.image());
    DiscriminatorFeatures images = choose(bare);
    assertEquals(List.of(), images.names());
    assertEquals(Map.of("images", Shape.of(8, 8, 2)), images.shapes());
    new Distillation(Models.of(bare, bare), Tiny.config().setGuidance(2).build()).close();
    assertThrows(InputException.class, () -> choose(bare, "features_4x4"));
  }
}

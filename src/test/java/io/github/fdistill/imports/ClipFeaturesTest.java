package io.github.fdistill.imports;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.network.Context;
import io.github.fdistill.network.PartModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;

/** CLIP against the library transformers, whose vectors clip.py recorded. */
class ClipFeaturesTest {
  private static final Path FOLDER = Path.of("src/test/resources/io/github/fdistill/imports/clip");

  @TempDir Path folder;

  private static ClipFeatures read(Path from, long height, long width) {
    return ClipFeatures.read(from, Optional.empty(), Shape.of(height, width, 3));
  }

  private static float[] given(PartModel part, Map<String, String> recorded, String output) {
    Npz arrays = new Npz(FOLDER.resolveSibling("clip.npz"));
    return Ran.of(part.function(), part.weights(), arrays, recorded).get(output);
  }

  private static float[] recorded(String name) {
    return new Npz(FOLDER.resolveSibling("clip.npz")).floats(name);
  }

  @Test
  void imagesOfItsOwnSizeAreSeenAsByTheLibrary() {
    PartModel images = read(FOLDER, 12, 12).images();
    assertArrayEquals(
        recorded("features"), given(images, Map.of("x", "images"), "features"), 1e-5f);
  }

  /** Pillow rounds twice, after each direction. */
  @Test
  void othersAreMadeSmallerAndCutAsByPillow() {
    PartModel images = read(FOLDER, 20, 28).images();
    assertArrayEquals(
        recorded("wide_features"), given(images, Map.of("x", "wide"), "features"), 2e-2f);
  }

  @Test
  void textsAreReadAsByTheLibrary() {
    ClipFeatures clip = read(FOLDER, 12, 12);
    assertArrayEquals(
        recorded("texts"), given(clip.texts(), Map.of("tokens", "tokens"), Context.POOLED), 1e-5f);
    float[] tokens = recorded("tokens");
    int[] own = clip.tokenizer().row("Red  apple").numbers();
    for (int i = 0; i < own.length; i++) {
      assertEquals(tokens[i], own[i]);
    }
  }

  @Test
  void whatIsNotClipIsRefused() throws IOException {
    assertRefused("\"patch_size\": 4", "\"patch_size\": 5", "patch_size");
    assertRefused("\"num_channels\": 3", "\"num_channels\": 1", "num_channels");
    assertRefused("\"vision_config\"", "\"audio_config\"", "vision_config");
    assertRefused("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 60000", "num_hidden_layers");
    assertRefused("\"projection_dim\": 6", "\"projection_dim\": 7", "projection");
    assertRefused("\"vocab_size\": 522", "\"vocab_size\": 500", "500");
    assertRefused("\"image_size\": 12", "\"image_side\": 12", "of 10 places, and this makes 3137");
  }

  private void assertRefused(String good, String bad, String told) throws IOException {
    Path copy = folder.resolve(told);
    Files.createDirectories(copy);
    try (Stream<Path> files = Files.list(FOLDER)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    Path config = copy.resolve("config.json");
    String text = Files.readString(config);
    assertTrue(text.contains(good), good);
    Files.writeString(config, text.replace(good, bad));
    InputException refusal = assertThrows(InputException.class, () -> read(copy, 12, 12), bad);
    assertTrue(refusal.getMessage().contains(told), refusal.getMessage());
  }
}

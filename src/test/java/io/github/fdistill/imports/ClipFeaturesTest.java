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
import java.util.List;
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
    String kind = "\"model_type\": \"clip\",";
    assertRefused(kind, kind + "\"vision_config_dict\": {},", "of 10 places, and this makes 50");
  }

  @Test
  void aProcessorMaySeeOtherColoursAndNothingElse() throws IOException {
    String colours = "\"image_mean\": [0.5, 0.4, 0.3], \"image_std\": [1, 2, 3]";
    for (String fits :
        new String[] {
          "\"size\": 12, \"crop_size\": 12, \"resample\": 3",
          "\"size\": {\"shortest_edge\": 12, \"height\": null}, \"do_resize\": true",
          "\"crop_size\": {\"height\": 12, \"width\": 12}, \"do_normalize\": null",
          "\"rescale_factor\": 0.00392156862745098",
        }) {
      assertEquals(List.of(0.5, 0.4, 0.3), processor(colours + ", " + fits).mean());
      assertEquals(List.of(1.0, 2.0, 3.0), processor(colours + ", " + fits).deviation());
    }
    for (String bad :
        new String[] {
          "\"size\": 14",
          "\"size\": {\"height\": 12, \"width\": 12}",
          "\"crop_size\": {\"height\": 12, \"width\": 14}",
          "\"resample\": 2",
          "\"do_normalize\": false",
          "\"rescale_factor\": 1",
          "\"image_std\": [1, 1, 0]",
        }) {
      InputException refused = assertThrows(InputException.class, () -> processor(bad), bad);
      String name = "image_processor, " + bad.split("\"")[1] + ": ";
      assertTrue(refused.getMessage().contains(name), refused.getMessage());
    }
  }

  /** As version 5 of the library says it, beside what older ones read. */
  private ClipProcessor processor(String said) throws IOException {
    Files.writeString(
        folder.resolve("processor_config.json"), "{\"image_processor\": {" + said + "}}");
    Files.writeString(folder.resolve("preprocessor_config.json"), "{\"image_mean\": [1, 1, 1]}");
    return ClipProcessor.read(folder, 12, "another");
  }

  @Test
  void whatAFolderSaysOfItsUseAndDoesNotSayOfColoursIsTold() throws IOException {
    Path copy = copied("plain");
    Files.delete(copy.resolve("preprocessor_config.json"));
    Files.writeString(
        copy.resolve("README.md"),
        "---\nlicense: other\nlicense_name: \"my-non-commercial-1\"\n---\nlicense: mit\n");
    ClipFeatures read = read(copy, 12, 12);
    assertEquals("my-non-commercial-1: not for commercial use", read.licence());
    assertTrue(read.notes().toString().contains("nor preprocessor_config.json"));
    assertEquals(List.of(), read(FOLDER, 12, 12).notes());
  }

  private Path copied(String name) throws IOException {
    Path copy = folder.resolve(name);
    Files.createDirectories(copy);
    try (Stream<Path> files = Files.list(FOLDER)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    return copy;
  }

  private void assertRefused(String good, String bad, String told) throws IOException {
    Path copy = copied(told);
    Path config = copy.resolve("config.json");
    String text = Files.readString(config);
    assertTrue(text.contains(good), good);
    Files.writeString(config, text.replace(good, bad));
    InputException refusal = assertThrows(InputException.class, () -> read(copy, 12, 12), bad);
    assertTrue(refusal.getMessage().contains(told), refusal.getMessage());
  }
}

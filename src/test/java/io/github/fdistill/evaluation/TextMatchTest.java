package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.imports.ClipFeatures;
import io.github.fdistill.imports.Npz;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;

/** The CLIP score of images and texts whose vectors the library transformers gave. */
class TextMatchTest {
  private static final Path IMPORTS = Path.of("src/test/resources/io/github/fdistill/imports");
  private static final int LENGTH = 6;

  @TempDir Path folder;

  private static double score(float[] images, float[] texts, int... textOf) {
    double sum = 0;
    for (int i = 0; i < textOf.length; i++) {
      double product = 0;
      double a = 0;
      double b = 0;
      for (int j = 0; j < LENGTH; j++) {
        double x = images[i * LENGTH + j];
        double y = texts[textOf[i] * LENGTH + j];
        product += x * y;
        a += x * x;
        b += y * y;
      }
      sum += Math.max(0, 100 * product / Math.sqrt(a * b));
    }
    return sum / textOf.length;
  }

  @Test
  void itIsTheMeanCosineOfEachImageWithItsOwnText() throws IOException {
    Path model = folder.resolve("clip");
    ClipFeatures.read(IMPORTS.resolve("clip"), Optional.empty(), Shape.of(12, 12, 3)).write(model);
    Npz arrays = new Npz(IMPORTS.resolve("clip.npz"));
    float[] pixels = arrays.floats("images");
    byte[] bytes = new byte[pixels.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (int) pixels[i];
    }
    float[] images = arrays.floats("features");
    float[] texts = arrays.floats("texts");
    try (FeatureNetwork network = FeatureNetwork.load(model)) {
      Features seen = network.see("three", bytes).features();
      TextMatch match = network.textMatch().orElseThrow();
      assertEquals(
          score(images, texts, 0, 1, 0),
          match.score(seen, List.of("red apple", "cat", "red apple")),
          1e-3);
      double other = match.score(seen, List.of("cat", "red apple", "cat"));
      assertEquals(score(images, texts, 1, 0, 1), other, 1e-3);
      assertTrue(Math.abs(other - score(images, texts, 0, 1, 0)) > 1, "texts matter");
    }
  }
}

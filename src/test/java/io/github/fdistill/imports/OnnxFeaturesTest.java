package io.github.fdistill.imports;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.evaluation.FeatureNetwork;
import io.github.fdistill.network.Resizing;
import io.github.fdistill.onnx.OnnxNetwork;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Features of a network in ONNX are what ONNX Runtime gave (features.py, beside it). */
class OnnxFeaturesTest {
  private static final Path FOLDER = Path.of("src/test/resources/io/github/fdistill/onnx");

  @TempDir Path scratch;
  private Path file;

  @BeforeEach
  void unpack() throws IOException {
    file = unpacked("classifier-ts");
  }

  private Path unpacked(String name) throws IOException {
    Path to = scratch.resolve(name + ".onnx");
    try (InputStream in =
        new GZIPInputStream(Files.newInputStream(FOLDER.resolve(name + ".onnx.gz")))) {
      Files.copy(in, to);
    }
    return to;
  }

  private static OnnxFeatures.Options options(int height, int width, String pixels, String output) {
    return new OnnxFeatures.Options(
        height, width, PixelRange.of(pixels), Resizing.ANTIALIASED, Optional.ofNullable(output));
  }

  @ParameterizedTest
  @CsvSource({"own, 32, 32, imagenet", "larger, 44, 40, -1..1"})
  void areWhatOnnxRuntimeGave(String name, int height, int width, String pixels)
      throws IOException {
    Npz arrays = new Npz(FOLDER.resolve("features.npz"));
    float[] values = arrays.floats(name);
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (int) values[i];
    }
    OnnxFeatures features =
        OnnxFeatures.read(file, Map.of(), options(height, width, pixels, "features"));
    Path folder = Files.createDirectory(scratch.resolve("1"));
    features.write(folder);
    try (FeatureNetwork network = FeatureNetwork.load(folder)) {
      assertEquals(6, network.dimension());
      network.requireSize("pictures", height, width, 3);
      Recorded.assertClose(
          name,
          arrays.floats(name + ".features"),
          network.see("pictures", bytes).features().values(),
          1e-4);
    }
  }

  private static String refusal(Path source, OnnxFeatures.Options options) {
    return assertThrows(InputException.class, () -> OnnxFeatures.read(source, Map.of(), options))
        .getMessage();
  }

  @Test
  void whatIsNotSaidIsAskedFor() throws IOException {
    String said = refusal(file, options(32, 32, "0..1", null));
    assertTrue(said.contains("logits [-1, 5], features [-1, 6]"), said);
    assertTrue(said.contains("--output logits or features"), said);
    said = refusal(file, options(32, 32, "0..1", "pooled"));
    assertTrue(said.contains("output pooled"), said);
    said = refusal(unpacked("unet-ts"), options(8, 8, "0..1", null));
    assertTrue(said.contains("takes sample [-1, 3, 8, 8] DT_FLOAT, timestep"), said);
    assertTrue(said.contains("one input of images"), said);
    said = refusal(unpacked("vae-ts"), options(8, 8, "0..1", null));
    assertTrue(said.contains("with 1 or 3 channels"), said);
  }

  @Test
  void oneImageIsTakenForAnyNumberWhereThatIsSaid() throws IOException {
    Map<String, long[]> two = Map.of("image", new long[] {2, 3, 32, 32});
    InputException refused =
        assertThrows(
            InputException.class,
            () -> OnnxFeatures.read(file, two, options(32, 32, "0..255", "features")));
    assertTrue(refused.getMessage().contains("--shape image=N,3,32,32"), refused.getMessage());
    Map<String, long[]> free = Map.of("image", new long[] {OnnxNetwork.FREE, 3, 32, 32});
    OnnxFeatures features = OnnxFeatures.read(file, free, options(9, 9, "0..255", "features"));
    assertEquals(6, features.dimension());
  }
}

package io.github.fdistill.imports;

import static io.github.fdistill.imports.Recorded.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.DenoiserMapping;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.LatentUnits;
import io.github.fdistill.network.Networks;
import io.github.fdistill.pickle.PickleDict;
import io.github.fdistill.pickle.PickleFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Networks of EDM and EDM2 give what the published code gave. */
class EdmImportTest {
  @TempDir Path scratch;

  /** Every pickle of the folder. */
  static List<String> pickles() throws IOException {
    try (Stream<Path> files = Files.list(Recorded.folder())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.contains(".pkl"))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("pickles")
  void isWhatThePublishedCodeGave(String file) {
    // VP and VE are that inexact in the published code itself: they take logarithms in float32.
    double share = file.startsWith("edm-v") ? 1e-4 : 2e-5;
    Recorded recorded = Recorded.of(file, scratch);
    Npz arrays = recorded.arrays();
    Importing importing = Importing.read(recorded.weights(), Importing.Options.NONE);
    int[] labels = recorded.labels(importing.network().getClasses());
    Evaluated found =
        Evaluated.of(importing.model(), arrays.floats("x"), arrays.floats("sigma"), labels);
    String wide = arrays.has("D_float32") ? "_float32" : "";
    assertClose(file + " D", arrays.floats("D" + wide), found.denoised(), share);
    float[] f = said(importing.network(), arrays, found.denoised());
    int channels = importing.network().getImage().getChannels();
    float[] expected = firstChannels(arrays.floats("F" + wide), arrays.shape("F")[3], channels);
    assertClose(file + " F", expected, f, share);
    if (wide.isEmpty()) { // What was computed with rounded gains is further off.
      assertFeatures(file, arrays, found, share);
    }
  }

  @Test
  void aNetworkInTrainingIsToldHowAnImageWasAugmented() throws IOException {
    int seen = 0;
    for (String file : pickles()) {
      Recorded recorded = Recorded.of(file, scratch);
      Npz arrays = recorded.arrays();
      Importing importing = Importing.read(recorded.weights(), Importing.Options.NONE);
      assertEquals(
          arrays.has("augment") ? 9 : 0, Networks.augmentationLabels(importing.network()), file);
      if (arrays.has("augment")) {
        NetworkConfig.Builder network = importing.network().toBuilder();
        if (network.hasSongUnet()) {
          network.getSongUnetBuilder().setDropout(0);
        } else {
          network.getDhariwalUnetBuilder().setDropout(0);
        }
        Evaluated found =
            Evaluated.of(
                importing.model(),
                Networks.trained(network.build(), 1),
                arrays.floats("x"),
                arrays.floats("sigma"),
                recorded.labels(network.getClasses()),
                Map.of(Networks.AUGMENTATION, arrays.floats("augment")));
        assertClose(file, arrays.floats("D_augment"), found.denoised(), 2e-5);
        seen++;
      }
    }
    assertTrue(seen > 0);
  }

  /** F, of which D is made: at low noise D says little of it. */
  private static float[] said(NetworkConfig network, Npz arrays, float[] denoised) {
    float[] x = arrays.floats("x");
    float[] sigma = arrays.floats("sigma");
    float[] f = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      double s = sigma[i / (x.length / sigma.length)];
      double d = network.getSigmaData();
      boolean edm = !network.hasConvention();
      double skip = edm ? d * d / (s * s + d * d) : 1;
      boolean score = network.getConvention().getPredicts() == DenoiserMapping.Prediction.SCORE;
      double out = edm ? s * d / Math.hypot(s, d) : score ? s : -s;
      f[i] = (float) ((denoised[i] - skip * x[i]) / out);
    }
    return f;
  }

  private static float[] firstChannels(float[] values, int of, int count) {
    float[] first = new float[values.length / of * count];
    for (int i = 0; i < first.length; i++) {
      first[i] = values[i / count * of + i % count];
    }
    return first;
  }

  private static void assertFeatures(String file, Npz arrays, Evaluated found, double share) {
    float[] rows = arrays.floats("feature_rows");
    assertFalse(found.features().isEmpty());
    found
        .features()
        .forEach(
            (name, all) -> {
              String recorded = name.replace("features", "feature");
              float[] expected = arrays.floats(recorded);
              int size = expected.length / rows.length;
              float[] these = new float[expected.length];
              for (int i = 0; i < rows.length; i++) {
                System.arraycopy(all, (int) rows[i] * size, these, i * size, size);
              }
              assertClose(file + " " + name, expected, these, share);
            });
  }

  /** (encoded - raw_mean) final_std / raw_std + final_mean in each channel. */
  @Test
  void latentsHaveTheUnitsOfTheFilesOwnEncoder() throws IOException {
    Path file = Recorded.folder().resolve("edm2-options.pkl");
    String rgb = Files.readString(file, StandardCharsets.ISO_8859_1);
    String usual = rgb.replace(word("StandardRGBEncoder"), word("StabilityVAEEncoder"));
    String own =
        usual.replaceFirst(
            "_init_kwargs\\x94}\\x94",
            "$0("
                + word("raw_mean")
                + "(K\1K\2K\3K\4l"
                + word("final_mean")
                + "K\5"
                + word("final_std")
                + "K\2u");
    assertEquals(LatentUnits.EDM2, units(usual, 4));
    LatentUnits found = units(own, 4);
    assertTrue(found.fromZero());
    double[] deviation = {4.17, 4.62, 3.71, 3.28};
    for (int i = 0; i < 4; i++) {
      double made = (3 - found.shift().get(i)) * found.scale().get(i); // Of 3, which is encoded.
      assertEquals((3 - (i + 1)) * 2 / deviation[i] + 5, made, 1e-9);
    }
    assertRefused("one for each of 8 channels", () -> units(own, 8));
    assertRefused("final_std", () -> units(own.replace("K\2u", "K\0u"), 4));
    assertRefused("StandardRGBEncoder", () -> units(rgb, 4));
  }

  private static String word(String text) {
    return "\u008c" + (char) text.length() + text;
  }

  private static LatentUnits units(String pickle, int channels) {
    Path name = Path.of("made.pkl");
    PickleDict root = PickleFile.read(name, pickle.getBytes(StandardCharsets.ISO_8859_1));
    return Edm2Source.units(name, root.get("encoder"), channels).orElseThrow();
  }

  private static void assertRefused(String said, Executable reading) {
    InputException refused = assertThrows(InputException.class, reading);
    assertTrue(refused.getMessage().contains(said), refused.getMessage());
  }

  @Test
  void theLevelsOfEachPreconditioningAreItsOwn() {
    NetworkConfig.Builder network = NetworkConfig.newBuilder();
    network.getConventionBuilder().setPredicts(DenoiserMapping.Prediction.EPSILON);
    network.getConventionBuilder().setLearnedVariance(true).getIddpmBuilder();
    network.getImageBuilder().setHeight(8).setWidth(8).setChannels(1);
    network.getDhariwalUnetBuilder().setChannels(8).addMultiplier(1).setBlocks(1);
    DenoiserInfo info = Networks.denoiser(network.build(), 1).info();
    assertEquals(0.0064, info.getSigmaMin(), 1e-3);
    network.getConventionBuilder().getVeBuilder();
    DenoiserModel model = Networks.denoiser(network.build(), 1);
    assertEquals(0.02, model.info().getSigmaMin());
    assertEquals(100, model.info().getSigmaMax());
    assertEquals(80, model.sampledFrom());
    assertEquals(50, model.with(model.info().toBuilder().setSigmaMax(50).build()).sampledFrom());
    info = Networks.denoiser(network.clearConvention().build(), 1).info();
    assertEquals(80, info.getSigmaMax());
    assertFalse(info.hasSampledFrom());
  }
}

package io.github.fdistill.imports;

import static io.github.fdistill.imports.Recorded.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DenoiserMapping.Prediction;
import io.github.fdistill.diffusion.Betas;
import io.github.fdistill.network.Networks;
import io.github.fdistill.tensors.Bytes;
import io.github.fdistill.tensors.NamedTensor;
import io.github.fdistill.tensors.NumberType;
import io.github.fdistill.tensors.TensorSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checkpoints of DiT and SiT give what the published code gave. */
class DitImportTest {
  private static final String LIKE =
      """
      image { height: 8 width: 8 channels: 4 }
      classes: 5
      dit { patch: %d width: %d blocks: %d heads: %d hidden: %d stored_places: %s }
      convention { learned_variance: true %s }
      """;
  private static final String STEPS = "predicts: EPSILON ddpm { steps: 1000 }";
  private static final String FLOW = "predicts: VELOCITY flow { from_noise: true }";

  @TempDir Path scratch;

  private Importing read(Recorded recorded, String network) {
    try {
      Path like = Files.writeString(scratch.resolve("network.pbtxt"), network);
      return Importing.read(
          recorded.weights(),
          new Importing.Options(Optional.of(like), Optional.empty(), Optional.empty()));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** What is kept of a training is its average; its places are stored, and are not the paper's. */
  @Test
  void theAverageOfADitIsWhatThePublishedCodeGave() {
    Recorded recorded = Recorded.of("dit-ema.pt", scratch);
    assertGives(recorded, read(recorded, LIKE.formatted(4, 16, 1, 2, 48, true, STEPS)), false);
    String computed = LIKE.formatted(4, 16, 1, 2, 48, false, STEPS);
    InputException refused = assertThrows(InputException.class, () -> read(recorded, computed));
    assertTrue(refused.getMessage().contains("stored_places: true"), refused.getMessage());
  }

  @Test
  void aSitIsWhatThePublishedCodeGave() {
    Recorded recorded = Recorded.of("sit-tiny.pt", scratch);
    assertGives(recorded, read(recorded, LIKE.formatted(2, 32, 2, 4, 128, false, FLOW)), true);
  }

  private static void assertGives(Recorded recorded, Importing importing, boolean sit) {
    Npz arrays = recorded.arrays();
    float[] t = arrays.floats("t");
    float[] sigma = new float[t.length];
    float[] x = arrays.floats("x");
    double[] steps = Betas.linear(1000, 1e-4, 0.02);
    int size = x.length / t.length;
    for (int i = 0; i < x.length; i++) {
      int row = i / size;
      sigma[row] = (float) (sit ? (1 - t[row]) / t[row] : steps[(int) t[row]]);
      double alpha = sit ? t[row] : 1 / Math.sqrt(1 + sigma[row] * sigma[row]);
      x[i] = (float) (x[i] / alpha); // Theirs is x_t.
    }
    int[] labels = recorded.labels(5);
    Evaluated found = Evaluated.of(importing.model(), x, sigma, labels);
    float[] f = new float[x.length];
    float[] expected = new float[x.length];
    float[] theirs = arrays.floats("F");
    int channels = theirs.length / (x.length / 4);
    for (int i = 0; i < x.length; i++) {
      expected[i] = theirs[i / 4 * channels + i % 4];
      double s = sigma[i / size];
      double d = found.denoised()[i];
      f[i] = (float) (sit ? (d - x[i] / (1 + s)) * (1 + s) / s : (x[i] - d) / s);
    }
    assertClose("F", expected, f, 1e-4);
    assertClose("D", arrays.floats("D"), found.denoised(), 1e-4);
    assertTrue(found.features().containsKey("features_block_0"), "" + found.features().keySet());
  }

  @Test
  void whichOfTheTwoItIsMustBeSaid() {
    Path file = Recorded.of("sit-tiny.pt", scratch).weights();
    InputException refused =
        assertThrows(InputException.class, () -> Importing.read(file, Importing.Options.NONE));
    assertTrue(refused.getMessage().contains("--as dit or --as sit"), refused.getMessage());
    assertRefused(file, true, "width 32");
  }

  private static void assertRefused(Path file, boolean sit, String said) {
    Importing.Options as =
        new Importing.Options(Optional.empty(), Optional.of(sit), Optional.empty());
    InputException refused = assertThrows(InputException.class, () -> Importing.read(file, as));
    assertTrue(refused.getMessage().contains(said), refused.getMessage());
  }

  /** Before a tensor of its own at the root goes the average, and its arguments are held to it. */
  @Test
  void whatATrainingSaysOfItselfIsHeldToIt() {
    Path file = Path.of("src/test/resources/io/github/fdistill/imports/sit-training.pt");
    Tensors tensors = ForeignFiles.read(file);
    assertEquals(5, tensors.count());
    assertEquals(2f, tensors.get("pos_embed").floats()[0]);
    assertRefused(file, false, "say --as sit");
    assertRefused(file, true, "path_type: VP");
  }

  /** Of each class a row, and of "no class" one where classes were dropped; here are 3. */
  @Test
  void itsArgumentsSayClassesAndPrediction() {
    assertEquals(2, read(Map.of()).network().getClasses());
    assertTrue(read(Map.of("num_classes", 2L)).learntNoClass());
    Foreign all = read(Map.of("num_classes", 3L, "prediction", "noise", "model", "SiT-S/2"));
    assertEquals(3, all.network().getClasses());
    assertFalse(all.learntNoClass());
    assertFalse(Networks.hasRowOfNoClass(all.network()));
    assertEquals(Prediction.EPSILON, all.network().getConvention().getPredicts());
    for (Map<String, Object> other :
        List.<Map<String, Object>>of(
            Map.of("num_classes", 4L),
            Map.of("model", "DiT-S/2"),
            Map.of("path_type", "GVP"),
            Map.of("prediction", "score"))) {
      InputException refused = assertThrows(InputException.class, () -> read(other));
      String name = other.keySet().iterator().next();
      assertTrue(refused.getMessage().contains("args, " + name), refused.getMessage());
    }
  }

  private static Foreign read(Map<String, Object> training) {
    Path file = Path.of("memory");
    Map<String, long[]> shapes =
        Map.of(
            "pos_embed", new long[] {1, 1, 384},
            "x_embedder.proj.weight", new long[] {384, 4, 2, 2},
            "y_embedder.embedding_table.weight", new long[] {3, 384},
            "blocks.0.attn.qkv.weight", new long[] {1, 1},
            "blocks.0.mlp.fc1.weight", new long[] {8, 1},
            "final_layer.linear.weight", new long[] {16, 1});
    List<NamedTensor> tensors = new ArrayList<>();
    shapes.forEach(
        (name, shape) -> {
          int size = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
          Bytes zeros = Bytes.of(file, new byte[4 * size]);
          tensors.add(NamedTensor.whole(name, NumberType.F32, zeros, shape));
        });
    return DitSource.read(
        file,
        new Tensors(TensorSet.of(file, tensors)),
        Optional.of(true),
        new Settings(file + ", args", training));
  }

  @ParameterizedTest
  @CsvSource({
    "2, 32, 3, 4, 128, tensors without a parameter: none",
    "2, 32, 1, 4, 128, blocks.1.attn.qkv.weight",
    "2, 32, 2, 4, 64, mlp/fc1",
    "4, 32, 2, 4, 128, places of 2x2 tokens",
  })
  void anotherNetworkIsRefused(
      int patch, int width, int blocks, int heads, int hidden, String said) {
    Recorded recorded = Recorded.of("sit-tiny.pt", scratch);
    String network = LIKE.formatted(patch, width, blocks, heads, hidden, false, FLOW);
    InputException refused = assertThrows(InputException.class, () -> read(recorded, network));
    assertTrue(refused.getMessage().contains(said), refused.getMessage());
    assertEquals(3, refused.getMessage().lines().count());
  }
}

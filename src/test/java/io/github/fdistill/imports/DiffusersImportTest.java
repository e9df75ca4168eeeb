package io.github.fdistill.imports;

import static io.github.fdistill.imports.Recorded.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.DenoiserMapping.Prediction;
import io.github.fdistill.config.NoiseConvention;
import io.github.fdistill.network.ClipText;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.PartModel;
import io.github.fdistill.network.PartSession;
import io.github.fdistill.savedmodel.WeightArrays;
import io.github.fdistill.tensors.JsonFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.types.TInt32;

/** Folders of the library diffusers give what it gave (make.py, beside them). */
class DiffusersImportTest {
  private static final Path FOLDER =
      Path.of("src/test/resources/io/github/fdistill/imports/diffusers");

  @TempDir Path scratch;

  private static Importing read(Path folder) {
    return Importing.read(folder, Importing.Options.NONE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"unet-old", "unet-classes", "unet-half", "dit", "dit-shared"})
  void isWhatTheLibraryGave(String name) {
    Npz arrays = new Npz(FOLDER.resolve(name + ".npz"));
    DenoiserModel model = read(FOLDER.resolve(name)).model();
    int[] labels = null;
    if (arrays.has("class_index")) {
      float[] index = arrays.floats("class_index");
      labels = new int[index.length];
      Arrays.setAll(labels, i -> (int) index[i]);
    }
    float[] sigma = arrays.floats("sigma");
    Evaluated found = Evaluated.of(model, arrays.floats("x"), sigma, labels);
    float[] expected = arrays.floats("D");
    int size = expected.length / sigma.length;
    for (int row = 0; row < sigma.length; row++) { // Each level is of its own scale.
      assertClose(
          name + " row " + row,
          Arrays.copyOfRange(expected, row * size, (row + 1) * size),
          Arrays.copyOfRange(found.denoised(), row * size, (row + 1) * size),
          1e-4);
    }
  }

  @Test
  void whatIsASavedModelAlreadyIsNotImported() throws IOException {
    Path version = Files.createDirectories(scratch.resolve("ours/1"));
    Files.createFile(version.resolve("saved_model.pb"));
    for (Path each : List.of(version, version.getParent())) {
      String refused = assertThrows(InputException.class, () -> read(each)).getMessage();
      assertTrue(refused.contains("a SavedModel already, which is taken as it is"), refused);
      assertTrue(refused.contains("./fdistill inspect " + each), refused);
    }
  }

  @Test
  void sharedEmbeddingsAreOne() {
    assertTrue(read(FOLDER.resolve("dit")).network().getDit().getEmbeddingPerBlock());
    Importing shared = read(FOLDER.resolve("dit-shared"));
    assertEquals(5, shared.leftOut().size());
    assertEquals(
        List.of("tench", "goldfish", "shark", "ray", "cock"),
        shared.model().info().getClassNameList());
    assertTrue(shared.licence().contains("not for commercial use"), shared.licence());
  }

  @Test
  void theOnlyVariantIsTakenAndNamed() {
    assertTrue(read(FOLDER.resolve("unet-half")).notes().toString().contains("fp16"));
    Importing.Options other =
        new Importing.Options(Optional.empty(), Optional.empty(), Optional.of("bf16"));
    InputException refused =
        assertThrows(
            InputException.class, () -> Importing.read(FOLDER.resolve("unet-half"), other));
    assertTrue(refused.getMessage().contains("[fp16]"), refused.getMessage());
  }

  /** What an index says to be in a file is what the file is read for. */
  @Test
  void binMayComeWithAnIndexOfItsFiles() throws IOException {
    Path copy = copied();
    Importing whole = read(copy);
    String file = "diffusion_pytorch_model-00001-of-00001.bin";
    Files.move(copy.resolve("diffusion_pytorch_model.bin"), copy.resolve(file));
    Tensors tensors = WeightFiles.read(copy.resolve(file));
    Path index = copy.resolve("diffusion_pytorch_model.bin.index.json");
    Files.writeString(index, index(tensors.names(), file));
    assertArrayEquals(
        WeightArrays.of(whole.model().weights()), WeightArrays.of(read(copy).model().weights()));
    Files.writeString(index, index(tensors.names(), "absent.bin"));
    InputException refused = assertThrows(InputException.class, () -> read(copy));
    assertTrue(refused.getMessage().contains("absent.bin, which is not there"));
  }

  /** By closed forms: sigma_t^2 = 1 / a_t - 1, a_t the product of 1 - beta up to t. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DDPM | \"beta_schedule\": \"sigmoid\", \"num_train_timesteps\": 3 | 0.0122159 | 0.175697",
        "DDIM | \"trained_betas\": [0.1, 0.2, 0.5], \"num_train_timesteps\": 3 | 0.333333 | 1.333333",
        "DDPM | \"rescale_betas_zero_snr\": true, \"num_train_timesteps\": 3 | 0.0100005 | 1.123195",
        "HeunDiscrete | \"steps_offset\": 1 | 0.0291672 | 25.14611",
        "KDPM2Discrete | \"steps_offset\": 1 | 0.0291672 | 25.14611",
        "KDPM2AncestralDiscrete | \"steps_offset\": 1 | 0.0291672 | 25.14611",
        "LCM | \"timestep_scaling\": 10.0 | 0.0291672 | 14.61464",
        "EulerDiscrete | \"timestep_type\": \"continuous\", \"num_train_timesteps\": 2 | 0.0100005 | 0.143214",
        "DPMSolverMultistep | \"lambda_min_clipped\": -Infinity, \"v\": \"NaN\" | 0.0100005 | 157.4059",
      })
  void schedulesAreTheirClasses(String name, String fields, double least, double most)
      throws IOException {
    Path copy = copied();
    Path file = copy.resolve("scheduler_config.json");
    String text = "{\"_class_name\": \"" + name.strip() + "Scheduler\", " + fields + "}";
    Files.writeString(file, text);
    Importing read = read(copy);
    DenoiserInfo info = read.model().info();
    String note = "scheduler: settings that are not known, and not used: v";
    assertEquals(
        fields.contains("\"v\"") ? List.of(note) : List.of(),
        read.notes().stream().filter(n -> n.startsWith("scheduler")).toList());
    assertEquals(least, info.getSigmaMin(), 1e-5 * least);
    assertEquals(most, info.getSigmaMax(), 1e-5 * most);
    assertEquals(Math.min(80, most), read.model().sampledFrom(), 1e-5 * most);
    if (fields.contains("continuous")) { // It matters there only where v is predicted.
      Files.writeString(file, text.replaceFirst("}$", ", \"prediction_type\": \"v_prediction\"}"));
      InputException refused = assertThrows(InputException.class, () -> read(copy));
      assertTrue(refused.getMessage().contains("timestep_type"), refused.getMessage());
    }
  }

  /** Where nothing is said, the steps of a class in the library are those of another. */
  @ParameterizedTest
  @CsvSource({
    "DDPMParallel, DDPM",
    "DDIMParallel, DDPM",
    "DDIMInverse, DDPM",
    "DPMSolverMultistepInverse, DDPM",
    "SASolver, DDPM",
    "RePaint, DDPM",
    "DPMSolverSDE, KDPM2Discrete",
    "TCD, LCM",
  })
  void howASchedulerSamplesDoesNotMatter(String name, String same) {
    assertEquals(schedule(same), schedule(name));
  }

  private static NoiseConvention schedule(String name) {
    return SchedulerSource.read(
        new Settings("scheduler", Map.of("_class_name", name + "Scheduler")), false);
  }

  @Test
  void whatANetworkPredictsStandsUnderAnOldNameToo() {
    for (boolean epsilon : new boolean[] {true, false}) {
      Map<String, Object> old = Map.of("_class_name", "DDPMScheduler", "predict_epsilon", epsilon);
      NoiseConvention read = SchedulerSource.read(new Settings("scheduler", old), false);
      assertEquals(epsilon ? Prediction.EPSILON : Prediction.DENOISED, read.getPredicts());
    }
  }

  /** What the library called DiT before it had a class of its own, and what says that it is one. */
  @Test
  void ditsOldNameIsKnown() throws IOException {
    Path copy = copied("dit");
    Path config = copy.resolve("transformer/config.json");
    String text =
        Files.readString(config).replace("\"DiTTransformer2DModel", "\"Transformer2DModel");
    Files.writeString(config, text);
    assertEquals(read(FOLDER.resolve("dit")).network(), read(copy).network());
    Files.writeString(config, text.replace("ada_norm_zero", "layer_norm"));
    InputException refused = assertThrows(InputException.class, () -> read(copy));
    assertTrue(refused.getMessage().contains("Transformer2DModel"), refused.getMessage());
  }

  @Test
  void whatIsTheSameAtEachLevelMayBeSaidForEach() {
    Map<String, Object> said = JsonFile.read(FOLDER.resolve("sd/unet/config.json"));
    Settings once = new Settings("unet", said);
    Map<String, Object> twice = new HashMap<>(said);
    for (String name : List.of("only_cross_attention", "cross_attention_dim", "layers_per_block")) {
      twice.computeIfPresent(name, (n, value) -> List.of(value, value));
    }
    twice.put("mid_block_only_cross_attention", false); // As null, of this network.
    Settings each = new Settings("unet", twice);
    assertEquals(CrossUNetSource.read(once), CrossUNetSource.read(each));
    assertEquals(CrossUNetSource.context(once, 6), CrossUNetSource.context(each, 6));
  }

  @Test
  void matricesThatAreSavedAsConvolutionsOfOneAxisAreTurned() throws IOException {
    Path copy = copied("unet-classes");
    float[] weights = WeightArrays.of(read(copy).model().weights());
    Path file = copy.resolve("unet/diffusion_pytorch_model-00002-of-00003.safetensors");
    headed(file, said -> said.replaceAll("\\[(\\d+),(\\d+)](,\"data)", "[$1,$2,1]$3"));
    assertArrayEquals(weights, WeightArrays.of(read(copy).model().weights()));
  }

  /** Changes the header of a file of safetensors. */
  private static void headed(Path file, UnaryOperator<String> change) throws IOException {
    ByteBuffer old = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    byte[] header = new byte[(int) old.getLong()];
    old.get(header);
    String said = new String(header, StandardCharsets.UTF_8);
    String other = change.apply(said);
    assertNotEquals(said, other);
    byte[] changed = (other + " ".repeat(-other.length() & 7)).getBytes(StandardCharsets.UTF_8);
    ByteBuffer whole = ByteBuffer.allocate(8 + changed.length + old.remaining());
    whole.order(ByteOrder.LITTLE_ENDIAN).putLong(changed.length).put(changed).put(old);
    Files.write(file, whole.array());
  }

  /** As PEFT names the weights that it put adapters beside. */
  @Test
  void adaptersAmongTheWeightsAreToldAsSuch() throws IOException {
    Path copy = copied("sd");
    Path file = copy.resolve("unet/diffusion_pytorch_model.safetensors");
    headed(file, said -> said.replace("to_q.weight", "to_q.base_layer.weight"));
    InputException refused = assertThrows(InputException.class, () -> read(copy));
    assertTrue(refused.getMessage().contains("adapters (LoRA)"), refused.getMessage());
    assertTrue(refused.getMessage().contains("unload_lora_weights()"), refused.getMessage());
  }

  private static String index(Set<String> names, String file) {
    return names.stream()
        .map(name -> "\"" + name + "\": \"" + file + "\"")
        .collect(Collectors.joining(",\n", "{\"weight_map\": {\n", "}}"));
  }

  private Path copied() throws IOException {
    return copied("unet-old");
  }

  private Path copied(String name) throws IOException {
    Path from = FOLDER.resolve(name);
    Path copy = scratch.resolve("model");
    try (Stream<Path> files = Files.walk(from)) {
      for (Path each : files.toList()) { // A folder comes before what it holds.
        Files.copy(each, copy.resolve(from.relativize(each).toString()));
      }
    }
    return copy;
  }

  /** Rows are filled to the tokenizer's length; all before that is as it was, in a causal text. */
  @Test
  void textsAreAsLongAsTheirTokenizerMakesThem() throws IOException {
    Path copy = copied("sd");
    Npz arrays = new Npz(FOLDER.resolve("sd.npz"));
    Path config = copy.resolve("tokenizer/tokenizer_config.json");
    String said = Files.readString(config);
    for (String length : List.of("4", "7", "1000000000000000019884624838656")) {
      Files.writeString(config, said.replace("_length\": 6", "_length\": " + length));
      int tokens = length.equals("4") ? 4 : 6;
      Importing read = Importing.read(copy, Importing.Options.NONE);
      assertEquals(tokens, read.network().getContext().getLength());
      assertEquals(read.network(), read(copy.resolve("unet/.")).network(), "its folder alone");
      PartModel encoder = read.parts().orElseThrow().texts().get(0).model();
      assertEquals(tokens, encoder.row().get(0));
      int[] row = new int[tokens];
      Arrays.setAll(row, i -> (int) arrays.floats("text_encoder.tokens")[i]);
      float[] all = arrays.floats("text_encoder.last");
      try (PartSession session = new PartSession(encoder);
          TInt32 input = TInt32.tensorOf(StdArrays.ndCopyOf(new int[][] {row}))) {
        float[] context = session.run(input, ClipText.rows(encoder)).get("context");
        assertClose("context", Arrays.copyOf(all, 8 * tokens), context, 1e-4);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "config.json | \"act_fn\": \"silu\" | \"act_fn\": \"gelu\" | act_fn: gelu",
        "config.json | \"AttnDownBlock2D\" | \"SkipDownBlock2D\" | SkipDownBlock2D",
        "config.json | UNet2DModel | UNet2DConditionModel | UNetMidBlock2DCrossAttn",
        "config.json | \"sample_size\": 8 | \"sample_size\": null | sample_size",
        "config.json | \"layers_per_block\": 1 | \"layers_per_block\": 2 | parameters without",
        "config.json | \"layers_per_block\": 1 | \"layers_per_block\": 60000 | layers_per_block: 60000",
        "config.json | \"sample_size\": 8 | \"sample_size\": 9 | described here: image, ddpm_unet",
        "config.json | \"sample_size\": 8 | \"sample_size\": 65536 | at most 16384 pixels a side",
        "config.json | \"sample_size\": 8 | \"sample_size\": 16384 | 8192x8192 that attend to one",
        "config.json | \"in_channels\": 3 | \"in_channels\": 9 | in_channels: 9: a network that",
        "scheduler_config.json | \"linear\" | \"laplace\" | beta_schedule: laplace",
        "scheduler_config.json | \"beta_start\": 0.0001 | \"beta_start\": 0.0 | beta_start: 0.0",
        "scheduler_config.json | \"beta_start\": 0.0001 | \"beta_start\": NaN | a finite number",
        "scheduler_config.json | \"trained_betas\": null | \"trained_betas\": [0.1] | 1000 of them",
        "scheduler_config.json | \"trained_betas\": null | \"use_flow_sigmas\": true | use_flow_sigmas",
        "scheduler_config.json | DDPMScheduler | KarrasVeScheduler | KarrasVeScheduler",
        "model_index.json | \"unet\" | \"text_encoder\": [\"t\", \"C\"], \"unet\" | a text says",
        "model_index.json | \"unet\" | \"vqvae\": [\"d\", \"VQModel\"], \"unet\" | vqvae: [d, VQModel]",
        "model_index.json | \"unet\" | \"vae\": [\"d\", \"C\"], \"unet\" | with an autoencoder around",
      })
  void whatIsNotBuiltIsRefusedByName(String file, String old, String changed, String said)
      throws IOException {
    Path copy = copied();
    String text = Files.readString(copy.resolve(file));
    assertTrue(text.contains(old.strip()), text);
    Files.writeString(copy.resolve(file), text.replace(old.strip(), changed.strip()));
    InputException refused = assertThrows(InputException.class, () -> read(copy));
    assertTrue(refused.getMessage().contains(said.strip()), refused.getMessage());
    if (file.strip().equals("scheduler_config.json")
        || said.matches("act_fn.*|described.*|a text says")) {
      assertTrue(refused.getMessage().contains("--mapping (docs/import.md)"), refused.getMessage());
    }
  }
}

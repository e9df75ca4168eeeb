package io.github.fdistill.imports;

import static io.github.fdistill.imports.Recorded.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.ContextConfig;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.LatentUnits;
import io.github.fdistill.network.PartModel;
import io.github.fdistill.network.PartSession;
import io.github.fdistill.network.PipelineParts;
import io.github.fdistill.savedmodel.TensorBundle;
import io.github.fdistill.savedmodel.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.types.TFloat32;

/** Stable Diffusion's parts give what the library diffusers gave (pipelines.py, beside them). */
class PipelineImportTest {
  private static final Path FOLDER =
      Path.of("src/test/resources/io/github/fdistill/imports/diffusers");

  private static final PartReading ALONE =
      new PartReading(Optional.empty(), file -> {}, note -> {});

  @TempDir Path scratch;

  private static Npz arrays(String name) {
    return new Npz(FOLDER.resolve(name + ".npz"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"sd", "sd-v", "sdxl"})
  void networkIsWhatTheLibraryGave(String name) {
    Npz arrays = arrays(name);
    DenoiserModel model = Importing.read(FOLDER.resolve(name), Importing.Options.NONE).model();
    Map<String, String> inputs = new LinkedHashMap<>();
    for (String input : List.of("x", "sigma", "context", "pooled", "sizes")) {
      if (arrays.has("unet." + input)) {
        inputs.put(input, "unet." + input);
      }
    }
    Map<String, float[]> found = Ran.of(model.function(), model.weights(), arrays, inputs);
    float[] denoised = found.get(DenoiserModel.DENOISED);
    float[] expected = arrays.floats("unet.D");
    int rows = arrays.shape("unet.D")[0];
    int size = expected.length / rows;
    assertEquals(expected.length, denoised.length);
    for (int row = 0; row < rows; row++) { // Each level is of its own scale.
      assertClose(
          name + " row " + row,
          Arrays.copyOfRange(expected, row * size, (row + 1) * size),
          Arrays.copyOfRange(denoised, row * size, (row + 1) * size),
          1e-4);
    }
    assertEquals(model.image().get(0) / 2, model.featureShapes().get("features_middle").get(0));
  }

  @ParameterizedTest
  @CsvSource({
    "sd, text_encoder",
    "sd-v, text_encoder",
    "sdxl, text_encoder",
    "sdxl, text_encoder_2"
  })
  void textEncodersAreWhatTheLibraryGave(String name, String part) {
    Npz arrays = arrays(name);
    Path folder = FOLDER.resolve(name).resolve(part);
    Map<String, String> inputs = Map.of("tokens", part + ".tokens");
    for (String taken : List.of("last", "penultimate")) {
      boolean penultimate = taken.equals("penultimate");
      PartModel whole = ClipSource.read(folder, folder, ALONE, penultimate, true);
      Map<String, float[]> found = Ran.of(whole.function(), whole.weights(), arrays, inputs);
      assertClose(taken, arrays.floats(part + "." + taken), found.get("context"), 1e-4);
      assertClose("pooled", arrays.floats(part + ".pooled"), found.get("pooled"), 1e-4);
    }
    PartModel less = ClipSource.read(folder, folder, ALONE, true, false);
    Map<String, float[]> found = Ran.of(less.function(), less.weights(), arrays, inputs);
    assertClose("alone", arrays.floats(part + ".penultimate"), found.get("context"), 1e-4);
  }

  /** Those of SDXL are 818 million numbers. */
  @Test
  void textEncodersAreNotReadForTheZerosThatNoTextIs() {
    Importing read = Importing.read(FOLDER.resolve("sdxl"), Importing.Options.NONE);
    PipelineParts parts = read.parts().orElseThrow();
    List<PipelineParts.Texts> unread = new ArrayList<>();
    for (PipelineParts.Texts each : parts.texts()) {
      Weights none = new Unread(each.model().weights().parameters());
      unread.add(
          new PipelineParts.Texts(
              each.name(),
              each.model().with(none),
              each.tokenizerName(),
              each.tokenizer(),
              each.pooled()));
    }
    PipelineParts without = new PipelineParts(unread, parts.encoder(), parts.decoder(), true);
    DenoiserInfo info = read.model().info();
    DenoiserInfo bare = info.toBuilder().clearNone().build();
    assertEquals(info, without.withNone(bare, read.network().getContext()));
    ContextConfig wider = read.network().getContext().toBuilder().setWidth(3).build();
    assertThrows(InputException.class, () -> without.withNone(bare, wider));
  }

  /**
   * Else its numbers would be cut as the base's, and the network would come in without its texts.
   */
  @Test
  void aPipelineIsWholeAndNoRefiner() throws IOException {
    Path copy = scratch.resolve("sdxl");
    copy("sdxl", copy);
    Path index = copy.resolve("model_index.json");
    String base = Files.readString(index);
    Files.writeString(index, base.replaceFirst("\\{", "{\"requires_aesthetics_score\": true,"));
    assertRefused(copy, "requires_aesthetics_score: true");
    assertRefused(copy.resolve("unet"), "requires_aesthetics_score: true");
    Files.writeString(index, base);
    Path second = copy.resolve("text_encoder_2/config.json");
    String config = Files.readString(second);
    Files.writeString(second, config.replace("\"projection_dim\": 4", "\"projection_dim\": 8"));
    assertRefused(copy, "and 8, projection_dim of text_encoder_2");
    Files.writeString(second, config);
    for (String part : List.of("tokenizer_2", "text_encoder")) {
      Files.move(copy.resolve(part), scratch.resolve(part));
      assertRefused(copy, "no " + part + "/, which model_index.json names");
      Files.move(scratch.resolve(part), copy.resolve(part));
    }
    String without = base.replace("\"CLIPTextModel\"", "null").replace("\"transformers\"", "null");
    Files.writeString(index, without);
    Files.move(copy.resolve("text_encoder"), scratch.resolve("text_encoder"));
    assertRefused(copy, "text_encoder_2/ without text_encoder/");
  }

  /** Three channels are a picture's wherever their number alone is asked for. */
  @Test
  void latentsOfThreeChannelsAndVeryManyAreRefused() {
    Path vae = FOLDER.resolve("sd/vae");
    InputException refused =
        assertThrows(
            InputException.class,
            () -> AutoencoderFolder.parts(vae, Shape.of(8, 8, 3), file -> {}, note -> {}));
    assertTrue(refused.getMessage().contains("with an autoencoder around"), refused.getMessage());
    Shape many = Shape.of(2048, 1024, 4);
    refused =
        assertThrows(
            InputException.class, () -> AutoencoderSource.read(vae, ALONE, many, Optional.empty()));
    assertTrue(refused.getMessage().contains("of latents of 2048x1024"), refused.getMessage());
  }

  /** Stable Diffusion 1 has its network without averaging, and nothing else. */
  @Test
  void aVariantOfTheNetworkAloneIsEnough() throws IOException {
    Path copy = scratch.resolve("sd");
    copy("sd", copy);
    Path weights = copy.resolve("unet/diffusion_pytorch_model.safetensors");
    Files.copy(weights, copy.resolve("unet/diffusion_pytorch_model.non_ema.safetensors"));
    Path vae = copy.resolve("vae/diffusion_pytorch_model.safetensors");
    Files.copy(vae, copy.resolve("vae/diffusion_pytorch_model.non_ema.safetensors"));
    Path texts = copy.resolve("text_encoder/model.safetensors");
    Files.move(texts, texts.resolveSibling("model.fp16.safetensors"));
    Importing found =
        Importing.read(
            copy,
            new Importing.Options(Optional.empty(), Optional.empty(), Optional.of("non_ema")));
    assertEquals(
        List.of(
            "weights of the variant non_ema",
            "text_encoder has no weights of the variant non_ema: those that it has are taken",
            "text_encoder: weights of the variant fp16"),
        found.notes());
    List<Path> taken =
        List.of(
            copy.resolve("unet/diffusion_pytorch_model.non_ema.safetensors"),
            copy.resolve("vae/diffusion_pytorch_model.non_ema.safetensors"),
            copy.resolve("text_encoder/model.fp16.safetensors"));
    assertTrue(found.files().containsAll(taken), "" + found.files());
  }

  private static void copy(String name, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(FOLDER.resolve(name))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copied = to.resolve(FOLDER.resolve(name).relativize(file).toString());
        Files.createDirectories(copied.getParent());
        Files.copy(file, copied);
      }
    }
  }

  private static void assertRefused(Path folder, String said) {
    InputException refused =
        assertThrows(InputException.class, () -> Importing.read(folder, Importing.Options.NONE));
    assertTrue(refused.getMessage().contains(said), refused.getMessage());
  }

  private record Unread(Parameters parameters) implements Weights {
    @Override
    public void copy(int parameter, FloatDataBuffer into) {
      throw new AssertionError("read: " + parameters.names().get(parameter));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sd", "sd-v", "sdxl"})
  void autoencoderIsWhatTheLibraryGave(String name) {
    Npz arrays = arrays(name);
    AutoencoderSource both =
        AutoencoderSource.read(
            FOLDER.resolve(name).resolve("vae"), ALONE, Shape.of(8, 8, 4), Optional.empty());
    Map<String, float[]> encoded =
        Ran.of(
            both.encoder().function(),
            both.encoder().weights(),
            arrays,
            Map.of("images", "vae.images"));
    assertClose("mean", arrays.floats("vae.mean"), encoded.get("mean"), 1e-4);
    assertClose("deviation", arrays.floats("vae.deviation"), encoded.get("deviation"), 1e-4);
    Map<String, float[]> decoded =
        Ran.of(
            both.decoder().function(),
            both.decoder().weights(),
            arrays,
            Map.of("latents", "vae.latents"));
    assertClose("images", arrays.floats("vae.pictures"), decoded.get("images"), 1e-4);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"conv_in_kernel\": 3 | \"conv_in_kernel\": 1 | conv_in_kernel: 1",
        "\"class_embed_type\": null | \"class_embed_type\": \"timestep\" | class_embed_type",
        "\"dual_cross_attention\": false | \"dual_cross_attention\": true | dual_cross",
        "\"attention_head_dim\": 2 | \"attention_head_dim\": 3 | ddpm_unet.heads: 3 of 4",
        "\"attention_head_dim\": 2 | \"attention_head_dim\": [2] | one for each of 2 levels",
        "\"CrossAttnDownBlock2D\" | \"KCrossAttnDownBlock2D\" | KCrossAttnDownBlock2D",
        "\"addition_embed_type\": null | \"addition_embed_type\": \"text_time\" |"
            + " addition_time_embed_dim",
        "\"cross_attention_dim\": 8 | \"cross_attention_dim\": 9 | shape [8, 4]",
        "\"cross_attention_dim\": 8 | \"cross_attention_dim\": [9, 9] | shape [8, 4]",
        "\"cross_attention_dim\": 8 | \"cross_attention_dim\": [8, 9] | each of 2 levels",
        "\"cross_attention_dim\": 8 | \"cross_attention_dim\": 70000 | from 0 to 65536",
        "\"only_cross_attention\": false | \"only_cross_attention\": [true, true] | on: true",
        "\"transformer_layers_per_block\": 1 | \"transformer_layers_per_block\": 2 | without",
        "\"transformer_layers_per_block\": 1 | \"transformer_layers_per_block\": 999 | 0 to 64",
        "layers_per_block\": 1 | layers_per_block\": 60 | 208 tensors for 7320 blocks",
      })
  void whatIsNotBuiltIsRefusedByName(String old, String changed, String said) throws IOException {
    for (String file :
        List.of(
            "model_index.json",
            "unet/config.json",
            "unet/diffusion_pytorch_model.safetensors",
            "scheduler/scheduler_config.json")) {
      Path copy = scratch.resolve("sd").resolve(file);
      Files.createDirectories(copy.getParent());
      Files.copy(FOLDER.resolve("sd").resolve(file), copy);
    }
    Path config = scratch.resolve("sd/unet/config.json");
    String text = Files.readString(config);
    assertTrue(text.contains(old), text);
    Files.writeString(config, text.replace(old, changed));
    InputException refused =
        assertThrows(
            InputException.class,
            () -> Importing.read(scratch.resolve("sd"), Importing.Options.NONE));
    assertTrue(refused.getMessage().contains(said), refused.getMessage());
    boolean remedied = refused.getMessage().matches("(?s).*--mapping .*, and no prompts");
    assertEquals(!said.matches("shape.*|without|.*for 7320 blocks"), remedied, "" + refused);
  }

  @Test
  void whatIsNotBuiltOfPartsIsRefusedByNameOrNoted() throws IOException {
    copy("sd-v", scratch);
    Path vae = scratch.resolve("vae");
    Path config = vae.resolve("config.json");
    String tiny = Files.readString(config);
    List<String> notes = new ArrayList<>();
    PartReading noting = new PartReading(Optional.empty(), file -> {}, notes::add);
    Files.writeString(config, tiny.replaceFirst("\\{", "{\"a_new_one\": 3,"));
    AutoencoderSource.read(vae, noting, Shape.of(8, 8, 4), Optional.empty());
    assertEquals(List.of("vae: settings that are not known, and not used: a_new_one"), notes);
    Files.writeString(config, tiny.replace("nearest", "bilinear"));
    InputException refused = assertThrows(InputException.class, () -> read(vae));
    assertTrue(refused.getMessage().contains("upsample_fn: bilinear"), refused.getMessage());
    Path texts = scratch.resolve("text_encoder");
    Path masked = texts.resolve("config.json");
    String text = Files.readString(masked);
    Files.writeString(masked, text.replaceFirst("\\{", "{\"use_attention_mask\": true,"));
    refused =
        assertThrows(
            InputException.class, () -> ClipSource.read(texts, texts, ALONE, false, false));
    assertTrue(refused.getMessage().contains("use_attention_mask: true"), refused.getMessage());
    assertEquals(6, ClipSource.read(texts, texts, ALONE, true, false).row().get(0));
  }

  /** (encoded - mean) scale / deviation by channel, of images from 0 to 1, as EDM2 has them. */
  @Test
  void latentsOfEdm2AreMadeInItsUnits() {
    Path vae = FOLDER.resolve("sd/vae");
    AutoencoderSource usual =
        AutoencoderSource.read(vae, ALONE, Shape.of(8, 8, 4), Optional.empty());
    AutoencoderSource edm2 =
        AutoencoderSource.read(vae, ALONE, Shape.of(8, 8, 4), Optional.of(LatentUnits.EDM2));
    float[] image = arrays("sd").floats("vae.images");
    float[] half = image.clone();
    for (int i = 0; i < half.length; i++) {
      half[i] = image[i] / 2 + 0.5f;
    }
    Shape images = Shape.of(image.length / (16 * 16 * 3), 16, 16, 3);
    float[] encoded = first(usual.encoder(), images, half, "mean");
    float[] found = first(edm2.encoder(), images, image, "mean");
    double[] mean = {5.81, 3.25, 0.12, -2.15};
    double[] deviation = {4.17, 4.62, 3.71, 3.28};
    float[] expected = new float[found.length];
    float[] again = new float[found.length];
    for (int i = 0; i < found.length; i++) {
      double raw = encoded[i] / 0.18215;
      expected[i] = (float) ((raw - mean[i % 4]) * 0.5 / deviation[i % 4]);
      again[i] = (float) ((found[i] / 0.5 * deviation[i % 4] + mean[i % 4]) * 0.18215);
    }
    assertClose("latents", expected, found, 1e-5);
    Shape latents = Shape.of(images.get(0), 8, 8, 4);
    float[] from0to1 = first(usual.decoder(), latents, again, "images");
    float[] decoded = first(edm2.decoder(), latents, found, "images");
    for (int i = 0; i < decoded.length; i++) {
      from0to1[i] = from0to1[i] * 2 - 1;
    }
    assertClose("images", from0to1, decoded, 1e-4);
  }

  private static float[] first(PartModel part, Shape shape, float[] values, String output) {
    try (PartSession session = new PartSession(part);
        TFloat32 input = TensorBundle.tensor(shape, values)) {
      Map<String, Shape> any = new LinkedHashMap<>();
      for (String name : List.of("mean", "deviation", "images")) {
        any.put(name, Shape.of(-1, -1, -1));
      }
      return session.run(input, any).get(output);
    }
  }

  @Test
  void latentsScaledByChannelAreScaledSo() throws IOException {
    for (String file : List.of("config.json", "diffusion_pytorch_model.safetensors")) {
      Files.createDirectories(scratch.resolve("vae"));
      Files.copy(FOLDER.resolve("sd/vae").resolve(file), scratch.resolve("vae").resolve(file));
    }
    Path config = scratch.resolve("vae/config.json");
    String plain = Files.readString(config).replaceAll("\\s*\"latents_(mean|std)\": null,", "");
    float[] image = arrays("sd").floats("vae.images");
    Shape images = Shape.of(image.length / (16 * 16 * 3), 16, 16, 3);
    float[] usual = first(read(scratch.resolve("vae")).encoder(), images, image, "mean");
    Files.writeString(
        config,
        plain.replaceFirst(
            "\\{", "{\"latents_mean\": [1, 2, 3, 4], \"latents_std\": [1, 2, 4, 8.0],"));
    float[] found = first(read(scratch.resolve("vae")).encoder(), images, image, "mean");
    float[] expected = new float[found.length];
    for (int i = 0; i < found.length; i++) {
      int channel = i % 4;
      expected[i] = (usual[i] - (channel + 1) * 0.18215f) / (1 << channel);
    }
    assertClose("latents", expected, found, 1e-5);
    Files.writeString(config, plain.replaceFirst("\\{", "{\"latents_mean\": [1, 2],"));
    InputException refused = assertThrows(InputException.class, () -> read(scratch.resolve("vae")));
    assertTrue(refused.getMessage().contains("latents_"), refused.getMessage());
  }

  private static AutoencoderSource read(Path vae) {
    return AutoencoderSource.read(vae, ALONE, Shape.of(8, 8, 4), Optional.empty());
  }
}

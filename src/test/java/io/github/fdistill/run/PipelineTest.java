package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.Condition;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.ConditionTensors;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.NoneCondition;
import io.github.fdistill.diffusion.Guided;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.imports.Importing;
import io.github.fdistill.imports.Npz;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.ImportedDenoiser;
import io.github.fdistill.network.LoadedNetwork;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.savedmodel.TensorBundle;
import io.github.fdistill.text.Tokenizer;
import io.github.fdistill.text.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Result;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** A whole pipeline that is imported draws what the library diffusers drew (pipelines.py). */
class PipelineTest {
  private static final Path FOLDER =
      Path.of("src/test/resources/io/github/fdistill/imports/diffusers");
  private static final List<String> PROMPTS = List.of("red apple", "A  CAT, on a red apple!");
  private static final double GUIDANCE = 3;
  private static final double LEVEL = 1 / 255.0;

  @TempDir static Path models;
  @TempDir Path scratch;

  /** The model of a name, imported once for all tests. */
  private static DenoiserModel imported(String name) throws IOException {
    return DenoiserModel.read(new ImportedOnce(models).version(name));
  }

  @ParameterizedTest
  @CsvSource({"sd,", "sd-v, cat", "sdxl,"})
  void drawsWhatTheLibraryDrew(String name, String negative) throws IOException {
    Npz drawn = new Npz(FOLDER.resolve(name + "-drawn.npz"));
    DenoiserModel model = imported(name);
    Pipeline pipeline = model.pipeline().orElseThrow();
    for (String part : List.of("tokenizer", "tokenizer_2")) {
      if (drawn.has(part)) {
        assertTokens(TokenizerFiles.read(pipeline.folder().resolve(part)), drawn.floats(part));
      }
    }
    float[] latents = guided(model, drawn, pipeline.rows(PROMPTS, note -> {}), negative);
    float[] pictures = pipeline.decoded(latents, model.image());
    float[] expected = drawn.floats("pictures");
    assertEquals(expected.length, pictures.length);
    for (int i = 0; i < expected.length; i++) {
      double shown = Math.max(0, Math.min(1, pictures[i] / 2 + 0.5));
      assertEquals(expected[i], shown, 2 * LEVEL, name + " value " + i);
    }
  }

  private static void assertTokens(Tokenizer tokenizer, float[] ids) {
    int length = ids.length / PROMPTS.size();
    for (int i = 0; i < PROMPTS.size(); i++) {
      int[] expected = new int[length];
      for (int j = 0; j < length; j++) {
        expected[j] = (int) ids[i * length + j];
      }
      assertArrayEquals(expected, tokenizer.ofLength(length).row(PROMPTS.get(i)).numbers());
    }
  }

  /** D under guidance, away from no text, or from another. */
  private static float[] guided(
      DenoiserModel model, Npz drawn, ConditionRows rows, String negative) {
    DenoiserModel told = model;
    if (negative != null) {
      var info = model.info().toBuilder();
      ConditionRows row = model.pipeline().orElseThrow().rows(List.of(negative), note -> {});
      for (var none : info.getNoneBuilderList()) {
        none.clearValue();
        for (float value : ((ConditionRows.Floats) row.columns().get(none.getInput())).values()) {
          none.addValue(value);
        }
      }
      told = model.with(info.build());
    }
    try (LoadedNetwork network = new LoadedNetwork()) {
      Ops tf = network.tf();
      Expr vector = network.vector(told.weights());
      ImportedDenoiser plain = new ImportedDenoiser(tf, "network", told.function(), vector);
      Guided guided = new Guided(plain, told.conditioning(), GUIDANCE);
      Condition condition = told.conditioning().placeholders(tf, -1);
      Expr x = Expr.of(tf, tf.constant(drawn.floats("x")));
      Expr sigma = Expr.of(tf, tf.constant(drawn.floats("sigma")));
      Expr d = guided.denoised(x.reshape(told.image().prepend(-1).asArray()), sigma, condition);
      try (ConditionTensors fed = rows.tensors(told.conditioning());
          Result result = fed.into(network.open().runner().fetch(d), condition).run()) {
        return TensorBundle.floats((TFloat32) result.get(0));
      }
    }
  }

  @Test
  void partsTravelWithTheModelAndAreThereWhole() throws IOException {
    DenoiserModel model = imported("sd");
    Path copy = scratch.resolve("copy/1");
    NamedModel.write(model, copy, folder -> {});
    DenoiserModel again = DenoiserModel.read(copy);
    ConditionRows first = model.pipeline().orElseThrow().rows(PROMPTS, note -> {});
    ConditionRows second = again.pipeline().orElseThrow().rows(PROMPTS, note -> {});
    assertArrayEquals(
        ((ConditionRows.Floats) first.columns().get("context")).values(),
        ((ConditionRows.Floats) second.columns().get("context")).values(),
        1e-5f);
    AtomicFolder.delete(copy.resolve("assets.extra/decoder"));
    InputException refused = assertThrows(InputException.class, () -> DenoiserModel.read(copy));
    assertTrue(refused.getMessage().contains("decoder, which is not there"));
  }

  /** A context of real size is more than settings in a file may be. */
  @Test
  void longRowsOfNothingAreReadBack() throws IOException {
    NoneCondition.Builder none = NoneCondition.newBuilder().setInput("context");
    for (int i = 0; i < 77 * 768; i++) {
      none.addValue(Math.sin(i));
    }
    DenoiserModel model = imported("sd");
    DenoiserInfo told = model.info().toBuilder().clearNone().addNone(none).build();
    new ModelInfo(told, "here").write(scratch.resolve("sized"));
    assertEquals(told, ModelInfo.in(scratch.resolve("sized")).info());
    Files.write(scratch.resolve("sized/assets.extra/none.pb"), new byte[] {9, 9, 9});
    InputException refused =
        assertThrows(InputException.class, () -> ModelInfo.in(scratch.resolve("sized")));
    assertTrue(refused.getMessage().contains("none.pb"), refused.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text_encoder/config.json | \"quick_gelu\" | \"relu\" | hidden_act: relu",
        "text_encoder/config.json | \"num_hidden_layers\": 3 | \"num_hidden_layers\": 2 | without",
        "vae/config.json | \"latent_channels\": 4 | \"latent_channels\": 16 | latent_channels: 16",
        "vae/config.json | \"UpDecoderBlock2D\" | \"AttnUp\" | up_block_types",
        "vae/config.json | \"AutoencoderKL\" | \"VQModel\" | VQModel",
        "tokenizer/merges.txt | re d</w> | re dd</w> | merges.txt",
      })
  void whatIsNotBuiltIsRefusedByName(String file, String old, String changed, String said)
      throws IOException {
    Path copy = scratch.resolve("pipeline");
    Path from = FOLDER.resolve("sd");
    try (Stream<Path> all = Files.walk(from)) {
      for (Path each : all.toList()) {
        Files.copy(each, copy.resolve(from.relativize(each).toString()));
      }
    }
    Path changes = copy.resolve(file);
    String text = Files.readString(changes);
    assertTrue(text.contains(old), text);
    Files.writeString(changes, text.replace(old, changed));
    InputException refused =
        assertThrows(InputException.class, () -> Importing.read(copy, Importing.Options.NONE));
    assertTrue(refused.getMessage().contains(said), refused.getMessage());
  }
}

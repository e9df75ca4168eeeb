package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.imports.Importing;
import io.github.fdistill.inspect.Inspection;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.ModelTokenizer;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** A pipeline may come from anywhere: what its parts are is found out before they run. */
class StrangersPipelineTest {
  private static final Path SOURCE =
      Path.of("src/test/resources/io/github/fdistill/imports/diffusers/sd").toAbsolutePath();
  private static final Shape TOKENS = Shape.of(-1, 6);

  @TempDir static Path all;
  private static Path imported;

  @TempDir Path scratch;
  private Path model;

  @BeforeAll
  static void importOne() throws IOException {
    imported =
        ImportJob.run(
                new Workspace(all), List.of(), SOURCE.toString(), Importing.Options.NONE, "sd")
            .version();
  }

  @BeforeEach
  void copyIt() throws IOException {
    model = scratch.resolve("model/1");
    copy(imported, model);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path each : files.toList()) {
        Path there = to.resolve(from.relativize(each).toString());
        Files.createDirectories(there.getParent());
        Files.copy(each, there);
      }
    }
  }

  private Path part(String name) {
    return model.resolve("assets.extra").resolve(name);
  }

  private void describe(String old, String changed) throws IOException {
    String text = Files.readString(part("pipeline.pbtxt"));
    assertTrue(text.contains(old), text);
    Files.writeString(part("pipeline.pbtxt"), text.replace(old, changed));
  }

  private Pipeline pipeline() {
    return DenoiserModel.read(model).pipeline().orElseThrow();
  }

  private static void assertRefused(Executable reading, String... said) {
    String told = assertThrows(InputException.class, reading).getMessage();
    for (String words : said) {
      assertTrue(told.contains(words), told);
    }
  }

  /** A network as somebody else writes it in the place of the text encoder. */
  @FunctionalInterface
  private interface Body {
    Operand<?> context(Ops tf, Operand<TInt32> tokens);
  }

  private void encoder(Shape taken, Body body) throws IOException {
    Path folder = part("text_encoder");
    AtomicFolder.delete(folder);
    Files.createDirectories(folder);
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      Operand<TInt32> tokens =
          tf.withName("tokens").placeholder(TInt32.class, Placeholder.shape(taken));
      builder.signature(
          "encode_text", Map.of("tokens", tokens), Map.of("context", body.context(tf, tokens)));
      builder.write(folder);
    }
  }

  private void assertEncoderRefused(String... said) {
    Pipeline pipeline = pipeline();
    assertRefused(() -> pipeline.rows(List.of("cat"), note -> {}), said);
  }

  private static Operand<TFloat32> floats(Ops tf, Operand<TInt32> tokens) {
    return tf.dtypes.cast(tokens, TFloat32.class);
  }

  @Test
  void partsAreHeldToTheOpsOfNetworks() throws IOException {
    Path secret = Files.writeString(scratch.resolve("secret"), "1");
    encoder(
        TOKENS,
        (tf, tokens) ->
            tf.math.add(
                floats(tf, tokens),
                tf.strings.toNumber(
                    tf.io.readFile(tf.constant(secret.toString())), TFloat32.class)));
    assertEncoderRefused("text_encoder/saved_model.pb, signature encode_text", "the op ReadFile");
  }

  @Test
  void partsTakeAndGiveWhatTheyShould() throws IOException {
    encoder(TOKENS, (tf, tokens) -> floats(tf, tokens));
    assertEncoderRefused("context [1, 6]", "[1, 6, -1]");
    encoder(TOKENS, (tf, tokens) -> tf.expandDims(tokens, tf.constant(2)));
    assertEncoderRefused("context of TInt32", "float32");
    encoder(TOKENS, (tf, tokens) -> tf.constant(new float[3][6][8]));
    assertEncoderRefused("the inputs {}", "tokens DT_INT32");
    encoder(Shape.of(-1, 6, 2), (tf, tokens) -> floats(tf, tokens));
    assertEncoderRefused("rows of [6, 2]");
    encoder(Shape.of(-1, -1), (tf, tokens) -> floats(tf, tokens));
    assertEncoderRefused("any number of fixed rows");
    encoder(
        TOKENS,
        (tf, tokens) ->
            tf.gather(tf.constant(new float[2][8]), tokens, tf.constant(0))); // Knows two tokens.
    assertEncoderRefused("encode_text", "GatherV2 fails", "is not in [0, 2)");
    AtomicFolder.delete(part("text_encoder"));
    copy(part("decoder"), part("text_encoder"));
    assertEncoderRefused("no signature 'encode_text'");
  }

  @Test
  void imagesAreAsItSays() throws IOException {
    describe("height: 16", "height: 8");
    Pipeline pipeline = pipeline();
    float[] latents = new float[8 * 8 * 4];
    assertRefused(
        () -> pipeline.decoded(latents, Shape.of(8, 8, 4)), "images [1, 16, 16, 3]", "[1, 8, 16");
    assertRefused(
        () -> pipeline.decoded(latents, Shape.of(4, 16, 4)), "latents [8, 8, 4]", "[4, 16, 4]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "height: 16 | height: 2000000000 | image [2000000000, 16, 3]",
        "channels: 3 | channels: 4 | image [16, 16, 4]",
        "image { | extra { | extra",
        "\"decoder\" | \"../assets.extra/decoder\" | ../assets.extra/decoder, which is not there",
        "\"decoder\" | \"\" | which is not there",
      })
  void whatIsSaidOfItIsChecked(String old, String changed, String said) throws IOException {
    describe(old, changed);
    assertRefused(this::pipeline, "pipeline.pbtxt", said);
  }

  @Test
  void nothingLiesOutsideOfItsFolder() throws IOException {
    Path outside = scratch.resolve("outside");
    Files.move(part("decoder"), outside);
    Files.createSymbolicLink(part("decoder"), outside);
    assertRefused(this::pipeline, "a link out of the SavedModel's folder");
    Files.delete(part("decoder"));
    Files.move(outside, part("decoder"));
    Path secret = Files.writeString(scratch.resolve("secret"), "secret");
    Files.createSymbolicLink(part("decoder/notes.txt"), secret);
    DenoiserModel read = DenoiserModel.read(model);
    assertRefused(
        () -> NamedModel.write(read, scratch.resolve("copy/1"), folder -> {}), "a link out of");
    Files.createSymbolicLink(part("none.pb"), secret);
    assertRefused(this::pipeline, "a link out of");
  }

  @Test
  void textsThatAreCutAreTold() {
    List<String> notes = new ArrayList<>();
    pipeline().rows(List.of("cat", "red apple ".repeat(99)), notes::add);
    assertEquals(
        List.of("1 prompt has more than 6 tokens, start and end among them: the first are kept"),
        notes);
  }

  @Test
  void whatItDrawsAwayFromNeedsNoPlaceBefore() {
    DenoiserModel read = DenoiserModel.read(model);
    StudentModel silent = read.with(read.info().toBuilder().clearNone().build());
    ConditionRows row = pipeline().rows(List.of("cat"), note -> {});
    var away = ModelTokenizer.awayFrom(silent, row).conditioning().input("context").orElseThrow();
    float[] values = ((ConditionRows.Floats) row.columns().get("context")).values();
    assertEquals(values.length, away.none().size());
    assertEquals(values[7], away.none().get(7));
  }

  @Test
  void inspectionListsParts() {
    Inspection inspection = Inspection.of(SavedModel.read(model));
    assertEquals(
        List.of(
            "tokenizer, text_encoder: texts to context",
            "encoder: images 16x16x3 to latents",
            "decoder: latents to images 16x16x3"),
        inspection.parts());
  }

  @Test
  void recordNamesTheFilesOfAllParts() throws IOException {
    String record = Files.readString(model.resolve("assets.extra/record.json"));
    for (String file :
        List.of(
            "unet/diffusion_pytorch_model.safetensors",
            "text_encoder/model.safetensors",
            "tokenizer/merges.txt",
            "vae/config.json",
            "vae/diffusion_pytorch_model.safetensors")) {
      assertTrue(record.contains("sd/" + file + "\": \""), record);
    }
    assertFalse(record.contains("notes.txt"));
  }

  @Test
  void partsFitTheNetwork() throws IOException {
    Path source = scratch.resolve("sdxl");
    copy(SOURCE.resolveSibling("sdxl"), source);
    AtomicFolder.delete(source.resolve("text_encoder_2"));
    assertRefused(
        () -> Importing.read(source, Importing.Options.NONE),
        "no text_encoder_2/, which model_index.json names",
        "download the whole folder");
    Path index = source.resolve("model_index.json");
    Files.writeString(
        index,
        Files.readString(index)
            .replaceAll("(\"(?:text_encoder|tokenizer)_2\": )\\[[^]]*]", "$1[null, null]"));
    assertRefused(
        () -> Importing.read(source, Importing.Options.NONE),
        "that give context [6, 8]",
        "[6, 16]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sdxl/text_encoder_2/config.json | \"max_position_embeddings\": 6 |"
            + " \"max_position_embeddings\": 60000 | 60000",
        "sd/vae/config.json | \"block_out_channels\": [ | \"block_out_channels\": [4,4,4,4,4,4,4, |"
            + " 9 levels",
        "sd/tokenizer/vocab.json | \"cat</w>\": 519 | \"cat</w>\": 99999 | tokens up to 99999",
      })
  void importsAreBounded(String file, String old, String changed, String said) throws IOException {
    copy(SOURCE.getParent(), scratch.resolve("source"));
    Path changes = scratch.resolve("source").resolve(file);
    String text = Files.readString(changes);
    assertTrue(text.contains(old), text);
    Files.writeString(changes, text.replace(old, changed));
    Path source = scratch.resolve("source").resolve(file.substring(0, file.indexOf('/')));
    assertRefused(() -> Importing.read(source, Importing.Options.NONE), said);
  }
}

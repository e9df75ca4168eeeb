package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.ExportConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.imports.Importing;
import io.github.fdistill.network.Autoencoder;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.PartModel;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.run.ExportJob;
import io.github.fdistill.run.ImportJob;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.WeightArrays;
import io.github.fdistill.serving.DecodedPicture;
import io.github.fdistill.serving.Expected;
import io.github.fdistill.serving.ServedForm;
import io.github.fdistill.serving.StudentExport;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.SavedModelBundle;

/** A pipeline's student is asked with texts: their encoders are in its graph. */
class PipelineServedTest {
  private static final Path FOLDER =
      Path.of("src/test/resources/io/github/fdistill/imports/diffusers");

  /** One without a word, one that is cut, one with what XL's second tokenizer fills rows with. */
  private static final List<String> PROMPTS = List.of("red apple", "", "a cat on an apple", "cat!");

  @TempDir Path scratch;
  private Workspace workspace;

  @BeforeEach
  void open() {
    workspace = new Workspace(scratch);
  }

  private StudentModel student(String name) throws IOException {
    String source = FOLDER.resolve(name).toAbsolutePath().toString();
    Path teacher =
        ImportJob.run(workspace, List.of(), source, Importing.Options.NONE, "teacher").version();
    Path few = scratch.resolve("savedmodels/few/1");
    NamedModel.write(DenoiserModel.read(teacher).asStudent(2), few, folder -> {});
    return DenoiserModel.read(few);
  }

  @Test
  void aTextIsDrawnAsByTheParts() throws Exception {
    assertDrawn("sd");
  }

  @Test
  @Tag("trial")
  void soItIsOfTwoTextEncoders() throws Exception {
    assertDrawn("sdxl");
  }

  private void assertDrawn(String name) throws Exception {
    StudentModel student = student(name);
    ConditionRows rows = student.pipeline().orElseThrow().rows(PROMPTS, note -> {});
    SampleGrid grid = new SampleGrid(new long[] {7}, rows);
    Path version = scratch.resolve("savedmodels/served/1");
    StudentExport.write(student, version, Expected.of(student, grid), folder -> {});
    float[] drawn = Samples.ofStudent(student, grid).decoded(student).values();
    try (Asked asked = new Asked(scratch.resolve("savedmodels/served"))) {
      HttpResponse<String> answer =
          asked.post(
              "/v1/models/served:predict",
              "{\"inputs\": {\"seed\": [7, 7, 7, 7], \"prompt\": [\"red apple\", \"\","
                  + " \"a cat on an apple\", \"cat!\"]}}");
      assertEquals(200, answer.statusCode(), answer.body());
      JsonArray images =
          JsonParser.parseString(answer.body()).getAsJsonObject().getAsJsonArray("outputs");
      List<Integer> values = flat(images);
      assertEquals(drawn.length, values.size());
      for (int i = 0; i < drawn.length; i++) {
        double level = Math.max(0, Math.min(255, drawn[i] * 127.5 + 127.5));
        assertEquals(level, values.get(i), 0.51 + 1e-3, "value " + i);
      }
    }
    Set<String> trained = new HashSet<>(student.weights().parameters().names());
    assertEquals(trained, trainable(version), "generate goes through the network alone");
    anotherDecoderIsSeen(student, version);
  }

  /** What Python's {@code trainable_variables} are. */
  private static Set<String> trainable(Path version) {
    return SavedModel.read(version).metaGraph().getObjectGraphDef().getNodesList().stream()
        .filter(node -> node.hasVariable() && node.getVariable().getTrainable())
        .map(node -> node.getVariable().getName())
        .collect(Collectors.toSet());
  }

  /** The student's own is another by now than the one in the graph; or makes no numbers. */
  private void anotherDecoderIsSeen(StudentModel student, Path version) throws IOException {
    ServedForm form = new ServedForm(Precision.FLOAT32, false, ServedForm.ANY_ROWS, true, true);
    try (SavedModelBundle served = Sessions.load(version)) {
      DecodedPicture.requireSame(served, student, form);
      decoder(w -> -w);
      IllegalStateException other =
          assertThrows(
              IllegalStateException.class, () -> DecodedPicture.requireSame(served, student, form));
      assertTrue(other.getMessage().contains("decoder"), other.getMessage());
    }
    decoder(w -> Float.NaN);
    ExportConfig settings = ExportConfig.newBuilder().setSource("savedmodels/few").build();
    InputException broken =
        assertThrows(InputException.class, () -> ExportJob.run(workspace, settings));
    assertTrue(broken.getMessage().contains("the decoder of"), broken.getMessage());
    assertFalse(Files.exists(scratch.resolve("savedmodels/few/2")));
  }

  /** Gives the model another decoder: its own with other weights. */
  private void decoder(UnaryOperator<Float> weight) throws IOException {
    Path place = scratch.resolve("savedmodels/few/1/assets.extra/decoder");
    PartModel decoder = Autoencoder.readDecoder(place);
    float[] weights = WeightArrays.of(decoder.weights());
    for (int i = 0; i < weights.length; i++) {
      weights[i] = weight.apply(weights[i]);
    }
    AtomicFolder.delete(place);
    decoder
        .with(WeightArrays.weights(decoder.weights().parameters(), weights))
        .write(Files.createDirectories(place));
  }

  private static List<Integer> flat(JsonArray array) {
    return array.asList().stream()
        .flatMap(
            each ->
                each.isJsonArray()
                    ? flat(each.getAsJsonArray()).stream()
                    : Stream.of(each.getAsInt()))
        .toList();
  }

  @Test
  @Tag("trial")
  void withoutTheEncodersItTakesWhatTheyMake() throws IOException {
    student("sd");
    ExportConfig settings =
        ExportConfig.newBuilder().setSource("savedmodels/few").setTexts(false).build();
    SavedModel served = SavedModel.read(ExportJob.run(workspace, settings).version());
    Set<String> inputs = served.signature("serving_default").getInputsMap().keySet();
    assertEquals(Set.of("seed", "context"), inputs);
    String readme = Files.readString(scratch.resolve("savedmodels/few/README.md"));
    assertTrue(readme.contains("`context` [N,6,8] float32") && !readme.contains("@"), readme);
    assertTrue(readme.contains("- tokenizer, text_encoder: texts to context\n"), readme);
  }
}

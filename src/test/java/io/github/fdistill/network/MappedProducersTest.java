package io.github.fdistill.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.data.NpyFile;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.savedmodel.PackedModel;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;

/**
 * Networks that producers wrote with interfaces of their own, mapped: where x_t is x0 + sigma eps
 * and the network says x0, D is what Python says, and its gradient too.
 */
class MappedProducersTest {
  private static final String EDM = "mapping { time: \"t\" predicts: DENOISED edm { } ";

  @TempDir Path folder;

  private static Path producer(String name) {
    try {
      return Path.of(SavedModel.class.getResource("producers/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static DenoiserModel read(Path path, String text) {
    DenoiserInfo info =
        Configs.parse(Path.of("said.pbtxt"), text, DenoiserInfo.getDefaultInstance());
    return DenoiserModel.read(path, Optional.of(new ModelInfo(info, "said.pbtxt")));
  }

  private static Properties recorded(String name) throws IOException {
    Properties properties = new Properties();
    try (var in = Files.newInputStream(producer(name + ".properties"))) {
      properties.load(in);
    }
    return properties;
  }

  private static float[] numbers(Properties of, String name) {
    String[] words = of.getProperty(name).split(" ");
    float[] numbers = new float[words.length];
    for (int i = 0; i < words.length; i++) {
      numbers[i] = Float.parseFloat(words[i]);
    }
    return numbers;
  }

  /** D and the gradient by x of the sum of D cos(0, 1, 2, ...), for rows of the recorded images. */
  private static float[][] values(DenoiserModel model, float[] x, int rows, int... labels) {
    return values(model, x, rows, Optional.empty(), labels);
  }

  private static float[][] values(
      DenoiserModel model, float[] x, int rows, Optional<float[]> words, int... labels) {
    try (TestGraph g = new TestGraph()) {
      Operand<TFloat32> images =
          g.tf.constant(Shape.of(rows, 8, 8, x.length / rows / 64), DataBuffers.of(x, true, false));
      Map<String, Operand<?>> inputs = new LinkedHashMap<>();
      inputs.put("x", images);
      inputs.put("sigma", g.tf.constant(Arrays.copyOf(new float[] {0.1f, 1, 7}, rows)));
      if (labels.length > 0) {
        inputs.put("label", g.tf.constant(labels));
      }
      words.ifPresent(
          all ->
              inputs.put(
                  "context",
                  g.tf.constant(Shape.of(rows, 5, 6), DataBuffers.of(all, true, false))));
      Operand<TFloat32> vector =
          WeightArrays.constant(
              g.tf, model.function().parameters(), WeightArrays.of(model.weights()));
      Output<?> out =
          model
              .function()
              .call(g.tf, "net", inputs, model.function().parameters().split(g.tf, vector))
              .get("denoised");
      Expr denoised = Expr.of(g.tf, out.expect(TFloat32.class));
      float[] weight = new float[x.length];
      for (int i = 0; i < weight.length; i++) {
        weight[i] = (float) Math.cos(i);
      }
      Expr loss = denoised.reshape(-1).times(g.tf.constant(weight)).sum();
      Output<?> slope =
          ((org.tensorflow.Graph) g.tf.scope().env())
              .addGradients(loss.asOutput(), new Output<?>[] {images.asOutput()})[0];
      return new float[][] {
        g.value(denoised), g.value(Expr.of(g.tf, slope.expect(TFloat32.class)))
      };
    }
  }

  private static void assertClose(float[] expected, float[] found, double share) {
    double largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertTrue(largest > 0.01);
    assertArrayEquals(expected, found, (float) (share * largest));
  }

  @ParameterizedTest
  @CsvSource({
    "waves, time_embedding { order: COS_SIN }, 1e-5",
    "waves, time_embedding { order: COS_SIN dimension: 16 longest_period: 10000 }, 1e-5",
    "half, '', 2e-3",
    "bfloat16, '', 2e-2",
    "double, '', 1e-5",
    "open, height: 8 width: 8, 1e-5",
    "scalar, rows: 3, 1e-5",
    "scalar, rows: 4, 1e-5",
    "fixed, rows: 5, 1e-5",
    "fixed, rows: 5 feature { height: 8 }, 1e-5",
    "scalar, rows: 3 feature { height: 8 }, 1e-5",
    "frozen, '', 1e-5",
    "frozen/frozen.pb, '', 1e-5",
    "frozen, trainable_constants: 4, 1e-5",
    "stored_half, '', 1e-5"
  })
  void theDenoiserIsWhatPythonSays(String name, String more, double share) throws IOException {
    Properties recorded = recorded(name.replaceFirst("/.*", ""));
    DenoiserModel model = read(producer(name), EDM + more + "}");
    float[][] found = values(model, numbers(recorded, "x"), 3);
    assertClose(numbers(recorded, "output"), found[0], share);
    assertClose(numbers(recorded, "x_gradient"), found[1], 2 * share);
  }

  /** Of three recorded rows, one: the rows that stand in for others do not show. */
  @ParameterizedTest
  @ValueSource(ints = {2, 8})
  void aBatchOfFewerImagesIsTheSame(int rows) throws IOException {
    Properties recorded = recorded("fixed");
    float[] x = Arrays.copyOf(numbers(recorded, "x"), 64);
    float[] expected = Arrays.copyOf(numbers(recorded, "output"), 64);
    DenoiserModel model = read(producer("fixed"), EDM + "rows: " + rows + " }");
    assertEquals(rows, model.info().getRows());
    float[][] found = values(model, x, 1);
    assertClose(expected, found[0], 1e-5);
    assertClose(Arrays.copyOf(numbers(recorded, "x_gradient"), 64), found[1], 1e-4);
  }

  /** A U-Net of diffusers through ONNX: frozen, and two rows at a time. */
  @Test
  void aNetworkThatOnnx2tfConverted() throws IOException {
    Properties recorded = recorded("onnx2tf");
    String mapping =
        "mapping { x: \"sample\" time: \"timestep\" predicts: DENOISED edm { } rows: 4"
            + " trainable_constants: 16 }";
    DenoiserModel model = read(PackedModel.onnx2tf(folder.resolve("made")), mapping);
    float[][] found = values(model, numbers(recorded, "sample"), 3);
    assertClose(numbers(recorded, "output"), found[0], 1e-5);
    assertClose(numbers(recorded, "x_gradient"), found[1], 1e-4);
    assertTrue(model.hasWeights());
  }

  @Test
  void constantsOfAFrozenNetworkAreItsWeights() {
    assertEquals(0, read(producer("frozen"), EDM + "}").function().parameters().list().size());
    DenoiserModel trained = read(producer("frozen/frozen.pb"), EDM + "trainable_constants: 4 }");
    assertEquals(36 + 36 + 4, trained.function().parameters().size());
    assertTrue(trained.hasWeights());
  }

  /** The words of a text by class; of no class the last row. */
  @Test
  void anInputHasAValueForEachClass() throws IOException {
    Properties recorded = recorded("context");
    float[] words = numbers(recorded, "context");
    Path file = folder.resolve("words.npy");
    NpyFile.writeFloat32(file, new long[] {3, 5, 6}, words);
    String bound = "by_class { input: \"context\" file: \"" + file + "\" } }";
    DenoiserModel model = read(producer("context"), "classes: 2 " + EDM + bound);
    assertEquals(2, model.info().getClasses());
    float[][] found = values(model, numbers(recorded, "x"), 3, 0, 1, 2);
    assertClose(numbers(recorded, "output"), found[0], 1e-5);
    float[] other = values(model, numbers(recorded, "x"), 3, 1, 1, 1)[0];
    assertTrue(!Arrays.equals(found[0], other));
    refused("context", "classes: 3 " + EDM + bound, "3 rows", "4: one for each class");
    refused("context", EDM + bound, "by_class", "number of classes is not said");
  }

  /** The words of a text for each image; what is no text is the last row of a file. */
  @Test
  void anInputIsAConditionOfEachImage() throws IOException {
    Properties recorded = recorded("context");
    float[] words = numbers(recorded, "context");
    Path file = folder.resolve("words.npy");
    NpyFile.writeFloat32(file, new long[] {3, 5, 6}, words);
    String none = "none { input: \"context\" file: \"" + file + "\" } ";
    String byRow = EDM + "by_row: \"context\" }";
    DenoiserModel model = read(producer("context"), none + byRow);
    assertEquals("context [N,5,6] float32", model.conditioning().toString());
    assertTrue(model.conditioning().knowsNone());
    var input = model.conditioning().inputs().get(0);
    for (int i = 0; i < 30; i++) {
      assertEquals(words[60 + i], input.none().get(i).floatValue());
    }
    float[][] found = values(model, numbers(recorded, "x"), 3, Optional.of(words));
    assertClose(numbers(recorded, "output"), found[0], 1e-5);
    assertClose(numbers(recorded, "x_gradient"), found[1], 1e-4);
    assertTrue(!read(producer("context"), byRow).conditioning().knowsNone());
    refused("context", EDM + "by_row: \"words\" }", "by_row", "words", "context");
    refused("context", EDM + "}", "context", "by_row: \"context\"");
    String both = none.replace(" }", " value: 0 }");
    refused("context", both + byRow, "none for 'context'", "a file, and values");
  }

  /** Keras 2 in its own format, with the inputs of keras-cv's Stable Diffusion. */
  @ParameterizedTest
  @ValueSource(strings = {"keras_cv", "tf_keras"})
  void kerasTwoWithTimesAsWavesAndWordsOfEachImage(String name) throws IOException {
    Properties recorded = recorded(name);
    String mapping =
        "mapping { x: \"latent\" time: \"timestep_embedding\" predicts: DENOISED edm { }"
            + " time_embedding { order: COS_SIN } by_row: \"context\" }";
    DenoiserModel model = read(producer(name), mapping);
    Optional<float[]> words = Optional.of(numbers(recorded, "context"));
    float[][] found = values(model, numbers(recorded, "latent"), 3, words);
    assertClose(numbers(recorded, "output"), found[0], 1e-5);
    assertClose(numbers(recorded, "x_gradient"), found[1], 1e-4);
  }

  /** Of TensorFlow's hub of version 1: the graph without tags. */
  @Test
  void aGraphIsNamedByItsTags() throws IOException {
    Properties recorded = recorded("hub");
    String mapping =
        "classes: 4 mapping { signature: \"denoise\" time: \"sigma\" label: \"label\" predicts:"
            + " DENOISED edm { } ";
    DenoiserModel model = read(producer("hub"), mapping + "tags { } }");
    float[][] found = values(model, numbers(recorded, "x"), 3, 2, 0, 3);
    assertClose(numbers(recorded, "output"), found[0], 1e-5);
    refused("hub", mapping + "}", "no graph with the tag 'serve'", "[[train], []]", "tags { }");
    refused("hub", mapping + "tags { tag: \"gpu\" } }", "no graph with the tags [gpu]");
  }

  /** Zeros for the words of a text are no empty text; for a vector they may be what is meant. */
  @Test
  void oneValueForTheWordsOfATextIsDoubted() {
    String doubt = ForeignTensors.doubt("context", new long[] {-1, 77, 768}, 0).orElseThrow();
    assertTrue(doubt.contains("[-1, 77, 768] is 0.0") && doubt.contains("by_class"), doubt);
    assertTrue(ForeignTensors.doubt("strength", new long[] {-1, 768}, 0).isEmpty());
    assertTrue(ForeignTensors.doubt("mask", new long[] {-1, 77, 1}, 1).isEmpty());
    assertTrue(ForeignTensors.doubt("any", null, 1).isEmpty());
  }

  private static void refused(String name, String text, String... parts) {
    String message =
        assertThrows(InputException.class, () -> read(producer(name), text)).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), "'" + part + "' in: " + message);
    }
  }

  /** A run's record says every setting, those too that are as usual. */
  @Test
  void betasOneByOne() {
    String betas = "mapping { time: \"t\" predicts: EPSILON ddpm { beta: [0.1, 0.2, 0.3] %s } }";
    double last = Math.sqrt(1 / (0.9 * 0.8 * 0.7) - 1);
    for (String more : new String[] {"", "steps: 3", "steps: 0 first: 0 last: 0"}) {
      DenoiserModel model = read(producer("half"), betas.formatted(more));
      assertEquals(last, model.info().getSigmaMax(), 1e-9);
    }
    refused("half", betas.formatted("steps: 5"), "mapping.ddpm.beta", "3 betas");
    refused("half", betas.formatted("last: 0.3"), "mapping.ddpm.beta", "leave steps, first");
    refused("half", betas.formatted("betas: COSINE"), "mapping.ddpm.beta", "last or betas");
    String cosine = betas.replace("beta: [0.1, 0.2, 0.3]", "steps: 9 betas: COSINE");
    refused("half", cosine.formatted("first: 0.1"), "mapping.ddpm.betas", "beside first or last");
    assertTrue(read(producer("half"), cosine.formatted("first: 0")).info().getSigmaMax() > 1);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    refused("open", EDM + "}", "said by height and width of the mapping");
    refused("half", EDM + "height: 9 }", "mapping.height", "[-1, 8, 8, 1]");
    refused("fixed", EDM + "}", "mapping.rows", "takes 2 images at once", "as many calls");
    refused("scalar", EDM + "rows: 5000 }", "mapping.rows: 5000", "one image, or one time");
    refused("half", EDM + "rows: 5 }", "no rows");
    refused("half", EDM + "time_embedding { } }", "mapping.time", "[-1, D]");
    refused("waves", EDM + "}", "mapping.time", "[-1, 16]");
    refused("waves", EDM + "time_embedding { dimension: 8 } }", "and 8 as the mapping says");
    refused("waves", EDM + "time_embedding { shift: 8 } }", "a shift below 8");
  }
}

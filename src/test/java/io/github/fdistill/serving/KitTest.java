package io.github.fdistill.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.GeneratorMapping;
import io.github.fdistill.config.Layout;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.PipelineInfo;
import io.github.fdistill.config.Precision;
import io.github.fdistill.journal.TfRecord;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.ForeignModels;
import io.github.fdistill.network.ModelInfo;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.server.TinyStudent;
import io.github.fdistill.text.Tokenizer;
import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.PredictionLog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;

/** What lies beside the versions of an exported student. */
class KitTest {
  private static final Pattern BLANK = Pattern.compile("@[A-Z_]+@");
  private static final Patience PATIENCE = new Patience(90, 900);

  @TempDir Path folder;

  static StudentModel student(int classes) {
    NetworkConfig.Builder config = NetworkConfig.newBuilder().setClasses(classes);
    config.getImageBuilder().setHeight(8).setWidth(8).setChannels(1);
    config.getUnetBuilder().setChannels(8).addMultiplier(1).setGroupChannels(4);
    return Networks.denoiser(config.build(), 1).asStudent(80);
  }

  /** Of four hundred million weights, which nobody has to have for that. */
  @Test
  void constantsThatTheGraphHasNoRoomForAreRefusedBeforeAnything() {
    NetworkConfig.Builder config = NetworkConfig.newBuilder();
    config.getImageBuilder().setHeight(8).setWidth(8).setChannels(1);
    config.getMlpBuilder().addHidden(20_000).addHidden(20_000);
    StudentModel large = Networks.denoiser(config.build(), 1).asStudent(80);
    ServedForm constants = new ServedForm(Precision.FLOAT32, true, 4, true, true);
    InputException e =
        assertThrows(
            InputException.class,
            () -> new ServingKit(large, constants, folder, "stable").requireRoom());
    assertTrue(e.getMessage().startsWith("--constants: 16"), e.getMessage());
    assertTrue(e.getMessage().endsWith("remedy: export without --constants"), e.getMessage());
    new ServingKit(large, ServedForm.PLAIN, folder, "stable").requireRoom();
    new ServingKit(student(3), constants, folder, "stable").requireRoom();
  }

  /** With 256 MiB for one thing of Java's, which has twice as much, a graph has 48 MiB for them. */
  @Test
  void moreOfJavasMemoryIsOfferedWhereThatHelps() {
    ServingKit.requireRoom(48 << 20, 256 << 20);
    InputException e =
        assertThrows(InputException.class, () -> ServingKit.requireRoom((48 << 20) + 1, 256 << 20));
    assertTrue(e.getMessage().contains("export FDISTILL_JAVA_FLAGS=-Xmx1g"), e.getMessage());
    ServingKit.requireRoom((48 << 20) + 1, 512 << 20); // As it is with -Xmx1g.
    ServingKit.requireRoom(700 << 20, 4L << 30);
  }

  static String readme(StudentModel student) {
    return readme(student, ServedForm.PLAIN);
  }

  private static String readme(StudentModel student, ServedForm form) {
    return readme(student, Asked.of(student, form), form);
  }

  private static String readme(StudentModel student, Asked asked, ServedForm form) {
    return KitReadme.text("tiny", student, asked, form, "stable", 3, PATIENCE);
  }

  private static ServedForm form(int rows, boolean png) {
    return new ServedForm(Precision.FLOAT32, false, rows, png, true);
  }

  /** The block of code that has a line in it. */
  static String code(String text, String language, String line) {
    Matcher block = Pattern.compile("(?s)```" + language + "\n(.*?)```").matcher(text);
    while (block.find()) {
      if (block.group(1).contains(line)) {
        return block.group(1);
      }
    }
    throw new AssertionError("no " + language + " with " + line);
  }

  @Test
  void nothingIsLeftToBeFilledIn() {
    for (int classes : new int[] {0, 1, 3}) { // The one class of one is 0.
      String text = readme(student(classes));
      assertFalse(BLANK.matcher(text).find(), text);
      assertEquals(classes > 0, text.contains("\"label\": tf.constant([0], tf.int32)"));
      assertTrue(text.contains("tf.saved_model.load(\"savedmodels/tiny/3\")"), text);
    }
    for (String manifest : KitTemplates.MANIFESTS) {
      String text = KitTemplates.manifest(manifest, "My_student.2", PATIENCE);
      assertFalse(BLANK.matcher(text).find(), text);
      assertTrue(text.contains("\n  name: my-student-2\n"), text);
    }
    String slow = readme(student(3));
    assertTrue(slow.contains("serve savedmodels/tiny --load-timeout 900 --timeout 90\n"), slow);
    assertTrue(slow.contains("(channel).Predict(request, 90)"), slow);
    assertTrue(slow.contains("(\"grpc.max_receive_message_length\", -1)"), slow);
    String limit = "--rest_api_timeout_in_ms=90000";
    assertEquals(3, slow.split(limit, -1).length, slow);
    String cluster = KitTemplates.manifest("kubernetes.yaml", "slow", PATIENCE);
    assertTrue(cluster.contains("\n            - " + limit + "\n"), cluster);
    assertTrue(cluster.contains("rollout restart deployment slow\n"), cluster);
    assertTrue(cluster.contains("periodSeconds: 5\n            failureThreshold: 180\n"), cluster);
  }

  /** Where there is no signature png, nothing asks for it: left out, or of points. */
  @Test
  void whatIsNotThereIsNotAskedFor() throws Exception {
    NetworkConfig.Builder points = NetworkConfig.newBuilder();
    points.getImageBuilder().setHeight(1).setWidth(1).setChannels(2);
    points.getMlpBuilder().addHidden(8);
    StudentModel ofPoints = Networks.denoiser(points.build(), 1).asStudent(80);
    String text = readme(ofPoints);
    assertTrue(text.contains("Ask `generate` for the coordinates themselves"), text);
    assertFalse(text.contains("in [-1, 1]"), text);
    for (String each : List.of(text, readme(student(3), form(-1, false)))) {
      assertFalse(each.contains("png"), each);
      assertFalse(BLANK.matcher(each).find(), each);
      assertTrue(each.contains("-d '{\"inputs\": {\"seed\": [7]"), each);
      compile(Files.createTempDirectory(folder, "draw"), "Draw", each);
    }
    assertTrue(readme(student(3)).contains("`png`") && readme(student(3)).contains("in [-1, 1]"));
    assertFalse(readme(TinyStudent.ofTexts(1), form(-1, false)).contains("png"));
    assertTrue(readme(student(3)).contains("`noise` [N,H,W,C] float32"));
    assertTrue(readme(student(3)).contains("| `denoise` |"));

    String generator = readme(generator());
    assertFalse(generator.contains("denoise"), generator);
    assertFalse(BLANK.matcher(generator).find(), generator);
    assertTrue(generator.contains("| `noise` [N,1,1,5] float32, `label` [N] int32 |"), generator);
    assertTrue(generator.contains("tf.random.normal([1, 1, 1, 5])"), generator);
  }

  private StudentModel generator() throws IOException {
    Path version = folder.resolve("generator/1");
    ForeignModels.writeGenerator(version, 8, 3);
    GeneratorMapping.Builder made =
        GeneratorMapping.newBuilder()
            .setSignature("make")
            .setNoise("latent")
            .setLabel("digit")
            .setLayout(Layout.NCHW);
    DenoiserInfo info = DenoiserInfo.newBuilder().setClasses(3).setGenerator(made).build();
    return NamedModel.readStudent(version, Optional.of(new ModelInfo(info, "here")));
  }

  /** A row of 59,136 floats is no line of a shell, and no constant of Java. */
  @Test
  void rowsOfManyNumbersAreFilled() throws Exception {
    Conditioning.Input context =
        new Conditioning.Input("context", DataType.DT_FLOAT, Shape.of(77, 768), List.of());
    Conditioning both = new Conditioning(List.of(Conditioning.label(3), context));
    Asked asked = new Asked(both, Optional.empty(), Optional.empty());
    for (int rows : new int[] {ServedForm.ANY_ROWS, 8}) {
      ServedForm form = form(rows, true);
      String text = readme(student(0), asked, form);
      assertFalse(BLANK.matcher(text).find(), text);
      assertTrue(text.lines().allMatch(line -> line.length() < 400), text);
      assertTrue(text.contains("\"context\": [[[1] * 768] * 77]}}))' > body.json"), text);
      assertTrue(text.contains("curl -s http://127.0.0.1:8501/v1/models/tiny:predict -d @body"));
      String floats = rows < 0 ? "new float[59136], new Shape(1" : "new float[473088], new Shape(8";
      assertTrue(text.contains("arrays.create(" + floats + ", 77, 768)"), text);
      for (String program : List.of("Draw", "Generate")) {
        compile(Files.createTempDirectory(folder, "long"), program, text);
      }
    }
    String row = KitRows.of(asked, ServedForm.PLAIN).jsonInJava();
    assertTrue(row.contains("nCopies(77, java.util.Collections.nCopies(768, \"1\"))"), row);
  }

  /** Compiles one of the README's programs in Java; returns its source. */
  private static Path compile(Path into, String program, String readme) throws IOException {
    Path source = into.resolve(program + ".java");
    Files.writeString(source, code(readme, "java", "class " + program));
    String path = System.getProperty("java.class.path");
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-proc:none", "-cp", path, source.toString());
    assertEquals(0, failed, Files.readString(source));
    return source;
  }

  /** What the requests hold is a prompt that the tokenizer knows, and its numbers. */
  @Test
  void ofTextsItIsSaidHowTheyBecomeTokens() {
    DenoiserModel texts = TinyStudent.ofTexts(1);
    String text = readme(texts);
    assertFalse(BLANK.matcher(text).find(), text);
    Tokenizer tokenizer = texts.tokenizer().orElseThrow();
    String row = Arrays.toString(tokenizer.row("red apple").numbers());
    assertTrue(text.contains("\"tokens\": [" + row + "]}}"), text);
    assertTrue(text.contains("\"inputs\": {\"seed\": [7], \"prompt\": [\"red apple\"]}}"), text);
    assertTrue(text.contains("request tiny --prompt \"red apple\"`"), text);
    assertTrue(text.contains("savedmodels/tiny/3/assets.extra/tokenizer"), text);
    // Of the table of tokens TensorFlow gives rows of it, which cannot be multiplied.
    assertTrue(text.contains("assign_sub(1e-4 * tf.convert_to_tensor(gradient))"), text);
    assertFalse(readme(student(3)).contains("## Texts"));
  }

  /** A pipeline's student whose encoders are beside its graph takes what they make of texts. */
  @Test
  void ofTextsThatAreEncodedBesideItTheEncodersAreNamed() {
    NetworkConfig.Builder config = NetworkConfig.newBuilder();
    config.getImageBuilder().setHeight(8).setWidth(8).setChannels(4);
    config.getContextBuilder().setLength(6).setWidth(8);
    config.getDdpmUnetBuilder().addChannels(8).setBlocks(1).setGroups(4).addHeads(1);
    config.getDdpmUnetBuilder().addAttentionLevel(0).addTransformerBlocks(1);
    DenoiserModel network = Networks.denoiser(config.build(), 1).asStudent(14);
    PipelineInfo.Builder around = PipelineInfo.newBuilder().setEncoder("encoder");
    around.setDecoder("decoder").getImageBuilder().setHeight(16).setWidth(16).setChannels(3);
    around.addTextEncoderBuilder().setModel("text_encoder").setTokenizer("tokenizer");
    StudentModel student =
        new DenoiserModel(
            network.origin(),
            network.function(),
            network.weights(),
            network.info(),
            network.image(),
            Optional.empty(),
            Optional.of(new Pipeline(folder, around.build())));
    String text = readme(student, new ServedForm(Precision.FLOAT32, false, -1, true, false));
    assertFalse(BLANK.matcher(text).find(), text);
    assertTrue(text.contains("`context` is what text encoders make of a prompt"), text);
    assertTrue(text.contains("`./fdistill request tiny --prompt \"red apple\"`"), text);
    assertTrue(text.contains("\n- tokenizer, text_encoder: texts to context\n"), text);
    assertTrue(text.contains("max_length=6)"), text);
    assertTrue(text.contains("are of the network alone; its decoder does not change"), text);
    assertFalse(readme(student(3)).contains("of the network alone"));
  }

  /** The requests that warm up a version are texts, in each size of batches, of all its steps. */
  @Test
  void aVersionIsWarmedUpWithTexts() throws Exception {
    DenoiserModel texts = TinyStudent.ofTexts(1);
    ConditionRows conditions = Asked.of(texts, ServedForm.PLAIN).examples().orElseThrow();
    SignatureDef signature =
        SignatureDef.newBuilder()
            .putInputs("seed", info(DataType.DT_INT64, -1))
            .putInputs("tokens", info(DataType.DT_INT32, -1, 8))
            .build();
    Map<String, SignatureDef> all = new HashMap<>();
    for (String name : List.of("png", "png_steps_1", "png_steps_2", "generate_seeded")) {
      all.put(name, signature);
    }
    WarmUpRequests.write(folder, "m", all, List.of(1, 6), conditions);
    Tokenizer tokenizer = texts.tokenizer().orElseThrow();
    List<String> expected = List.of("red apple", "car", "smiling face with sunglasses", "");
    try (InputStream in =
        Files.newInputStream(folder.resolve("assets.extra").resolve(WarmUpRequests.FILE))) {
      for (int rows : new int[] {1, 6}) {
        PredictRequest request =
            PredictionLog.parseFrom(TfRecord.read(in).orElseThrow()).getPredictLog().getRequest();
        List<Integer> ids = request.getInputsOrThrow("tokens").getIntValList();
        assertEquals(rows * 8, ids.size());
        for (int i = 0; i < rows; i++) {
          int[] row = tokenizer.row(expected.get(i % expected.size())).numbers();
          assertEquals(Arrays.stream(row).boxed().toList(), ids.subList(8 * i, 8 * i + 8));
        }
      }
      assertEquals(Optional.empty(), TfRecord.read(in), "nor of its steps, which take as long");
    }
  }

  private static TensorInfo info(DataType type, long... sizes) {
    TensorInfo.Builder info = TensorInfo.newBuilder().setDtype(type);
    for (long size : sizes) {
      info.getTensorShapeBuilder().addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return info.build();
  }

  @Test
  void theProgramForTensorFlowJavaDraws() throws Exception {
    assertDraws("any", student(3), ServedForm.PLAIN, "[1, 8, 8, 1]");
    assertDraws("eight", student(3), form(8, true), "[8, 8, 8, 1]");
    assertDraws("texts", TinyStudent.ofTexts(1), form(8, true), "[8, 8, 8, 1]");
    String text = readme(student(3), form(8, true));
    assertTrue(text.contains("\"seed\": tf.constant([7] * 8, tf.int64)"), text);
    assertTrue(text.contains("\"label\": tf.constant([0] * 8, tf.int32)"), text);
    assertTrue(text.contains("tf.random.normal([8, 8, 8, 1])"), text);
    assertTrue(text.contains("Every batch has just 8 rows."), text);
  }

  private void assertDraws(String name, StudentModel student, ServedForm form, String expected)
      throws Exception {
    Path here = Files.createDirectory(folder.resolve(name));
    Path version = Files.createDirectory(here.resolve("1"));
    StudentExport.write(student, form, version);
    compile(here, "Generate", readme(student, form));
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream before = System.out;
    try (URLClassLoader loader = new URLClassLoader(new URL[] {here.toUri().toURL()})) {
      System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
      loader
          .loadClass("Generate")
          .getMethod("main", String[].class)
          .invoke(null, (Object) new String[] {version.toString()});
    } finally {
      System.setOut(before);
    }
    assertEquals(expected, said.toString(StandardCharsets.UTF_8).strip());
  }

  @ParameterizedTest
  @CsvSource({
    "fashion-mnist-student, fashion-mnist-student",
    "My_Student.v2, my-student-v2",
    "-x-, model-x",
    "64x64, model-64x64",
    "a_______________________________________________________________________b, a-b"
  })
  void aClusterTakesTheName(String name, String dns) {
    assertEquals(dns, KitTemplates.dnsName(name));
    assertTrue(KitTemplates.dnsName(name + "y".repeat(90)).length() <= 63);
  }
}

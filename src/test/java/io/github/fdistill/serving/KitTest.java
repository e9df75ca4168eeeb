package io.github.fdistill.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.journal.TfRecord;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.server.TinyStudent;
import io.github.fdistill.text.Tokenizer;
import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.PredictionLog;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;

/** What lies beside the versions of an exported student. */
class KitTest {
  private static final Pattern BLANK = Pattern.compile("@[A-Z_]+@");

  @TempDir Path folder;

  static StudentModel student(int classes) {
    NetworkConfig.Builder config = NetworkConfig.newBuilder().setClasses(classes);
    config.getImageBuilder().setHeight(8).setWidth(8).setChannels(1);
    config.getUnetBuilder().setChannels(8).addMultiplier(1).setGroupChannels(4);
    return Networks.denoiser(config.build(), 1).asStudent(80);
  }

  static String readme(StudentModel student) {
    return KitReadme.text("tiny", student, Asked.of(student, ServedForm.PLAIN), "stable", 3);
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
    for (int classes : new int[] {0, 3}) {
      String text = readme(student(classes));
      assertFalse(BLANK.matcher(text).find(), text);
      assertEquals(classes > 0, text.contains("\"label\": tf.constant([1], tf.int32)"));
      assertTrue(text.contains("tf.saved_model.load(\"savedmodels/tiny/3\")"), text);
    }
    for (String manifest : KitTemplates.MANIFESTS) {
      String text = KitTemplates.manifest(manifest, "My_student.2");
      assertFalse(BLANK.matcher(text).find(), text);
      assertTrue(text.contains("\n  name: my-student-2\n"), text);
    }
  }

  /** What the requests hold is a prompt that the tokenizer knows, and its numbers. */
  @Test
  void ofTextsItIsSaidHowTheyBecomeTokens() {
    DenoiserModel texts = TinyStudent.ofTexts(1);
    String text = readme(texts);
    assertFalse(BLANK.matcher(text).find(), text);
    Tokenizer tokenizer = texts.tokenizer().orElseThrow();
    String word = tokenizer.words(1).get(0);
    String row = Arrays.toString(tokenizer.row(word).numbers());
    assertTrue(text.contains("\"tokens\": [" + row + "]}}"), text);
    assertTrue(text.contains("\"inputs\": {\"seed\": [7], \"prompt\": [\"" + word + "\"]}}"), text);
    assertTrue(text.contains("savedmodels/tiny/3/assets.extra/tokenizer"), text);
    assertFalse(readme(student(3)).contains("## Texts"));
  }

  /** The requests that warm up a version are texts, in each size of batches. */
  @Test
  void aVersionIsWarmedUpWithTexts() throws Exception {
    DenoiserModel texts = TinyStudent.ofTexts(1);
    ConditionRows conditions = SampleGrid.of(texts).conditions();
    SignatureDef signature =
        SignatureDef.newBuilder()
            .putInputs("seed", info(DataType.DT_INT64, -1))
            .putInputs("tokens", info(DataType.DT_INT32, -1, 8))
            .build();
    WarmUpRequests.write(folder, "m", Map.of("png", signature), List.of(1, 6), conditions);
    Tokenizer tokenizer = texts.tokenizer().orElseThrow();
    List<String> expected = new ArrayList<>(tokenizer.words(3));
    expected.add("");
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
    StudentModel student = student(3);
    Path version = Files.createDirectory(folder.resolve("1"));
    StudentExport.write(student, ServedForm.PLAIN, version);
    Path source = folder.resolve("Generate.java");
    Files.writeString(source, code(readme(student), "java", "class Generate"));
    String path = System.getProperty("java.class.path");
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-proc:none", "-cp", path, source.toString());
    assertEquals(0, failed, Files.readString(source));
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream before = System.out;
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
      loader
          .loadClass("Generate")
          .getMethod("main", String[].class)
          .invoke(null, (Object) new String[] {version.toString()});
    } finally {
      System.setOut(before);
    }
    assertEquals("[1, 8, 8, 1]", said.toString(StandardCharsets.UTF_8).strip());
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

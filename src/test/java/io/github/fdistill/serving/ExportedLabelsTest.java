package io.github.fdistill.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.condition.LabelRange;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.ExportFrame;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.Networks;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.SampleGrid;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.savedmodel.ServedGraph;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/** What an exported graph itself, loaded by TensorFlow alone, says to labels and to no rows. */
class ExportedLabelsTest {
  private static final List<String> SIGNATURES =
      List.of("serving_default", "png", "generate_seeded", "generate", "denoise");

  @TempDir static Path folder;
  private static StudentModel student;
  private static SavedModelBundle bundle;

  @BeforeAll
  static void export() throws Exception {
    NetworkConfig.Builder config = NetworkConfig.newBuilder().setClasses(3);
    config.getImageBuilder().setHeight(8).setWidth(8).setChannels(1);
    config
        .getUnetBuilder()
        .setChannels(8)
        .addMultiplier(1)
        .addMultiplier(2)
        .addAttentionResolution(4)
        .setPatch(2)
        .setGroupChannels(4);
    student = Networks.denoiser(config.build(), 1).asStudent(80);
    StudentExport.write(student, ServedForm.PLAIN, folder);
    bundle = Sessions.load(folder);
  }

  @AfterAll
  static void close() {
    bundle.close();
  }

  private static Map<String, Tensor> inputs(String signature, int... labels) {
    int rows = labels.length;
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    inputs.put("label", TInt32.tensorOf(Shape.of(rows), DataBuffers.of(labels, true, false)));
    if (signature.equals("generate") || signature.equals("denoise")) {
      String image = signature.equals("generate") ? "noise" : "x";
      inputs.put(image, TFloat32.tensorOf(Shape.of(rows, 8, 8, 1)));
    } else {
      inputs.put("seed", TInt64.tensorOf(Shape.of(rows), seeds -> {}));
    }
    if (signature.equals("denoise")) {
      float[] sigmas = new float[rows];
      java.util.Arrays.fill(sigmas, 1);
      inputs.put("sigma", TFloat32.tensorOf(Shape.of(rows), DataBuffers.of(sigmas, true, false)));
    }
    return inputs;
  }

  private static Shape first(String signature, int... labels) {
    Map<String, Tensor> inputs = inputs(signature, labels);
    try (Result result = bundle.function(signature).call(inputs)) {
      return result.get(0).shape();
    } finally {
      inputs.values().forEach(Tensor::close);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 99, -1, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void everySignatureRefusesALabelOutOfRangeAndSaysWhich(int label) {
    for (String signature : SIGNATURES) {
      String said =
          assertThrows(TFInvalidArgumentException.class, () -> first(signature, 0, label, 3))
              .getMessage();
      assertTrue(said.contains("expected 0 to 2, or 3 for no class"), said);
      assertTrue(said.contains("[" + label + "]"), said);
    }
  }

  @Test
  void everySignatureTakesTheClassesAndNoClassAndNoRows() {
    for (String signature : SIGNATURES) {
      assertEquals(4, first(signature, 0, 1, 2, 3).get(0));
      assertEquals(0, first(signature).get(0), signature + " of no rows");
    }
    assertEquals(Shape.of(0, 8, 8, 1), first("serving_default"));
  }

  /** Where the network never learnt it, what it would make of "no class" is nothing. */
  @Test
  void whatWasNotLearntIsRefusedToo() {
    Conditioning conditioning = student.conditioning();
    LabelRange range = LabelRange.of(conditioning, false).orElseThrow();
    assertEquals("0 to 2", range.toString());
    assertFalse(range.has(3));
    assertTrue(range.has(2));
    try (TestGraph g = new TestGraph()) {
      Map<String, Operand<?>> label = Map.of("label", g.tf.constant(new int[] {2, 3}));
      ExportFrame frame = new ExportFrame(g.tf, conditioning, false, label);
      String said =
          assertThrows(
                  TFInvalidArgumentException.class,
                  () -> g.session().runner().fetch(frame.inputs().get("label")).run())
              .getMessage();
      assertTrue(said.contains("label out of range, expected 0 to 2; found from"), said);
    }
  }

  @Test
  void imagesAreTheSameToTheBitAsWithoutTheLook() {
    SampleGrid grid = new SampleGrid(new long[] {1, 2}, ConditionRows.ofLabels(0, 2, 3));
    float[] images = Samples.ofStudent(student, grid).values();
    StudentModel read = NamedModel.readStudent(folder, Optional.empty());
    assertArrayEquals(images, Samples.ofStudent(read, grid).values());
    // In other batches, so up to the order of sums.
    assertEquals(0, difference(Expected.of(student, grid), folder), 1e-6);
  }

  @Test
  void ourServerLoadsTheGraphAndOurSamplerRefusesTheLabel() {
    ServedGraph.require(folder);
    SampleGrid grid = new SampleGrid(new long[] {1}, ConditionRows.ofLabels(4));
    String said =
        assertThrows(InputException.class, () -> Samples.ofStudent(student, grid)).getMessage();
    assertTrue(said.contains("class: '4'"), said);
    assertTrue(said.contains("0 to 2, or 3 for no class"), said);
  }

  @Test
  void aStudentInBfloat16WithConstantsLooksToo(@TempDir Path other) throws Exception {
    StudentExport.write(student, new ServedForm(Precision.BFLOAT16, true, -1, true, true), other);
    Map<String, Tensor> inputs = inputs("generate", 7);
    try (SavedModelBundle constants = Sessions.load(other)) {
      String said =
          assertThrows(
                  TFInvalidArgumentException.class,
                  () -> constants.function("generate").call(inputs).close())
              .getMessage();
      assertTrue(said.contains("[7]"), said);
    } finally {
      inputs.values().forEach(Tensor::close);
    }
    DenoiserModel again = DenoiserModel.read(other);
    assertEquals(0, again.weights().parameters().size());
  }

  private static float difference(Expected expected, Path folder) {
    try (SavedModelBundle served = Sessions.load(folder)) {
      return expected.difference(served, -1);
    }
  }
}

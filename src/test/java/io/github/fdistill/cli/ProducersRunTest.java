package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.data.NpyFile;
import io.github.fdistill.data.NpyTable;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.savedmodel.PackedModel;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models as their producers write them, from the command line. */
class ProducersRunTest {
  private static final String MAPPING =
      "teacher_info { mapping { time: \"t\" predicts: DENOISED edm { } %s } }";

  @TempDir Path folder;
  private Workplace place;

  @BeforeEach
  void images() throws IOException {
    place = Workplace.create(folder);
    place.dataset("data", Workplace.SIDE, 1);
  }

  private static String producer(String name) {
    try {
      return Path.of(SavedModel.class.getResource("producers/" + name).toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private String settings(String name, String more) throws IOException {
    String file = "said.pbtxt";
    place.write(
        file,
        place.read("distill.pbtxt").replace("savedmodels/teacher", producer(name))
            + MAPPING.formatted(more));
    return file;
  }

  @Test
  void aFrozenNetworkTrainsWhereItsConstantsAreWeights() throws IOException {
    String file = "frozen/frozen.pb";
    place
        .run("train", "--config", settings(file, ""), "--quiet")
        .failed("student", "constants in the place of weights", "trainable_constants: 16");
    place.run("train", "--config", settings(file, "trainable_constants: 4"), "--quiet").done();
    float[] student =
        WeightArrays.of(DenoiserModel.read(place.path("savedmodels/student")).weights());
    assertEquals(2, place.finiteMetrics("student").size());
    assertEquals(36 + 36 + 4, student.length);
  }

  /** What an image is does not depend on how many the network takes at once. */
  @Test
  void aNetworkOfAFixedBatchDrawsAnyNumber() throws IOException {
    String[] sample = {"sample", producer("fixed"), "--steps", "2", "--seeds", "0-6", "--mapping"};
    float[][] drawn = new float[2][];
    for (int i = 0; i < 2; i++) {
      String rows = settings("fixed", "rows: " + (4 + 8 * i));
      String[] words = java.util.Arrays.copyOf(sample, 10);
      words[7] = rows;
      words[8] = "--out";
      words[9] = i + ".npy";
      place.run(words).done();
      drawn[i] = NpyTable.read(place.path(i + ".npy")).values();
    }
    assertEquals(7 * 64, drawn[0].length);
    assertArrayEquals(drawn[0], drawn[1], 1e-5f);
    place
        .run("train", "--config", settings("fixed", "rows: 7"), "--quiet")
        .failed("batch_size", "at most 3", "accumulation_steps: 2");
    String student = MAPPING.replace("teacher_info", "student_info").formatted("rows: 3");
    String named = "student: \"" + producer("fixed") + "\" " + student;
    place.write("named.pbtxt", place.read(settings("fixed", "rows: 8")) + named);
    place
        .run("train", "--config", "named.pbtxt", "--quiet")
        .failed("batch_size", "at most 3", "mapping of the student says rows: 3");
    place.run("train", "--config", settings("fixed", "rows: 8"), "--quiet").done();
    assertEquals(2, place.finiteMetrics("student").size());
    assertEquals(8, DenoiserModel.read(place.path("savedmodels/student")).info().getRows());
  }

  /** A U-Net of diffusers by ONNX, frozen and of a fixed batch; the file of two steps with it. */
  private String onnx2tf() throws IOException {
    PackedModel.onnx2tf(place.path("onnx2tf"));
    float[] images = new float[2 * 8 * 8 * 3];
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) Math.cos(i);
    }
    NpyFile.writeFloat32(place.path("rgb.npy"), new long[] {2, 8, 8, 3}, images);
    place.write(
        "onnx2tf.pbtxt",
        """
        name: "student"
        teacher: "onnx2tf"
        dataset { path: "rgb.npy" }
        steps: 2
        batch_size: 1
        teacher_info {
          mapping {
            x: "sample" time: "timestep" predicts: DENOISED edm { }
            rows: 2 trainable_constants: 16
          }
        }
        """);
    return "onnx2tf.pbtxt";
  }

  @Test
  @Tag("trial")
  void whatOnnx2tfWroteIsATeacher() throws IOException {
    String file = onnx2tf();
    String told = place.run("inspect", "onnx2tf").done();
    assertTrue(told.contains("sample [2,8,8,3] float32"), told);
    assertTrue(told.contains("as a teacher  yes: differentiable in sample, timestep\n"), told);
    assertTrue(told.contains("as a student  no: it has no variables; where its weights"), told);
    String steps = place.run("train", "--config", file, "--dry-run").done();
    Matcher norm = Pattern.compile(" gradient_norm +([0-9.E-]+)\n").matcher(steps);
    assertTrue(norm.find() && Double.parseDouble(norm.group(1)) > 0, steps);
    assertFalse(steps.contains("NaN"), steps);
  }

  /**
   * Its graph has 1200 ops, each of which TensorFlow prepares anew for each thing that is asked.
   */
  @Test
  @Tag("trial")
  void whatOnnx2tfWroteIsDrawnAndDistilled() throws IOException {
    String file = onnx2tf();
    String drawn = "sample onnx2tf --steps 2 --seeds 0-2 --mapping onnx2tf.pbtxt --out a.npy";
    place.run(drawn.split(" ")).done();
    float[] teacher = NpyTable.read(place.path("a.npy")).values();
    assertEquals(3 * 8 * 8 * 3, teacher.length);
    place.run("train", "--config", file, "--quiet").done();
    assertEquals(2, place.finiteMetrics("student").size());
    DenoiserModel student = DenoiserModel.read(place.path("savedmodels/student"));
    assertEquals(2, student.info().getRows());
    assertTrue(WeightArrays.of(student.weights()).length > 1000);
    place.run("sample savedmodels/student --seeds 0-2 --out b.npy".split(" ")).done();
    float[] one = NpyTable.read(place.path("b.npy")).values();
    assertEquals(teacher.length, one.length);
    assertFalse(Arrays.equals(teacher, one));
  }

  /** An embedding of each image, in a file of its own, and at its end that of no text. */
  @Test
  void whatIsSaidOfEachImageTrainsAStudent() throws IOException {
    float[] words = new float[25 * 30];
    for (int i = 0; i < words.length; i++) {
      words[i] = (float) Math.cos(i);
    }
    Path file = place.path("words.npy");
    NpyFile.writeFloat32(file, new long[] {25, 5, 6}, words);
    String mapping = "by_row: \"context\" } none { input: \"context\" file: \"" + file + "\"";
    String teacher = settings("context", mapping);
    place
        .run("train", "--config", teacher, "--quiet")
        .failed("conditioned on context [N,5,6] float32", "by_row");
    String told = "dataset { path: \"data\" by_row { input: \"context\" file: \"words.npy\" } }";
    String plain = place.read(teacher).replace("dataset { path: \"data\" }", told);
    place.write(teacher, plain + "guidance: 2");
    place.run("train", "--config", teacher, "--quiet").done();
    assertEquals(2, place.finiteMetrics("student").size());
    DenoiserModel student = DenoiserModel.read(place.path("savedmodels/student"));
    assertEquals("context [N,5,6] float32", student.conditioning().toString());
    assertEquals(words[24 * 30], student.conditioning().inputs().get(0).none().get(0).floatValue());
    place
        .run("train", "--config", teacher, "--name", "no", "--set", "dataset.skip_damaged=true")
        .failed("dataset.skip_damaged", "by_row");
  }

  @Test
  void flagsAreLookedAtBeforeAModelIsRead() {
    place.run("sample", "no/such", "--seeds", "x").failed("--seeds", "'x'");
    place.run("sample", "no/such", "--steps", "0").failed("--steps");
    place.run("sample", "no/such", "--out", "a.jpg").failed("--out", "a.jpg");
    place.run("sample", "no/such").failed("no/such", "no such folder");
  }

  @Test
  void graphsAreNamedByTheirTags() {
    place.run("inspect", producer("hub")).failed("no graph with the tag 'serve'", "--tags");
    String without = place.run("inspect", producer("hub"), "--tags", "").done();
    assertTrue(without.contains("signature denoise"), without);
    String trained = place.run("inspect", producer("hub"), "--tags", "train").done();
    assertTrue(trained.contains("train") && !trained.contains("signature denoise"), trained);
    String frozen = place.run("inspect", producer("frozen/frozen.pb")).done();
    assertTrue(frozen.contains("x [?,8,8,1] float32"), frozen);
    assertTrue(frozen.contains("as a teacher  yes"), frozen);
  }
}

package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.data.NpyFile;
import io.github.fdistill.data.NpyTable;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
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
        .failed("batch_size", "at most 3");
    place.run("train", "--config", settings("fixed", "rows: 8"), "--quiet").done();
    assertEquals(2, place.finiteMetrics("student").size());
    assertEquals(8, DenoiserModel.read(place.path("savedmodels/student")).info().getRows());
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
        .run("train", "--config", teacher, "--quiet", "--set", "dataset.skip_damaged=true")
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

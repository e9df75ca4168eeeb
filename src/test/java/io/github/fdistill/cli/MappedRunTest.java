package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.ForeignModels;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models that other programs call in their own way, from the teacher to what is served. */
class MappedRunTest {
  private static final String TEACHER_INFO =
      """
      classes: 3
      mapping {
        signature: "predict"
        x: "pixels" layout: NCHW
        time: "t" label: "c" output: "eps"
        predicts: EPSILON learned_variance: true
        ddpm { steps: 1000 }
        feature { height: 4 }
      }
      """;
  private static final String STUDENT_INFO =
      """
      generator {
        signature: "make" noise: "latent" label: "digit" layout: NCHW range { low: 0 high: 255 }
      }
      """;
  @TempDir static Path folder;
  private static Workplace place;

  @BeforeAll
  static void aRunOfEach() throws IOException {
    place = Workplace.create(folder);
    place.columnFeatures("features", Workplace.SIDE, "features");
    ForeignModels.writeUnet(place.path("savedmodels/foreign/1"), Workplace.SIDE, Workplace.CLASSES);
    ForeignModels.writeGenerator(
        place.path("savedmodels/maker/1"), Workplace.SIDE, Workplace.CLASSES);
    String run = place.read("distill.pbtxt").replace("savedmodels/teacher", "savedmodels/foreign");
    String mapped = run + "guidance: 2 teacher_info {\n" + TEACHER_INFO + "}\n";
    place.write("mapped.pbtxt", mapped);
    place.write("other.pbtxt", mapped + "student_info {\n" + STUDENT_INFO + "}\n");
    place.write("said.pbtxt", TEACHER_INFO);
    place.run("train", "--config", "mapped.pbtxt", "--quiet").done();
    // A generator begins at no level of noise: one that its teacher does not know is no matter.
    train("small", "other.pbtxt", "student=savedmodels/maker", "student_sigma=200").done();
  }

  private static Workplace.Outcome train(String name, String config, String... settings) {
    String[] words = {"train", "--quiet", "--config", config, "--set", "name=" + name};
    int first = words.length;
    words = Arrays.copyOf(words, first + 2 * settings.length);
    for (int i = 0; i < settings.length; i++) {
      words[first + 2 * i] = "--set";
      words[first + 2 * i + 1] = settings[i];
    }
    return place.run(words);
  }

  private static Workplace.Outcome evaluate(String... words) {
    String[] all = {
      "evaluate", "--quiet", "--samples", "20", "--features", "features", "--against", "data"
    };
    int first = all.length;
    all = Arrays.copyOf(all, first + words.length);
    System.arraycopy(words, 0, all, first, words.length);
    return place.run(all);
  }

  private static float[] drawn(String... words) throws IOException {
    place.run(words).done();
    byte[] file = Files.readAllBytes(place.path("drawn.npy"));
    float[] values = new float[(file.length - 128) / 4];
    java.nio.ByteBuffer.wrap(file, 128, file.length - 128)
        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(values);
    return values;
  }

  /** Its config says which levels the teacher knows: those of DDPM's steps. */
  @Test
  void theStudentOfAMappedTeacherIsOneOfOurs() throws IOException {
    assertEquals(2, place.finiteMetrics("student").size());
    String config = place.read("runs/student/config.pbtxt");
    assertTrue(config.contains("sigma_min: 0.01000"), config);
    SavedModel student = SavedModel.read(place.path("savedmodels/student"));
    assertEquals(
        List.of("denoise", "generate", "generate_seeded", "png", "serving_default"),
        student.signatures());
    DenoiserModel read = DenoiserModel.read(student.folder());
    assertFalse(read.info().hasMapping());
    assertEquals(80, read.info().getStudentSigma());
    assertEquals(0.01, read.info().getSigmaMin(), 1e-5);
    assertTrue(read.featureShapes().containsKey("features_4x4"));
    place.run("sample", "savedmodels/student", "--out", "student.png").done();
    evaluate("savedmodels/student").done();
    // And a teacher for the next.
    place.train("teacher=savedmodels/student", "noise.sigma_min=0.02", "name=next").done();
  }

  @Test
  void itsRecordRunsAgain() throws IOException {
    place.run("rerun", "runs/student/record.json", "--quiet", "--set", "name=again").done();
    assertArrayEquals(
        WeightArrays.of(DenoiserModel.read(place.path("savedmodels/student")).weights()),
        WeightArrays.of(DenoiserModel.read(place.path("savedmodels/again")).weights()));
  }

  @Test
  void aMappedTeacherIsSampledAndMeasured() throws IOException {
    String[] teacher = {
      "sample",
      "savedmodels/foreign",
      "--steps",
      "3",
      "--seeds",
      "0-1",
      "--out",
      "drawn.npy",
      "--mapping",
      ""
    };
    teacher[9] = "said.pbtxt";
    float[] byFile = drawn(teacher);
    assertEquals(2 * 3 * 64, byFile.length);
    teacher[9] = "mapped.pbtxt";
    assertArrayEquals(byFile, drawn(teacher), 1e-4f, "a run's config says it too");
    teacher[9] = "runs/student/config.pbtxt";
    assertArrayEquals(byFile, drawn(teacher), 1e-4f, "as it was resolved");
    place.write("savedmodels/itself/1/assets.extra/denoiser.pbtxt", TEACHER_INFO);
    ForeignModels.writeUnet(place.path("savedmodels/itself/1"), Workplace.SIDE, Workplace.CLASSES);
    float[] byItself =
        drawn(
            "sample", "savedmodels/itself", "--steps", "3", "--seeds", "0-1", "--out", "drawn.npy");
    assertArrayEquals(byFile, byItself, 1e-4f);
    evaluate("savedmodels/foreign", "--mapping", "said.pbtxt", "--steps", "2").done();
    place.run("report", "runs/student", "--measure", "--quiet", "--features", "features").done();
    assertTrue(place.read("runs/student/measures.pbtxt").contains("savedmodels/foreign/1 (Heun"));
  }

  /** Each of them is two rows: no more than half of what the network takes are drawn at once. */
  @Test
  void guidedImagesOfFixedRowsAreThoseOfAnyRows() throws IOException {
    String guided = "sample savedmodels/%s --steps 2 --seeds 0-6 --guidance 2 --out drawn.npy ";
    ForeignModels.writeUnet(
        place.path("savedmodels/rows/1"), Workplace.SIDE, Workplace.CLASSES, new long[0]);
    place.write("rows.pbtxt", TEACHER_INFO.replace("predicts", "rows: 5 predicts"));
    place.write("row.pbtxt", TEACHER_INFO.replace("predicts", "rows: 1 predicts"));
    float[] any = drawn((guided.formatted("foreign") + "--mapping said.pbtxt").split(" "));
    float[] fixed = drawn((guided.formatted("rows") + "--mapping rows.pbtxt").split(" "));
    assertArrayEquals(any, fixed, 1e-4f);
    place
        .run((guided.formatted("rows") + "--mapping row.pbtxt").split(" "))
        .failed("guidance", "'2.0'", "rows: 2 in the mapping");
  }

  @Test
  void withoutAMappingItIsRefused() {
    place
        .run("sample", "savedmodels/foreign")
        .failed(
            "savedmodels/foreign", "no signature 'denoise'; it has [predict]", "docs/models.md");
    place
        .run("sample", "savedmodels/foreign", "--mapping", "nowhere.pbtxt")
        .failed("nowhere.pbtxt", "no such file");
    train("x", "mapped.pbtxt", "teacher_info.mapping.time=noise")
        .failed("mapped.pbtxt: teacher_info: mapping.time: 'noise'", "t [-1] DT_INT64");
    train("x", "mapped.pbtxt", "teacher_info.mapping.signature=call")
        .failed("mapping.signature: 'call'", "[predict]");
    train("x", "mapped.pbtxt", "discriminator.feature=features_8x8")
        .failed("discriminator.feature", "[features_4x4]");
    assertFalse(Files.exists(place.path("runs/x")), "refused before work");
  }

  @Test
  void levelsBeyondTheScheduleAreRefused() {
    train("x", "mapped.pbtxt", "noise.sigma_min=0.002")
        .failed("noise.sigma_min", "found 0.002", "0.0100", "knows");
    train("x", "mapped.pbtxt", "teacher_info.mapping.ddpm.betas=SCALED_LINEAR", "student_sigma=80")
        .failed("student_sigma", "found 80.0", "up to 14.6");
  }

  /** A student's own network may know less noise than its teacher's. */
  @Test
  void theStudentsScheduleCountsToo() throws IOException {
    String said = place.read("mapped.pbtxt");
    String less = TEACHER_INFO.replace("steps: 1000", "betas: SCALED_LINEAR steps: 1000");
    place.write(
        "less.pbtxt", said + "student: \"savedmodels/foreign\" student_info {\n" + less + "}\n");
    train("x", "less.pbtxt").failed("less.pbtxt: student_sigma", "found 80.0", "up to 14.6");
    train("less", "less.pbtxt", "student_sigma=14").done();
    assertEquals(14, DenoiserModel.read(place.path("savedmodels/less")).info().getStudentSigma());
  }

  @Tag("trial")
  @Test
  void aStudentOfAnotherArchitecture() throws IOException {
    assertEquals(2, place.finiteMetrics("small").size());
    SavedModel student = SavedModel.read(place.path("savedmodels/small"));
    assertEquals(
        List.of("generate", "generate_seeded", "png", "serving_default"), student.signatures());
    StudentModel read = NamedModel.readStudent(student.folder(), Optional.empty());
    assertEquals(5, read.noise().size());
    assertEquals(Workplace.CLASSES, read.info().getClasses());
    float[] first =
        WeightArrays.of(
            SavedModel.read(place.path("savedmodels/maker")).weights(read.function().parameters()));
    assertFalse(Arrays.equals(first, WeightArrays.of(read.weights())), "it has learnt");
    float[] images = drawn("sample", "savedmodels/small", "--seeds", "0-3", "--out", "drawn.npy");
    assertEquals(4 * 3 * 64, images.length);
    for (float value : images) {
      assertTrue(-1 <= value && value <= 1, "" + value);
    }
    evaluate("savedmodels/small").done();
    place.run("report", "runs/small", "--measure", "--quiet", "--features", "features").done();
    place
        .run("sample", "savedmodels/small", "--steps", "3")
        .failed("--steps", "'3'", "a generator, not a denoiser");
    place.run("sample", "savedmodels/small", "--guidance", "2").failed("--guidance", "built in");
  }

  /** What was exported begins the next run without a mapping; it cannot be a teacher. */
  @Test
  void itGoesOnFromItsExport() throws IOException {
    train("second", "mapped.pbtxt", "student=savedmodels/small").done();
    assertEquals(
        List.of("generate", "generate_seeded", "png", "serving_default"),
        SavedModel.read(place.path("savedmodels/second")).signatures());
    place
        .train("teacher=savedmodels/small", "name=x")
        .failed("no signature 'denoise'; it has [", "generate");
  }

  @Test
  void aFormulaAndAGeneratorLeaveTheFakeScoreToBeNamed() throws IOException {
    place.write(
        "mixture.pbtxt",
        """
        image { height: 1 width: 1 channels: 64 }
        mixture { component { mean: [%s] variance: 1 } }
        """
            .formatted("0" + ", 0".repeat(63)));
    place.write(
        "points.pbtxt",
        """
        name: "x" teacher: "mixture.pbtxt" student: "savedmodels/points" batch_size: 4 steps: 1
        student_info { generator { signature: "make" noise: "z" } }
        """);
    ForeignModels.writePoints(place.path("savedmodels/points/1"), 64);
    train("x", "points.pbtxt")
        .failed("fake_score.start", "a formula and no weights", "no denoiser");
  }

  @Test
  void whatIsSaidOfNoModelIsRefused() {
    train("x", "other.pbtxt").failed("other.pbtxt: student_info", "not named", "name the model");
    train("x", "mapped.pbtxt", "teacher=graphs/mine.pbtxt").failed("graphs");
    train("x", "mapped.pbtxt", "student=teacher/network.pbtxt", "student_info.classes=3")
        .failed("student_info", "the description of a network", "needs no mapping");
  }
}

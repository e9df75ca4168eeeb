package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code train} with a mixture as the teacher: no dataset, no weights to begin with. */
class MixtureRunTest {
  @TempDir static Path folder;
  private static Workplace place;

  /** What the run said that every test may look at. */
  private static String said;

  @BeforeAll
  static void aMixtureANetworkAndARun() throws IOException {
    place = new Workplace(folder);
    place.write("mixture.pbtxt", mixture(2));
    place.write("small.pbtxt", small(1, 2));
    place.write("runs/student/teacher/1/note", "of a run that saved nothing");
    place.write(
        "distill.pbtxt",
        """
        name: "student"
        teacher: "mixture.pbtxt"
        student: "small.pbtxt"
        steps: 3
        batch_size: 8
        noise { distribution: LOG_UNIFORM sigma_min: 0.1 sigma_max: 2 }
        student_sigma: 5
        precision: FLOAT32
        schedule { critic_steps: 2 }
        discriminator { channels: 8 gan_weight: 0 }
        ratio { exact_samples: 64 decay: 0.5 }
        picture_every_steps: 0
        """);
    said = place.train().done();
  }

  private static String mixture(int dimensions) {
    String mean = String.join(", ", Collections.nCopies(dimensions, "0.5"));
    return """
    image { height: 1 width: 1 channels: %d }
    mixture {
      component { weight: 1 mean: [%s] variance: 0.04 }
      component { weight: 2 mean: [%s] variance: 0.09 }
    }
    """
        .formatted(dimensions, mean, mean.replace("0.5", "-0.5"));
  }

  private static String small(int height, int channels) {
    return """
    image { height: %d width: 1 channels: %d }
    mlp { hidden: [8] }
    """
        .formatted(height, channels);
  }

  private static float[] values(String model) {
    return WeightArrays.of(DenoiserModel.read(place.path(model)).weights());
  }

  private static String metrics(String run) throws IOException {
    assertEquals(3, place.finiteMetrics(run).size());
    return place.read("runs/" + run + "/metrics.jsonl");
  }

  @Test
  void needsNoDatasetAndWritesTheTeacherAsASavedModel() throws IOException {
    assertTrue(said.contains("savedmodels/student/1"), said);
    metrics("student");
    assertTrue(Files.exists(place.path("runs/student/student-and-teacher.png")));
    DenoiserModel teacher = DenoiserModel.read(place.path("runs/student/teacher"));
    assertEquals(0, teacher.weights().parameters().size());
    assertTrue(teacher.featureShapes().containsKey("log_density"));
    // The written teacher is a teacher too, but for the dataset that it does not bring.
    place
        .train("name=again", "teacher=runs/student/teacher")
        .failed("distill.pbtxt: dataset.path", "nothing", "a mixture's description");
    assertEquals(5, DenoiserModel.read(place.path("savedmodels/student")).info().getStudentSigma());
    place.run("sample", "savedmodels/student", "--seeds", "0-9", "--out", "points.npy").done();
    place.run("sample", "mixture.pbtxt", "--seeds", "0-9", "--out", "truth.npy").done();
  }

  @Test
  void aRunWithTheExactRatioGoesOnBitForBit() throws IOException {
    place.train("name=whole", "ratio.source=EXACT").done();
    place.train("name=broken", "ratio.source=EXACT", "steps=1").done();
    place.train("name=broken", "ratio.source=EXACT").done();
    assertEquals(metrics("whole"), metrics("broken"));
    assertArrayEquals(values("savedmodels/whole"), values("savedmodels/broken"));
    assertFalse(
        Arrays.equals(values("savedmodels/whole"), values("savedmodels/student")),
        "where the ratio comes from matters");
  }

  @Test
  void theFakeScoreBeginsWhereItIsTold() throws IOException {
    place.write("other.pbtxt", small(1, 2).replace("8", "4, 4"));
    place.train("name=as-told", "fake_score.start=other.pbtxt").done();
    assertNotEquals(metrics("student"), metrics("as-told"));
    assertTrue(place.read("runs/as-told/inputs").contains("fake_score "));
    assertFalse(place.read("runs/student/inputs").contains("fake_score "));
    place.train("name=as-told", "fake_score.start=savedmodels/student").failed("config.pbtxt");
    place
        .train("name=no", "fake_score.start=mixture.pbtxt")
        .failed("field fake_score.start", "mixture.pbtxt", "without weights");
  }

  @Test
  void anExactRatioNeedsATeacherThatKnowsItsDensity() throws IOException {
    Workplace images = Workplace.create(folder.resolve("images"));
    ForeignModel.write(
        images.path("savedmodels/teacher/1"), "denoise", Workplace.SIDE, Workplace.CLASSES, true);
    images
        .train("ratio.source=EXACT")
        .failed("ratio.source: EXACT", "savedmodels/teacher/1", "no output log_density", "mixture");
    assertFalse(Files.exists(images.path("savedmodels/student")));
  }

  @Test
  void aTeacherWithoutWeightsNeedsAStudent() {
    place
        .train("name=refused", "student=")
        .failed("--set student=", "found nothing", "no weights", "student.pbtxt");
    place
        .train("name=refused", "student=mixture.pbtxt")
        .failed("field student", "mixture.pbtxt", "a formula without weights");
    assertFalse(Files.exists(place.path("runs/refused")), "nothing was begun");
  }

  @Test
  void networksOfAnotherSizeAreRefused() throws IOException {
    place.write("wide.pbtxt", small(1, 3));
    place.write("tall.pbtxt", small(2, 2));
    for (String field : List.of("student", "fake_score.start")) {
      place.train("name=no", field + "=wide.pbtxt").failed("field " + field, "1x1x3", "1x1x2");
      place.train("name=no", field + "=tall.pbtxt").failed("field " + field, "2x1x2", "1x1x2");
    }
    for (int classes : new int[] {1, 3}) {
      place.write("labelled.pbtxt", "classes: " + classes + " " + small(1, 2));
      place
          .train("name=no", "student=labelled.pbtxt")
          .failed("field student", "with a label", "without a label");
    }
    place.write("deep.pbtxt", mixture(3));
    place.train("name=no", "teacher=deep.pbtxt").failed("field student", "1x1x2", "1x1x3");
  }

  @Test
  void whatDescribesNoMixtureIsRefusedByFileAndField() throws IOException {
    place.write("bad.pbtxt", mixture(2).replace("0.09", "0"));
    place
        .train("name=no", "teacher=bad.pbtxt")
        .failed("bad.pbtxt: mixture.component[1].variance", "[0.0]", "above 0");
    place.write("bad.pbtxt", "image { height: 1 width: 1 channels: 2 }");
    place.train("name=no", "teacher=bad.pbtxt").failed("bad.pbtxt: body", "unet, mlp or mixture");
    place.train("name=no", "guidance=2").failed("guidance", "takes no label");
  }

  @Test
  void pointsAreDrawnAsACloudAndNotAsAPictureEach() throws IOException {
    assertTrue(place.run("sample", "mixture.pbtxt", "--out", "c.png").done().contains("2000"));
    assertTrue(Files.size(place.path("c.png")) > 1000);
    place.run("sample", "mixture.pbtxt", "--out", "points/").failed("--out", "a .png", ".npy");
    place.write("line.pbtxt", mixture(1));
    place.run("sample", "line.pbtxt", "--seeds", "0-9", "--out", "line.png").done();
    place.run("sample", "small.pbtxt").failed("small.pbtxt", "not trained");
  }

  @Test
  void aMixtureIsNotPretrained() throws IOException {
    place.write("pre.pbtxt", "name: 'pre' dataset { path: 'data' } steps: 1 batch_size: 4");
    place
        .run("pretrain", "--config", "pre.pbtxt", "--network", "mixture.pbtxt")
        .failed("mixture.pbtxt: mixture", "without weights", "unet or mlp");
  }
}

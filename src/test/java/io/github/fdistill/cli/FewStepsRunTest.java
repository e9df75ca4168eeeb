package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.network.DenoiserModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A student of three steps: trained, measured, drawn and exported. */
class FewStepsRunTest {
  @TempDir static Path folder;
  private static Workplace place;

  @BeforeAll
  static void train() throws IOException {
    place = Workplace.create(folder);
    Path teacher = place.path("savedmodels/teacher/1");
    ForeignModel.write(teacher, "denoise", Workplace.SIDE, Workplace.CLASSES, false);
    place.columnFeatures("features", Workplace.SIDE, "features");
    String said =
        place
            .train(
                "student_steps=3",
                "student_critics=OF_ALL_STEPS",
                "student_sampler=DETERMINISTIC",
                "student_sigma=20",
                "student_level=5,0.5",
                "evaluation.every_steps=1",
                "evaluation.samples=20",
                "evaluation.features=features")
            .done();
    assertTrue(said.contains("(3 evaluations an image)"), said);
  }

  private static DenoiserInfo info(String model) {
    return DenoiserModel.read(place.path(model)).info();
  }

  @Test
  void theModelSaysItsSteps() throws IOException {
    for (String model : List.of("savedmodels/student", "runs/student/best")) {
      assertEquals(List.of(5.0, 0.5), info(model).getStudentLevelList(), model);
    }
    place.run("sample", "savedmodels/student", "--steps", "2", "--out", "two.png").done();
    place
        .run("sample", "savedmodels/student", "--steps", "4")
        .failed("--steps", "'4'", "1 to 3: the student was trained for so many evaluations");
    String report = place.run("report", "runs/student").done();
    assertTrue(place.read("runs/student/report.html").contains("3 evaluations an image"), report);
  }

  @Test
  void anExportHasTheFirstOfThemOrAll() throws IOException {
    place.run("export", "savedmodels/student", "--steps", "1", "--name", "fast").done();
    assertEquals(0, info("savedmodels/fast").getStudentLevelCount());
    assertFalse(place.read("savedmodels/fast/README.md").contains("_steps_"));
    place.run("export", "runs/student", "--name", "whole").done();
    assertEquals(List.of(5.0, 0.5), info("savedmodels/whole").getStudentLevelList());
    String readme = place.read("savedmodels/whole/README.md");
    assertTrue(readme.contains("A 3-step image generator"), readme);
    assertTrue(readme.contains("made by 3 evaluations of the network"), readme);
    assertTrue(readme.contains("`png_steps_1`"), readme);
    assertTrue(readme.contains("| the first four with `_steps_1` to `_steps_3`"), readme);
    assertFalse(readme.contains("@"), readme);
    Path asked = place.path("savedmodels/whole/1/assets.extra/tf_serving_warmup_requests");
    String warmUp = Files.readString(asked, StandardCharsets.ISO_8859_1);
    assertTrue(warmUp.contains("png"), warmUp);
    assertFalse(warmUp.contains("_steps_") || warmUp.contains("generate_seeded"), warmUp);
    place.run("export", "savedmodels/student", "--steps", "5").failed("--steps", "'5'", "1 to 3");
  }

  @Test
  void stepsThatCannotBeAreRefused() {
    String[] two = {"name=other", "student_steps=2", "student_sigma=20"};
    place.train("name=other", "student_steps=0").failed("student_steps", "found 0", "1 to 8");
    place.train("name=other", "student_steps=9").failed("student_steps", "found 9");
    place
        .train(two[0], two[1], "student_level=3,1")
        .failed("student_level", "none (--set student_level=), or 1: one for each");
    place
        .train(two[0], two[1], two[2], "student_level=20")
        .failed("[20.0, 20.0]", "below the last");
    place.train(two[0], two[1], two[2], "student_level=0.0001").failed("student_level", "or more");
    for (String[] apart : new String[][] {{"20", "30"}, {"0.001", "0.002"}}) {
      place
          .train(two[0], two[1], "student_sigma=" + apart[0], "noise.sigma_min=" + apart[1])
          .failed("student_sigma", "not above noise.sigma_min " + apart[1], "student_level");
    }
    place.train(two[0], two[1], "ratio.source=EXACT").failed("ratio.source", "student_steps 2");
    place
        .train(two[0], "student_steps=3")
        .failed("batch_size", "3 or 6; or student_critics OF_ALL_STEPS");
  }
}

package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SavedModels that other programs wrote distil like those that this one wrote. */
class ForeignModelTest {
  private static final String TEACHER = "teacher=savedmodels/foreign";

  @TempDir Path folder;
  private Workplace place;

  @BeforeEach
  void images() throws IOException {
    place = Workplace.create(folder);
  }

  private void model(int classes, boolean feature) throws IOException {
    Path version = place.path("savedmodels/foreign/7");
    ForeignModel.write(version, "denoise", Workplace.SIDE, classes, feature);
  }

  @Test
  void oneWithoutFeaturesOrAssets() throws IOException {
    model(Workplace.CLASSES, false);
    place.write("data/classes.txt", "bag\ncoat\nshirt\n");
    place.train(TEACHER).done();
    assertEquals(2, place.finiteMetrics("student").size());
    assertTrue(place.read("runs/student/record.json").contains("savedmodels/foreign/7"));
    String drawn = place.run("sample", "savedmodels/student", "--out", "a.png").done();
    assertTrue(drawn.contains("Wrote 30 images"), drawn);

    // The classes that the images have, and the model does not say, stay known.
    place.run("export", "runs/student").done();
    String info = place.read("savedmodels/student/2/assets.extra/denoiser.pbtxt");
    assertTrue(info.contains("classes: 3") && info.contains("class_name: \"coat\""), info);
    assertEquals(place.read("savedmodels/student/1/assets.extra/denoiser.pbtxt"), info);
    place.columnFeatures("features", Workplace.SIDE, "features");
    String report = "report runs/student --measure --samples 20 --features features --quiet";
    place.run(report.split(" ")).done();
    assertTrue(place.read("runs/student/measures.pbtxt").contains("model: TEACHER"));
  }

  @Test
  void theStudentOfOneCanBeginAnother() throws IOException {
    model(Workplace.CLASSES, false);
    place.train(TEACHER, "discriminator.network=FAKE_SCORE").done();
    place.train(TEACHER, "student=savedmodels/student", "name=second").done();
    assertTrue(place.read("runs/second/record.json").contains("savedmodels/student/1"));
  }

  @Test
  void oneWithoutALabel() throws IOException {
    model(0, false);
    place.train(TEACHER).done();
    place.run("sample", "savedmodels/student", "--seeds", "0-3", "--out", "pictures").done();
    assertTrue(Files.exists(place.path("pictures/seed-3.png")));
    String said = place.run("data", "pictures").done();
    assertTrue(said.contains("4 images of") && said.contains("without classes"), said);
    place.train(TEACHER, "guidance=2", "name=guided").failed("field guidance", "takes no label");
    place.run("sample", "savedmodels/student", "--class", "1").failed("--class", "'1'", "no class");
  }

  @Test
  void oneWithAFeatureThatHasAVariableOfItsOwn() throws IOException {
    model(Workplace.CLASSES, true);
    place.train(TEACHER, "discriminator.feature=seen").done();
    place.train(TEACHER, "name=default-feature").done();
    place.run("sample", "savedmodels/student", "--out", "a.npy").done();
    place
        .run("sample", "savedmodels/student", "--steps", "2")
        .failed("--steps: '2'", "a student, which needs one evaluation");
  }

  @Test
  void guidanceNeedsAModelThatKnowsNoClass() throws IOException {
    model(Workplace.CLASSES, false);
    place.train(TEACHER, "guidance=2").failed("field guidance", "2.0", "denoiser.pbtxt");
    String stages = "stage { steps: 1 } stage { steps: 1 set: 'guidance=2' }\n";
    place.write("distill.pbtxt", stages + place.read("distill.pbtxt"));
    place.train(TEACHER).failed("field guidance", "2.0", "denoiser.pbtxt");
    assertFalse(Files.exists(place.path("runs")), "a later stage is looked at before the first");
  }

  @Test
  void classesMustBeNamedWhereTheModelDoesNotSayThem() throws IOException {
    model(Workplace.CLASSES, false);
    place.run("sample", "savedmodels/foreign").failed("--class", "does not say how many");
    place.run("sample", "savedmodels/foreign", "--class=-1").failed("'-1'", "classes from 0\n");
    place
        .run("sample", "savedmodels/foreign", "--class", "0", "--guidance", "2")
        .failed("--guidance", "'2.0'", "does not say which label means \"no class\"");
    place.run("sample", "savedmodels/foreign", "--class", "0-2", "--steps", "2").done();
    assertTrue(Files.exists(place.path("samples.png")));
  }
}

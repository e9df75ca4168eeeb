package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.DistillConfig.StudentCritics;
import io.github.fdistill.config.EvaluationConfig;
import io.github.fdistill.config.Measured;
import io.github.fdistill.config.SettingChecks;
import io.github.fdistill.data.NpyFile;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.journal.RunFiles;
import io.github.fdistill.network.ForeignModels;
import io.github.fdistill.network.NamedModel;
import io.github.fdistill.training.Tiny;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudentJudgementTest {
  private static final Optional<String> NONE = Optional.empty();

  private static Measured measured(Measured.Model model, String features, double fid) {
    return Measured.newBuilder()
        .setModel(model)
        .setFeatures(features)
        .setFeaturesSha256("hash of " + features)
        .setImages(model == Measured.Model.TEACHER ? "t (Heun, 18 steps)" : "s")
        .setSamples(10_000)
        .setFid(fid)
        .build();
  }

  private static List<String> said(List<Measured> measures, double... onTheWay) {
    double[] steps = new double[onTheWay.length];
    Arrays.setAll(steps, i -> 100 * (i + 1));
    return new StudentJudgement(measures, onTheWay, steps, run(true, true)).sentences();
  }

  /** One of 800 steps, whose models are read for an advice at its end alone. */
  private static JudgedRun run(boolean ended, boolean measurable) {
    DistillConfig config =
        DistillConfig.newBuilder()
            .setName("s")
            .setSteps(800)
            .setEvaluation(EvaluationConfig.newBuilder().setFeatures("eyes"))
            .build();
    BooleanSupplier may =
        () -> {
          assertTrue(ended, "nothing is advised, and a model is read for it");
          return true;
        };
    String settings = "runs/s/config.pbtxt";
    return new JudgedRun(
        "runs/s", settings, config, ended, may, may, measurable, NONE, "any", "hash of eyes");
  }

  @Test
  void theStudentStandsBesideItsTeacherByEachFeatures() {
    List<Measured> measures =
        List.of(
            measured(Measured.Model.STUDENT, "ours", 0.03),
            measured(Measured.Model.BEST, "ours", 0.02),
            measured(Measured.Model.TEACHER, "ours", 0.04),
            measured(Measured.Model.STUDENT, "others", 0.99),
            measured(Measured.Model.TEACHER, "others", 0.66));
    assertEquals(
        "The student's FID of 10,000 images is 0.0300 by ours, 0.75 times that of t (Heun, 18 steps); 0.990 by"
            + " others, 1.50 times that of t (Heun, 18 steps); by some features it is as good as"
            + " its teacher, by others not: trust none alone.",
        said(measures).get(0));
    assertFalse(said(measures.subList(0, 3)).get(0).contains("trust none"));
    assertFalse(said(measures.subList(0, 3)).get(0).contains("chosen by"), "nothing was chosen");
  }

  /** Of the same features that the best was chosen by no more is said than they can tell. */
  @Test
  void whatToTryFollowsFromWhatWasMeasured() {
    List<Measured> good =
        List.of(
            measured(Measured.Model.STUDENT, "eyes", 0.03),
            measured(Measured.Model.TEACHER, "eyes", 0.04));
    double[] flat = {0.3, 0.1, 0.1, 0.1};
    List<String> said = said(good, flat);
    assertTrue(said.get(0).contains("runs/s --measure --features A,B tells"), said.get(0));
    String teacher = "try a better teacher, as it is about as good as this one";
    assertTrue(said.get(1).endsWith(teacher + ", or guidance for clearer images."), said.get(1));
    List<Measured> same = new ArrayList<>();
    good.forEach(each -> same.add(each.toBuilder().setFeatures("./eyes/1").build()));
    assertTrue(said(same, flat).get(0).contains("chosen by the same features"), "whatever called");
    List<Measured> apart = new ArrayList<>(good);
    apart.add(measured(Measured.Model.STUDENT, "others", 0.99));
    apart.add(measured(Measured.Model.TEACHER, "others", 0.66));
    said = said(apart, flat);
    assertFalse(said.get(0).contains("chosen by"), said.get(0));
    String two = "try two evaluations an image (student_steps=2), or other noise levels";
    assertTrue(said.get(1).contains(two), said.get(1));
    assertTrue(said(List.of(), flat).get(1).contains(two), "not measured");
    List<Measured> few = new ArrayList<>();
    good.forEach(each -> few.add(each.toBuilder().setSamples(2000).build()));
    said = said(few, flat);
    assertTrue(said.get(0).contains("FID of 2,000 images is 0.0300 by eyes, 0.75"), said.get(0));
    assertTrue(said.get(0).contains("; of fewer than 10,000 images it looks nearer"), said.get(0));
    assertTrue(
        said.get(1).contains(two), "its teacher is not called about as good: " + said.get(1));
  }

  @Test
  void whatWasNotMeasuredIsNotSaid() {
    List<String> said = said(List.of());
    assertTrue(said.get(0).contains("was not measured: ./fdistill report runs/s --measure"));
    String again = "./fdistill train --config runs/s/config.pbtxt --set name=s-measured --set ";
    assertTrue(said.get(1).contains("was not measured: " + again), said.get(1));
    said = said(List.of(), 0.2, 0.1, 0.05);
    assertTrue(
        said.get(0).contains("FID of 5,000 images was 0.0500 after step 300, by"), said.get(0));
    assertTrue(said.get(1).contains("so few measures do not tell"), said.get(1));
    assertTrue(said.get(1).contains("--set evaluation.every_steps=100 measures it"), said.get(1));
  }

  /** The command that is named lets the same run begin under another name, and measures it. */
  @Test
  void theSettingsThatAreAdvisedMeasureIt(@TempDir Path folder) throws IOException {
    RunFiles run =
        finished(
            folder,
            "name: 's' teacher: 't' dataset { path: 'd' } minutes: 2 steps: 9\nstudent_steps: 2\n");
    Files.writeString(run.metrics(), "{\"step\": 8, \"loss\": 1}\n");
    Workspace workspace = Workspace.at(folder);
    String said = StudentJudgement.of(workspace, folder, true).orElseThrow().sentences().get(1);
    assertTrue(said.contains(": ./fdistill train --config config.pbtxt --set "), said);
    List<String> words = new ArrayList<>();
    Pattern.compile("--set (\\S+)").matcher(said).results().forEach(set -> words.add(set.group(1)));
    DistillConfig config = Configs.read(run.config(), DistillConfig.getDefaultInstance(), words);
    SettingChecks.check(run.config(), config);
    assertEquals("s-measured", config.getName());
    assertEquals(9, config.getSteps());
    assertEquals(StudentCritics.OF_ALL_STEPS, config.getStudentCritics(), "as it was then");
    assertEquals(0, config.getMinutes(), "not so many steps as another time has room for");
    assertEquals(1, config.getEvaluation().getEverySteps());
    assertEquals(FeaturesOnDisk.USUAL, config.getEvaluation().getFeatures());
    assertEquals(Optional.empty(), StudentJudgement.of(workspace, folder, false), "nothing to say");
  }

  /** Where none are there for its images, it is said so, and what makes some. */
  @Test
  void featuresThatLackAreNamed(@TempDir Path folder) throws IOException {
    NamedModel.write(Tiny.model(1), folder.resolve("savedmodels/s/1"), version -> {});
    float[] pixels = new float[128];
    Arrays.fill(pixels, 64, 128, -1);
    NpyFile.writeFloat32(folder.resolve("d.npy"), new long[] {2, 8, 8, 1}, pixels);
    RunFiles run = finished(folder, "name: 's' dataset { path: 'd.npy' } steps: 400");
    Files.writeString(run.inputs(), "dataset " + "0".repeat(64) + "  d.npy\n");
    Files.writeString(run.metrics(), "{\"step\": 399, \"loss\": 1}\n");
    List<String> said =
        StudentJudgement.of(Workspace.at(folder), folder, false).orElseThrow().sentences();
    String made = "was not measured, as no features take its images: make features for their size";
    assertTrue(said.get(0).contains(made), said.get(0));
    assertTrue(said.get(0).contains("--set dataset.path=d.npy --set test_d"), said.get(0));
    String by = "--set evaluation.features=savedmodels/FEATURES measures it.";
    assertTrue(said.get(1).endsWith(by), said.get(1));
  }

  /** One that goes on has exported nothing, and has steps left: what it is told of is the trend. */
  @Test
  void aRunThatGoesOnIsAdvisedNothing() {
    double[] steps = {100, 200, 300, 400, 500};
    double[] falling = {0.3, 0.2, 0.2, 0.2, 0.1};
    List<String> said =
        new StudentJudgement(List.of(), falling, steps, run(false, false)).sentences();
    assertEquals(
        "The student's FID of 5,000 images was 0.100 after step 500, by eyes.", said.get(0));
    assertEquals(
        "It is still improving, from 0.200 to 0.100 over the last third of its measures. The run"
            + " is not at its end yet, step 800.",
        said.get(1));
    double[] flat = {0.3, 0.2, 0.2, 0.2, 0.2};
    said = new StudentJudgement(List.of(), flat, steps, run(false, false)).sentences();
    assertEquals(
        "Its lowest FID so far is 0.200, of step 200. The run is not at its end yet, step 800.",
        said.get(1));
  }

  private static RunFiles finished(Path folder, String config) throws IOException {
    RunFiles run = new RunFiles(folder);
    Files.writeString(run.record(), "{\"program\": \"fdistill\", \"command\": \"train\"}");
    Files.writeString(run.config(), config);
    Files.writeString(run.exported(), "400\nsavedmodels/s/1\n");
    return run;
  }

  /** Noise of a few percent is no improvement; a fall of a tenth is one, whatever lies between. */
  @Test
  void itImprovesWhereTheLastThirdIsBelowAllBefore() {
    String falling = said(List.of(), 0.3, 0.1, 0.09, 0.08, 0.085, 0.07).get(1);
    assertTrue(falling.contains("still improving, from 0.0800 to 0.0700"), falling);
    assertTrue(falling.contains("1200 say"), falling);
    String chance = said(List.of(), .3, .25, .2, .15, .12, .1, .085, .08, .083).get(1);
    assertTrue(chance.contains("still improving, from 0.100 to 0.0800"), chance);
    String flat = said(List.of(), 0.3, 0.1, 0.08, 0.08, 0.0797, 0.081).get(1);
    assertTrue(flat.contains("no longer improved: its lowest FID is 0.0797, of step 500"), flat);
    String worse = said(List.of(), 0.3, 0.1, 0.08, 0.09, 0.2, 0.3).get(1);
    assertTrue(worse.contains("lowest FID is 0.0800, of step 300"), worse);
    String risen = said(List.of(), 0.3, 0.1, 0.08, 0.09, 0.06, 0.2).get(1);
    String rose = "It rose at the end: FID fell from 0.0800 to 0.0600, of step 500, and the last, ";
    assertEquals(rose + "0.200, is far above that; the best is kept.", risen);
    String unknown = "Whether it was still improving its measures do not tell: FID fell from ";
    String noise = said(List.of(), 1, .9, .8, .7, .6, .5, .4, .3, .32).get(1);
    assertTrue(noise.startsWith(unknown + "0.500 to 0.300, of step 800"), noise);
    assertTrue(noise.endsWith(": ./fdistill report runs/s --measure puts it beside the best."));
    String slow = said(List.of(), .1, .09, .085, .082, .08, .079, .078, .077, .0765).get(1);
    assertTrue(slow.contains("It hardly improved at the end, from 0.0790 to 0.0765 over"), slow);
    assertTrue(slow.contains("more steps alone will help little, try two evaluations"), slow);
  }

  /** A fall at the beginning of the last third, and then six measures alike: it has ended. */
  @Test
  void onAPlateauMoreStepsAreNotAdvised() {
    double[] fids = new double[18];
    Arrays.setAll(fids, i -> i < 12 ? 0.1 : 0.09);
    String flat = said(List.of(), fids).get(1);
    assertTrue(flat.contains("no longer improved: its lowest FID is 0.0900, of step 1300"), flat);
    fids[17] = 0.08;
    String falling = said(List.of(), fids).get(1);
    assertTrue(falling.contains("still improving, from 0.100 to 0.0800"), falling);
  }

  /**
   * Of a folder's run: metrics number its steps from 0, and what is told from 1, as best/200 is.
   */
  @Test
  void stepsAreToldAsTheBestIsNamed(@TempDir Path folder) throws IOException {
    RunFiles run = finished(folder, "name: 's' steps: 400 evaluation { features: 'eyes' }");
    String[] fids = {"0.3", "0.1", "0.2", "0.21"};
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < fids.length; i++) {
      int step = 100 * i + 99;
      lines.append("{\"step\": " + step + ", \"average_0/fid\": " + fids[i] + "}\n");
    }
    Files.writeString(run.metrics(), lines);
    Workspace workspace = Workspace.at(folder.getParent());
    List<String> said = StudentJudgement.of(workspace, folder, true).orElseThrow().sentences();
    assertTrue(said.get(0).contains("images was 0.210 after step 400, by eyes"), said.get(0));
    String report = "./fdistill report " + folder.getFileName() + " --measure puts it";
    assertTrue(said.get(0).contains(report), "where its folder lies: " + said.get(0));
    assertTrue(said.get(1).contains("lowest FID is 0.100, of step 200;"), said.get(1));
    Files.writeString(run.metrics(), lines.toString().replace("0.21}", "0.05}"));
    said = StudentJudgement.of(workspace, folder, true).orElseThrow().sentences();
    assertTrue(said.get(1).contains("more steps, 800 say"), said.get(1));
    Files.delete(run.exported());
    said = StudentJudgement.of(workspace, folder, false).orElseThrow().sentences();
    assertFalse(said.toString().contains("./fdistill") || said.toString().contains("800"));
  }

  /** Two steps are not advised where they would be refused. */
  @Test
  void twoStepsAreAdvisedWhereTheyMayBe(@TempDir Path folder) throws IOException {
    assertTrue(advised(folder, "batch_size: 6", 1));
    assertFalse(advised(folder, "batch_size: 6", 2), "three images of each worker");
    assertTrue(advised(folder, "batch_size: 8", 2));
    assertTrue(advised(folder, "batch_size: 6 student_critics: OF_ALL_STEPS", 2));
    assertTrue(advised(folder, "student: 'net.pbtxt'", 1));
    assertFalse(advised(folder, "student: 'gone'", 1), "nobody knows");
    Path model = folder.resolve("savedmodels/s/1");
    NamedModel.write(Tiny.model(1), model, version -> {});
    assertTrue(advised(folder, "student: 'gone'", 1));
    AtomicFolder.delete(model);
    ForeignModels.writePoints(model, 2);
    String generator = "generator { signature: 'make' noise: 'z' sample: 'out' }";
    Path said = Files.createDirectories(model.resolve("assets.extra")).resolve("denoiser.pbtxt");
    Files.writeString(said, generator);
    assertFalse(advised(folder, "student: 'gone'", 1), "a generator");
  }

  private static boolean advised(Path folder, String settings, int workers) throws IOException {
    RunFiles run = finished(folder, "name: 's' steps: 400 " + settings);
    String record = Files.readString(run.record()).replace("}", ", \"workers\": " + workers + "}");
    Files.writeString(run.record(), record);
    return advice(folder, run).contains("student_steps=2");
  }

  /** Guidance is advised where the teacher takes it, and has none. */
  @Test
  void guidanceIsAdvisedWhereItMayBe(@TempDir Path folder) throws IOException {
    NamedModel.write(Tiny.model(1), folder.resolve("savedmodels/t/1"), version -> {});
    assertTrue(guided(folder, "savedmodels/t", ""));
    assertFalse(guided(folder, "savedmodels/t", "guidance: 3"), "it has some");
    assertFalse(guided(folder, "savedmodels/t", "stage { set: 'guidance=2' }"), "at its end");
    assertFalse(guided(folder, "savedmodels/gone", ""), "nobody knows");
    String point = "mixture { component { mean: [0, 0] variance: 1 } }";
    Files.writeString(folder.resolve("point.pbtxt"), point);
    assertFalse(guided(folder, "point.pbtxt", ""), "it takes no label");
  }

  private static boolean guided(Path folder, String teacher, String settings) throws IOException {
    RunFiles run = finished(folder, "name: 's' steps: 400 " + settings);
    Files.writeString(run.inputs(), "teacher " + "0".repeat(64) + "  " + teacher + "\n");
    StringBuilder measures = new StringBuilder();
    for (String model : List.of("STUDENT", "TEACHER")) {
      measures.append("measured { model: " + model + " features: 'eyes' fid: 1 samples: 10000 }\n");
    }
    Files.writeString(run.measures(), measures);
    String said = advice(folder, run);
    assertTrue(said.contains("try a better teacher"), said);
    return said.contains("guidance");
  }

  /** Of a run whose FID stays as it is. */
  private static String advice(Path folder, RunFiles run) throws IOException {
    StringBuilder flat = new StringBuilder();
    for (int step = 99; step < 400; step += 100) {
      flat.append("{\"step\": " + step + ", \"average_0/fid\": 0.3}\n");
    }
    Files.writeString(run.metrics(), flat);
    String said =
        StudentJudgement.of(Workspace.at(folder), folder, false).orElseThrow().sentences().get(1);
    assertTrue(said.contains("no longer improved"), said);
    return said;
  }

  /** An average that was no number is measured nowhere; one that came after counts. */
  @Test
  void numbersThatAreNoneAreLeftOut() {
    List<String> said = said(List.of(), 0.3, Double.NaN, 0.1, 0.1, 0.05);
    assertTrue(said.get(1).contains("still improving, from 0.100 to 0.0500"), said.get(1));
  }
}

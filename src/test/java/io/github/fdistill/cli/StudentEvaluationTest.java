package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.EvaluationConfig;
import io.github.fdistill.config.Measured;
import io.github.fdistill.config.RunMeasures;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.ImageSources;
import io.github.fdistill.data.Split;
import io.github.fdistill.evaluation.Evaluation;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.journal.Metrics;
import io.github.fdistill.run.BestStudent;
import io.github.fdistill.run.RunEvaluation;
import io.github.fdistill.run.RunOrder;
import io.github.fdistill.run.RunPlan;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.workers.Crews;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudentEvaluationTest {
  private static final String[] MEASURED = {
    "steps=4",
    "dataset.flip=true",
    "export_average=1",
    "optimiser.learning_rate=0.01",
    "checkpoint.every_steps=1",
    "evaluation.every_steps=2",
    "evaluation.samples=20",
    "evaluation.references=22",
    "evaluation.features=features",
  };

  @TempDir static Path folder;
  private static Workplace place;

  @BeforeAll
  static void run() throws IOException {
    place = Workplace.withUnet(folder);
    place.write("distill.pbtxt", place.read("distill.pbtxt") + "average { decay: 0 }\n");
    place.pretrain().done();
    place.columnFeatures("features", Workplace.SIDE, "features");
    place.columnFeatures("others", Workplace.SIDE, "features");
    place.columnFeatures("large", 2 * Workplace.SIDE, "features");
    String said = place.train(MEASURED).done();
    assertTrue(said.contains("Best:     runs/student/best  (average_"), said);
  }

  private static double last(double[] values) {
    return values[values.length - 1];
  }

  /** What {@code evaluate} says of a model, to the four digits that it prints. */
  private static double fid(String model) {
    String said =
        place
            .run(
                "evaluate",
                "--quiet",
                model,
                "--samples",
                "20",
                "--references",
                "22",
                "--features",
                "features",
                "--against",
                "data")
            .done();
    assertTrue(said.contains("Against 22 of 24 images"), said);
    return Double.parseDouble(said.replaceAll("(?s).*FID +([-+0-9.eE]+).*", "$1"));
  }

  @Test
  void everyAverageIsMeasuredAsTheCommandMeasuresItsExport() {
    Metrics metrics = Metrics.read(place.path("runs/student/metrics.jsonl"));
    for (String average : List.of("average_0", "average_1")) {
      assertEquals(2, metrics.values().get(average + "/fid").length);
      assertEquals("[1.0, 3.0]", Arrays.toString(metrics.steps().get(average + "/fid")));
      assertEquals(2, metrics.values().get(average + "/accuracy").length);
    }
    double exported = last(metrics.values().get("average_1/fid"));
    assertEquals(exported, fid("savedmodels/student"), 1e-3 * exported);
    double other = last(metrics.values().get("average_0/fid"));
    assertTrue(Math.abs(other - exported) > 2e-3 * exported, "two averages, two students");
  }

  @Test
  void theBestOfAllIsKept() throws IOException {
    Metrics metrics = Metrics.read(place.path("runs/student/metrics.jsonl"));
    double least =
        DoubleStream.concat(
                DoubleStream.of(metrics.values().get("average_0/fid")),
                DoubleStream.of(metrics.values().get("average_1/fid")))
            .min()
            .orElseThrow();
    assertEquals(least, fid("runs/student/best"), 1e-3 * least);
    assertEquals(1, versions().size(), "one only");
    BestStudent best = new BestStudent(place.path("runs/student/best"), written -> {});
    assertEquals(least, best.measured().orElseThrow().getFid());
    assertEquals(22, best.measured().orElseThrow().getReferences());
    Path assets = versions().get(0).resolve("assets.extra");
    String record = Files.readString(assets.resolve("record.json"));
    assertFalse(record.contains("\"ended\""), "the run went on: " + record);
  }

  private static List<Path> versions() throws IOException {
    try (Stream<Path> inside = Files.list(place.path("runs/student/best"))) {
      return inside.toList();
    }
  }

  @Tag("trial")
  @Test
  void aRunThatGoesOnFindsTheSameAgain() throws IOException {
    String metrics = place.read("runs/student/metrics.jsonl");
    String best =
        place.read(
            "runs/student/best/"
                + versions().get(0).getFileName()
                + "/assets.extra/measures.pbtxt");
    for (String lost : List.of("step-00000004", "step-00000003")) {
      Path checkpoint = place.path("runs/student/checkpoints/" + lost);
      if (Files.exists(checkpoint)) {
        AtomicFolder.delete(checkpoint);
      }
    }
    Path kept = place.path("runs/student/checkpoints");
    assertTrue(Files.exists(kept), "the run has checkpoints");
    Files.delete(place.path("runs/student/exported"));
    Files.createDirectories(place.path("runs/student/best/0/variables"));
    place.train(MEASURED).done();
    assertEquals(metrics, place.read("runs/student/metrics.jsonl"));
    assertEquals(
        best,
        place.read(
            "runs/student/best/"
                + versions().get(0).getFileName()
                + "/assets.extra/measures.pbtxt"));
    assertEquals(1, versions().size(), "one that was best before goes, late as it is");
  }

  /** It measures nothing, and what it reads is compared with what the first worker reads. */
  @Test
  void aWorkerThatFollowsDoesNotLoadTheFeatures() throws Exception {
    Workspace workspace = new Workspace(folder);
    EvaluationConfig.Builder config = EvaluationConfig.newBuilder();
    config.setFeatures("features").setSamples(20).setEverySteps(1);
    List<RunPlan.Input> inputs =
        Crews.run(
            2,
            crew -> {
              RunOrder order = RunOrder.of(workspace).with(crew);
              ImageSource images = ImageSources.open(place.path("data"), Split.TRAIN);
              try (RunEvaluation measures =
                  RunEvaluation.open(order, config.build(), "data", images)) {
                if (!crew.leads()) {
                  assertThrows(IllegalStateException.class, measures::prepare);
                }
                return measures.input(workspace);
              }
            });
    assertEquals(inputs.get(0), inputs.get(1));
  }

  /** Which may take minutes. */
  @Test
  void tooFewSamplesAreRefusedBeforeTheReferenceIsMeasured() throws IOException {
    Path elsewhere = Files.createDirectories(folder.resolve("elsewhere"));
    String[] words = {
      "evaluate",
      "--against",
      place.path("data").toString(),
      "--features",
      place.path("features").toString(),
      place.path("data").toString(),
    };
    Workplace other = new Workplace(elsewhere);
    other.run(with(words, "--samples", "3")).failed("FID, samples: 3 images for 3 features");
    assertFalse(Files.exists(elsewhere.resolve(Evaluation.CACHE)), "nothing is measured before");
    other.run(with(words, "--samples", "4")).done();
    assertTrue(Files.exists(elsewhere.resolve(Evaluation.CACHE)));
  }

  private static String[] with(String[] words, String... more) {
    return Stream.concat(Stream.of(words), Stream.of(more)).toArray(String[]::new);
  }

  @Test
  void aReportMeasuresStudentAndTeacher() throws IOException {
    String[] words = {"report", "runs/student", "--measure", "--samples", "20", "--quiet"};
    AtomicFolder.delete(place.path(Evaluation.CACHE));
    place
        .run("report", "runs/student", "--measure", "--samples", "3", "--features", "features")
        .failed("FID, samples: 3 images for 3 features");
    assertFalse(Files.exists(place.path(Evaluation.CACHE)), "nothing is measured before");
    place.run(with(words, "--features", "features,others")).done();
    String measures = place.read("runs/student/measures.pbtxt");
    assertEquals(3, measures.split("features: \"features\"").length - 1, measures);
    assertEquals(3, measures.split("features: \"others\"").length - 1, measures);
    for (String none : List.of("images_per_second", "clip_score", "model: OTHER")) {
      assertFalse(measures.contains(none), "few images, no texts and no model of others: " + none);
    }
    place
        .run(with(words, "--features", "features,large"))
        .failed("large, features: images of 8x8x1");
    assertTrue(measures.contains("model: TEACHER"), measures);
    String page = place.read("runs/student/report.html");
    RunMeasures all =
        Configs.read(
            place.path("runs/student/measures.pbtxt"), RunMeasures.getDefaultInstance(), List.of());
    Measured first = all.getMeasured(0);
    String kid =
        String.format(Locale.ROOT, "%.2f ± %.2f<", first.getKidX1000(), first.getKidX1000Error());
    assertTrue(page.contains(kid), kid);
    for (String part :
        List.of(
            "savedmodels/student/",
            "runs/student/best (one evaluation)",
            "savedmodels/teacher/1 (Heun, 18 steps)",
            "20 samples of each",
            "against 24 training images",
            "times that of savedmodels/teacher/1 (Heun, 18 steps)")) {
      assertTrue(page.contains(part), part);
    }
    // It stays there for the next page.
    place.run("report", "runs/student").done();
    assertTrue(place.read("runs/student/report.html").contains("Measures"));
    assertTrue(
        place.read("runs/student/report.html").contains("kid x1000"), "a curve of each measure");
    place.run("report", "runs/student", "--samples", "20").misused("--samples needs --measure");
    place
        .run(
            "report",
            "runs/teacher",
            "--measure",
            "--features",
            "features",
            "--samples",
            "20",
            "--quiet")
        .done();
    assertTrue(place.read("runs/teacher/report.html").contains("(Heun, 18 steps)"));
  }

  @Test
  void imagesThatAreNoNumbersAreNotMeasuredAndTheRunGoesOn() throws IOException {
    place
        .train(
            "name=lost",
            "optimiser.learning_rate=1e8",
            "evaluation.every_steps=1",
            "evaluation.samples=20",
            "evaluation.features=features")
        .failed("training has diverged");
    String metrics = place.read("runs/lost/metrics.jsonl");
    assertFalse(metrics.contains("fid"), metrics);
    assertFalse(Files.exists(place.path("runs/lost/best")));
    assertEquals(2, Files.readAllLines(place.path("runs/lost/metrics.jsonl")).size());
  }

  @Test
  void whatCannotBeMeasuredIsRefusedBeforeTheFirstStep() {
    refused("evaluation.features=nowhere", "nowhere", "no such folder");
    refused("evaluation.features=large", "evaluation.features: large", "8x8x1");
    refused("evaluation.samples=3", "evaluation.samples", "more than 3");
    refused("evaluation.references=3", "evaluation.references", "more than 3");
    refused("evaluation.references=25", "evaluation.references", "at most 24");
    place
        .train("name=other", "evaluation.every_steps=1")
        .failed("evaluation.features", "nothing", "features network");
    assertFalse(Files.exists(place.path("runs/other")), "nothing was begun");
    place
        .train("evaluation.every_steps=1", "evaluation.features=features")
        .failed("begun with other settings");
  }

  private static void refused(String setting, String... parts) {
    place
        .train("name=other", "evaluation.every_steps=1", "evaluation.features=features", setting)
        .failed(parts);
  }

  /** A student that does not learn is measured six times: then five have brought nothing. */
  @Test
  @Tag("trial")
  void untilAPlateauARunEndsWhereItsMeasuresNoLongerImprove() throws IOException {
    String[] flat = {
      "name=flat",
      "steps=40",
      "optimiser.learning_rate=1e-12",
      "evaluation.every_steps=1",
      "evaluation.samples=20",
      "evaluation.features=features",
      "until=PLATEAU"
    };
    place.train(flat).done();
    assertEquals(6, place.finiteMetrics("flat").size());
    assertTrue(place.read("runs/flat/config.pbtxt").contains("\nsteps: 6\n"));
    String record = place.read("runs/flat/record.json");
    assertTrue(record.contains("\"plateau_step\": 6"), record);
    assertTrue(record.contains("\"measure\": \"average_0/fid\""), record);
    assertTrue(Files.exists(place.path("savedmodels/flat/1/saved_model.pb")));

    place.train(flat).done();
    assertEquals(6, place.finiteMetrics("flat").size(), "it has ended");
    flat[1] = "steps=7";
    flat[6] = "until=STEPS";
    place.train(flat).done();
    assertEquals(7, place.finiteMetrics("flat").size(), "and goes on where that is asked for");
    assertTrue(Files.exists(place.path("savedmodels/flat/2/saved_model.pb")));
  }

  @Test
  void aPlateauNeedsMeasures() {
    place.train("name=other", "until=PLATEAU").failed("until", "evaluation.every_steps");
    place
        .run("train", "--config", "distill.pbtxt", "--until", "bored")
        .failed("--until", "'bored'", "plateau");
  }
}

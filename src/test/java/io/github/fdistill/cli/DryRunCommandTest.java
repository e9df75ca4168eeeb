package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.journal.RunFolder;
import io.github.fdistill.run.DistillJob;
import io.github.fdistill.run.PreparedRun;
import io.github.fdistill.run.RunOrder;
import io.github.fdistill.run.Workspace;
import io.github.fdistill.training.Holdings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --dry-run} checks what the run itself would, makes a step, and writes nothing at all. */
class DryRunCommandTest {
  @TempDir Path folder;
  private Workplace place;
  private List<String> names;
  private String contents;

  @BeforeEach
  void aPlace() throws IOException {
    place = Workplace.create(folder);
    ForeignModel.write(
        place.path("savedmodels/teacher/1"), "denoise", Workplace.SIDE, Workplace.CLASSES, true);
    place.columnFeatures("eyes", Workplace.SIDE, "features");
    look();
  }

  private void look() throws IOException {
    names = names();
    contents = Sha256.ofFolder(folder);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.map(Path::toString).sorted().toList();
    }
  }

  @AfterEach
  void nothingIsWritten() throws IOException {
    assertEquals(names, names());
    assertEquals(contents, Sha256.ofFolder(folder));
  }

  @Test
  void aTrainingThatWouldBegin() {
    String said =
        place
            .train(
                "--dry-run",
                "accumulation_steps=2",
                "evaluation.every_steps=1",
                "evaluation.samples=20",
                "evaluation.features=eyes")
            .done();
    for (String part :
        new String[] {
          "Dry run:  train; nothing is written\n",
          "Reads:    dataset: data\n          teacher: savedmodels/teacher/1\n",
          "          features: eyes\n",
          "runs/student  (begins; 2 steps; batches of 4 images in 2 parts)\n",
          "Model:    savedmodels/student/1\n",
          "Step 1:   fake_score_loss ",
          " seconds a step; 2 steps, ",
          "weights: fake score",
          "activations, 2 at a time",
          "Fits:     batch_size up to about ",
        }) {
      assertTrue(said.contains(part), part + " in " + said);
    }
    for (String two : List.of("--local-workers=2", "--device=cpu:2")) {
      String shared = place.train("--dry-run", two).done();
      assertTrue(shared.contains("batches of 4 images in 1 part, by 2 workers"), shared);
      assertTrue(shared.contains("activations, 2 at a time"), shared);
    }
    place
        .train("--dry-run", "--local-workers=4", "accumulation_steps=2")
        .failed("4 images for 4 workers, 2 parts", "a multiple of 8");
  }

  @Test
  void aMixtureAndStages() throws IOException {
    place.write(
        "mixture.pbtxt",
        """
        image { height: 1 width: 1 channels: 2 }
        mixture { component { weight: 1 mean: [0, 0] variance: 0.04 } }
        """);
    place.write("small.pbtxt", "image { height: 1 width: 1 channels: 2 } mlp { hidden: [8] }");
    place.write(
        "distill.pbtxt",
        """
        name: "student" teacher: "mixture.pbtxt" student: "small.pbtxt" batch_size: 8
        discriminator { channels: 8 }
        stage { steps: 2 } stage { steps: 3 set: "discriminator.r1_weight=0.5" }
        stage {
          steps: 4 set: "optimiser.learning_rate=1e-3"
          set: "fake_score.optimiser.learning_rate=1e-3"
        }
        """);
    look();
    String said = place.train("--dry-run").done();
    assertTrue(said.contains("(begins; 9 steps; "), said);
    assertTrue(said.contains("weights: teacher                          0.0"), said);

    // The third computes as much as the first, and the second more.
    RunOrder order = RunOrder.of(Workspace.at(folder)).tried();
    Path file = place.path("distill.pbtxt");
    DistillConfig config = Configs.read(file, DistillConfig.getDefaultInstance(), List.of());
    List<Holdings> tried = new ArrayList<>();
    try (PreparedRun run = DistillJob.prepare(order, config)) {
      run.rehearse(2, tried::add);
    }
    assertEquals(2, tried.size());
  }

  @Test
  void aTeacherAndFeaturesOfSoManyMinutes() throws IOException {
    place.images("data", "t10k", 10, Workplace.SIDE, Workplace.CLASSES);
    place.write(
        "features.pbtxt",
        """
        name: "features" dataset { path: "data" } steps: 2 batch_size: 4
        classifier { level { channels: 8 blocks: 1 } features: 6 }
        """);
    look();
    String said = place.pretrain("--dry-run", "name=other", "minutes=600").done();
    assertTrue(said.contains("(begins; 600.0 minutes; batches of 4"), said);
    assertTrue(
        said.matches("(?s).* seconds a step; [\\d,]+ steps, (10 h|9 h 59 min|9 h 60 min)\n.*"),
        said);
    said = place.features("--dry-run").done();
    assertTrue(said.contains("Step 1:   loss "), said);
    assertTrue(said.contains("weights: model"), said);
  }

  @Test
  void aRunThatWasBegunAndOneThatIsFinished() throws IOException {
    place.pretrain("name=begun").done();
    look();
    String said = place.pretrain("name=begun", "--dry-run").done();
    assertTrue(said.endsWith("Run:      runs/begun  (finished: savedmodels/begun/1)\n"), said);
    said = place.pretrain("name=begun", "steps=5", "accumulation_steps=2", "--dry-run").done();
    String parts = "(goes on after step 2; 5 steps; batches of 4 images in 2 parts)";
    assertTrue(said.contains(parts), said);
    assertTrue(said.contains("Step 3:   loss "), said);
    assertTrue(said.contains("; 3 steps, "), said);
    assertTrue(said.contains("Model:    savedmodels/begun/2\n"), said);
    String three = "--local-workers=3";
    place.pretrain("name=begun", "--dry-run", three).failed("for 3 workers", "fewer workers: 2");
    place.pretrain("name=begun", "seed=4", "--dry-run", three).failed("remedy: 3 or 6");
    for (String steps : new String[] {"steps=2", "steps=1"}) { // Without effect beside minutes.
      said = place.pretrain("name=begun", steps, "minutes=600", "--dry-run").done();
      assertTrue(said.contains("(goes on after step 2; 600.0 minutes; "), said);
      assertTrue(said.contains("Step 3:   loss "), said);
    }
    said = place.run("rerun", "runs/begun/record.json", "--dry-run").done();
    assertTrue(said.contains("runs/begun-rerun  (begins; 2 steps"), said);

    // What another run has the name of can be tried all the same.
    said = place.pretrain("name=begun", "seed=4", "--dry-run").done();
    String taken = "Name:     runs/begun is taken: the run was begun with other settings: ";
    assertTrue(said.contains(taken) && said.contains("; --set name=... gives another"), said);
    assertTrue(said.contains("(begins; 2 steps; ") && said.contains("Step 1:   loss "), said);
    said = place.pretrain("name=begun", "seed=4", "minutes=0.0001", "--dry-run").done();
    assertTrue(said.contains("(begins; 1.0E-4 minutes; "), "the other took more\n" + said);
    try (RunFolder held = RunFolder.open(place.path("runs/begun"))) {
      assertTrue(Files.exists(held.path()));
      said = place.pretrain("name=begun", "steps=9", "--dry-run").done();
      assertTrue(said.contains("runs/begun is taken: a run is already going on there"), said);
    }
    place.pretrain("name=begun", "--dry-run").done();
    AtomicFolder.delete(place.path("savedmodels/begun"));
    look();
    place.pretrain("name=begun", "steps=1", "--dry-run").failed("has made 2 steps already");
  }

  @Test
  void whatTheRunWouldRefuse() throws IOException {
    place.train("--dry-run", "name=a/b").failed("field name", "'a/b'");
    place.train("--dry-run", "evaluation.every_steps=1", "evaluation.features=gone").failed("gone");
    place.train("--dry-run", "teacher=gone").failed("gone: no such folder");
    place.write("runs", "a file in the way");
    look();
    place.train("--dry-run").failed("runs/student", "cannot be written", "is not a folder");
  }
}

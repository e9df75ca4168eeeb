package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.doctor.Memory;
import io.github.fdistill.files.AtomicFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StagesAndBudgetTest {
  private static final String STAGES =
      """
      stage { steps: 2 set: "discriminator.gan_weight=0" set: "optimiser.learning_rate=0.01" }
      stage { steps: 2 set: "divergence=FORWARD_KL" }
      """;

  @TempDir static Path folder;
  private static Workplace place;

  @BeforeAll
  static void teacher() throws IOException {
    place = Workplace.create(folder);
    place.pretrain().done();
    String config = place.read("distill.pbtxt").replace("steps: 2\n", "");
    place.write("staged.pbtxt", config + "checkpoint { every_steps: 1 keep: 9 }\n" + STAGES);
  }

  private static Workplace.Outcome staged(String... more) {
    String[] words = {"train", "--config", "staged.pbtxt", "--quiet"};
    String[] all = Arrays.copyOf(words, words.length + 2 * more.length);
    for (int i = 0; i < more.length; i++) {
      all[words.length + 2 * i] = "--set";
      all[words.length + 2 * i + 1] = more[i];
    }
    return place.run(all);
  }

  private static byte[] state(String run, int step) throws IOException {
    Path checkpoint = place.path("runs/" + run + "/checkpoints/step-0000000" + step);
    return Files.readAllBytes(checkpoint.resolve("state.data-00000-of-00001"));
  }

  @Tag("trial")
  @Test
  void stagesFollowEachOtherAndAreResumed() throws IOException {
    staged("name=staged").done();
    assertEquals(4, place.finiteMetrics("staged").size());
    assertTrue(place.read("runs/staged/config.pbtxt").contains("steps: 4"));

    // The first is a run with its settings, the second is another.
    place
        .train(
            "name=first",
            "checkpoint.every_steps=1",
            "discriminator.gan_weight=0",
            "optimiser.learning_rate=0.01")
        .done();
    assertArrayEquals(state("first", 2), state("staged", 2));
    place
        .train(
            "name=longer",
            "steps=3",
            "checkpoint.every_steps=1",
            "discriminator.gan_weight=0",
            "optimiser.learning_rate=0.01")
        .done();
    assertFalse(Arrays.equals(state("longer", 3), state("staged", 3)));

    // A run that goes on, in the second stage and at the end of the first, comes to the same.
    byte[] last = state("staged", 4);
    String metrics = place.read("runs/staged/metrics.jsonl");
    for (int from : new int[] {3, 1}) {
      for (int step = from + 1; step <= 4; step++) {
        AtomicFolder.delete(place.path("runs/staged/checkpoints/step-0000000" + step));
      }
      Files.delete(place.path("runs/staged/exported"));
      staged("name=staged").done();
      assertArrayEquals(last, state("staged", 4));
      assertEquals(metrics, place.read("runs/staged/metrics.jsonl"));
    }
  }

  @Test
  void aGanWeightThatRisesIsThatOfEachStep() throws IOException {
    String[] rising = {"discriminator.gan_weight=0.2", "discriminator.gan_growth=3"};
    place.train("name=rising", "checkpoint.every_steps=1", rising[0], rising[1]).done();
    place.write(
        "each.pbtxt",
        place.read("staged.pbtxt").replace(STAGES, "")
            + "stage { steps: 1 set: 'discriminator.gan_weight=0.2' }\n"
            + "stage { steps: 1 set: 'discriminator.gan_weight=0.4' }\n");
    place.run("train", "--config", "each.pbtxt", "--quiet", "--set", "name=each").done();
    assertArrayEquals(state("each", 2), state("rising", 2));
  }

  @Test
  void whatAStageCannotChangeIsRefused() {
    staged("name=other", "steps=5").failed("steps", "found 5", "4, as many as the stages have");
    staged("name=other", "stage[1].set=batch_size=8").failed("stage[1].set", "batch_size: 4");
    staged("name=other", "stage[0].set=optimiser.state=BFLOAT16")
        .failed("stage[0].set", "optimiser.state", "outside the stages");
    staged("name=other", "stage[0].set=nothing=8").failed("nothing", "no field");
    staged("name=other", "optimiser.learning_rate=1", "stage[0].set=optimiser.learning_rate=-1")
        .failed("--set stage[0].set=optimiser.learning_rate=-1: found -1", "change it there");
    staged("name=other", "stage[1].set[0]=alpha=1", "stage[1].set[1]=guidance=-1")
        .failed("--set stage[1].set[1]=guidance=-1: found -1");
    staged("name=other", "stage[0].steps=0").failed("stage[0].steps");
    staged("name=other", "images=100").failed("--set images=100", "a budget beside stages");
  }

  @Test
  void aBudgetOfImagesOrTimeBecomesANumberOfSteps() throws IOException {
    // Three batches of four images a step, whatever was planned before anything was saved.
    place.write("runs/images/config.pbtxt", "images: 47 steps: 9");
    place
        .train(
            "name=images", "images=47", "optimiser.schedule=COSINE", "optimiser.warmup_steps=2000")
        .done();
    assertEquals(3, place.finiteMetrics("images").size(), "fewer than the warm-up has");
    place.run("rerun", "runs/images/record.json", "--quiet").done();
    assertEquals(
        place.read("runs/images/metrics.jsonl"), place.read("runs/images-rerun/metrics.jsonl"));
    AtomicFolder.delete(place.path("runs/images/checkpoints"));
    place.train("name=images", "images=47").failed("runs/images/config.pbtxt", "other settings");
    place.pretrain("name=moment", "minutes=1e-6").done();
    assertEquals(1, place.finiteMetrics("moment").size());

    // A run that goes on is as long as it was when it began, however fast the machine is now.
    String config = place.read("runs/moment/config.pbtxt");
    assertTrue(config.contains("\nsteps: 1\n") && config.contains("minutes: 1.0E-6"), config);
    place.write("runs/moment/config.pbtxt", config.replace("\nsteps: 1\n", "\nsteps: 2\n"));
    place.pretrain("name=moment", "minutes=1e-6").done();
    assertEquals(2, place.finiteMetrics("moment").size());

    // Of another time that is over already nothing is made: the model stays, or is made now.
    String none = place.pretrain("name=moment", "minutes=2e-6", "--dry-run").done();
    assertTrue(none.contains("(finished: savedmodels/moment/"), none);
    String model = place.pretrain("name=moment", "minutes=2e-6").done();
    assertEquals(model, place.pretrain("name=moment", "minutes=1e-6").done());
    AtomicFolder.delete(place.path("savedmodels/moment"));
    String last = place.pretrain("name=moment", "minutes=2e-6", "--dry-run").done();
    assertTrue(last.contains("(goes on after step 2; 2 steps") && last.contains("; 0 steps"), last);
    place.pretrain("name=moment", "minutes=2e-6").done();
    assertTrue(Files.exists(place.path("savedmodels/moment/1/saved_model.pb")));
    assertEquals(2, place.finiteMetrics("moment").size());

    // What is asked for beside a file counts, and not what the file has for it.
    place.write("long.pbtxt", "images: 1000000000\n" + place.read("distill.pbtxt"));
    for (String asked : new String[] {"steps = 2", "minutes=1e-6"}) {
      String name = asked.replaceAll(" *[=.].*", "-of-file");
      place.run("train", "--config", "long.pbtxt", "--set", "name=" + name, "--set", asked).done();
      int steps = place.finiteMetrics(name).size();
      assertTrue(steps <= 2, asked + " made " + steps + " steps");
    }

    place.pretrain("name=other-teacher", "images=14").done();
    assertEquals(3, place.finiteMetrics("other-teacher").size());
    // What cannot be held is not timed: 330 GB of weights, and four times as much beside them.
    String large = "46000,".repeat(39) + "46000";
    place.write("large.pbtxt", Workplace.network(8, 3).replace("[8]", "[" + large + "]"));
    if (Memory.available().isPresent()) {
      place
          .pretrain("--network=large.pbtxt", "name=large", "minutes=1")
          .failed("batch_size: weights, slots, averages and gradients take", "not even one image");
    }
    place.train("name=both", "images=9", "minutes=1").failed("minutes", "one of images and");
    place.train("name=both", "minutes=-1").failed("minutes", "from 0 to below 1000000");
  }

  @Tag("trial")
  @Test
  void moreMinutesLetARunGoOn() throws IOException {
    place.pretrain("name=timed", "minutes=0.004").done();
    int steps = place.finiteMetrics("timed").size();
    place.pretrain("name=timed", "minutes=0.004").done();
    assertEquals(steps, place.finiteMetrics("timed").size(), "its time is over");
    place.pretrain("name=timed", "minutes=0.08").done();
    int more = place.finiteMetrics("timed").size();
    assertTrue(more > steps, more + " after " + steps);
    assertTrue(place.read("runs/timed/config.pbtxt").contains("\nsteps: " + more + "\n"));
  }

  @Test
  void tensorBoardIsToldOfThePicturesAndTheSpreadOfTheRatios() throws IOException {
    String narrow = "picture_every_steps: 1 stage { steps: 2 set: 'noise.sigma_max=3' }";
    place.write("shown.pbtxt", place.read("staged.pbtxt").replace(STAGES, narrow));
    place.run("train", "--config", "shown.pbtxt", "--quiet", "--set", "name=shown").done();
    Path events = place.path("runs/shown/events.out.tfevents.00000001");
    String file = new String(Files.readAllBytes(events), StandardCharsets.ISO_8859_1);
    for (String tag : new String[] {"student/image", "fake_score_loss", "diversity"}) {
      assertTrue(file.contains(tag), tag);
    }
    // Four images of a batch are in one range of noise levels at least.
    for (String number : new String[] {"logit/", "r/", "h/"}) {
      assertTrue(file.matches("(?s).*\\W" + number + "[1-4]_sigma_.*"), number);
    }
    // That of the stage.
    assertTrue(file.contains("4_sigma_0.482_to_3.00"), "four ranges from 0.002 to 3");
    assertFalse(file.contains("_to_80"));
  }
}

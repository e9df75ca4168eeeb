package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.StudyResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudyCommandTest {
  private static final String HEADER = "image { height: 1 width: 1 channels: 2 }\n";

  @TempDir static Path folder;
  private static Workplace place;
  private static String said;

  @BeforeAll
  static void study() throws IOException {
    place = new Workplace(folder);
    place.write(
        "graphs/pair.pbtxt",
        HEADER
            + """
            mixture {
              component { mean: [-0.4, 0] variance: 0.02 }
              component { weight: 2 mean: [0.4, 0] variance: 0.02 }
            }
            """);
    place.write("graphs/net.pbtxt", HEADER + "mlp { hidden: [8] }");
    place.write(
        "graphs/distill.pbtxt",
        """
        name: "mine"
        teacher: "pair.pbtxt"
        student: "net.pbtxt"
        steps: 20
        batch_size: 16
        noise { distribution: LOG_UNIFORM sigma_min: 0.05 sigma_max: 2 }
        student_sigma: 2
        discriminator { feature: "features_1x1" gan_weight: 0 channels: 16 }
        schedule { critic_steps: 1 }
        """);
    place.write(
        "study.pbtxt",
        """
        name: "mine"
        distill: "graphs/distill.pbtxt"
        experiment { name: "pair" title: "A pair & more" text: "Two modes." ratios: true }
        experiment { name: "exact" title: "Exact" text: "r known." set: "ratio.source=EXACT" }
        divergence: [REVERSE_KL, FORWARD_KL]
        seed: 1
        samples: 200
        """);
    said = study("--page", "page").done();
  }

  private static Workplace.Outcome study(String... more) {
    List<String> words = new ArrayList<>(List.of("study", "--quiet"));
    if (more.length == 0 || !more[0].startsWith("--config")) {
      words.addAll(List.of("--config", "study.pbtxt"));
    }
    words.addAll(List.of(more));
    return place.run(words.toArray(String[]::new));
  }

  @Test
  void everyRunIsOnThePage() throws IOException {
    assertTrue(said.contains("page/index.html"), said);
    String html = place.read("page/index.html");
    assertTrue(html.contains("A pair &amp; more") && html.contains("forward KL"), html);
    String markdown = place.read("page/README.md");
    assertTrue(markdown.contains("4 runs"), markdown);
    assertFalse(markdown.contains("NaN"), markdown);
    assertTrue(markdown.contains("The students of reverse KL at step 2 of 20"), markdown);
    for (String figure : new String[] {"pair-samples", "pair-calibration", "exact-samples"}) {
      assertTrue(markdown.contains(figure + ".png"), figure);
      assertTrue(Files.size(place.path("page/" + figure + ".png")) > 1000, figure);
    }
  }

  @Test
  void ratiosAreReadAtATenthOfTheStepsAndAtTheEnd() throws IOException {
    List<Long> steps = new ArrayList<>();
    byte[] result = Files.readAllBytes(place.path("runs/mine/pair-forward-kl-1/result.pb"));
    StudyResult.parseFrom(result).getReadingList().forEach(r -> steps.add(r.getStep()));
    assertEquals(List.of(2L, 20L), steps);
    byte[] other = Files.readAllBytes(place.path("runs/mine/exact-forward-kl-1/result.pb"));
    assertEquals(0, StudyResult.parseFrom(other).getReadingCount());
    String config = place.read("runs/mine/pair-forward-kl-1/config.pbtxt");
    assertFalse(config.contains("precision: AUTO"), "chosen once, for all sessions: " + config);
  }

  @Test
  void finishedRunsStayAndTheOthersGoOn() throws IOException {
    Path result = place.path("runs/mine/pair-forward-kl-1/result.pb");
    byte[] before = Files.readAllBytes(result);
    Path last = place.path("runs/mine/exact-forward-kl-1/result.pb");
    Files.delete(last);
    Path damaged = place.path("runs/mine/exact-reverse-kl-1/result.pb");
    byte[] whole = Files.readAllBytes(damaged);
    Files.writeString(damaged, "This is no protobuf at all.");
    study("--set", "workers=1").failed("cannot be read");
    assertTrue(Files.exists(last), "the failure of one keeps no other from its end");
    Files.write(damaged, whole);
    study("--page", "second page").done();
    assertEquals(-1, java.util.Arrays.mismatch(before, Files.readAllBytes(result)));
    String command = "--page 'second page'"; // As a shell takes it.
    String again = place.read("second page/README.md").replace(command, "--page page");
    assertEquals(place.read("page/README.md"), again);
  }

  @Test
  @Tag("trial")
  void everyRunOfAPageHasTheSamplesAndReadingsThatAreAskedForNow() throws IOException {
    Path result = place.path("runs/mine/pair-forward-kl-1/result.pb");
    study("--set", "samples=100", "--set", "experiment[0].ratios=false", "--page", "fewer").done();
    assertEquals(2 * 100, StudyResult.parseFrom(Files.readAllBytes(result)).getSampleCount());
    assertFalse(place.read("fewer/README.md").contains("ratio and weights"));
    study("--page", "as-before").done();
    assertEquals(2 * 200, StudyResult.parseFrom(Files.readAllBytes(result)).getSampleCount());
    assertTrue(place.read("as-before/README.md").contains("ratio and weights"));
    study("--set", "experiment[0].ratios=false", "--page", "without").done();
    assertFalse(place.read("without/README.md").contains("ratio and weights"));

    study("--set", "experiment[1].ratios=true")
        .failed("exact-reverse-kl-1/early.pb: no such file", "20 steps", "step 2", "remove");
    String config = place.read("runs/mine/pair-reverse-kl-1/config.pbtxt");
    study("--set", "experiment[0].set=steps=40")
        .failed("pair-reverse-kl-1/early.pb: ratios as they were at step 2", "step 4", "remove");
    assertEquals(config, place.read("runs/mine/pair-reverse-kl-1/config.pbtxt"));
  }

  @Test
  void otherSettingsAreNotMixedIn() throws IOException {
    study("--set", "experiment[1].set=noise.sigma_max=3")
        .failed("other settings", "EXACT", "DISCRIMINATOR", "remove");
  }

  @Test
  void wrongInput() throws IOException {
    study("--set", "name=reference-statistics").failed("reference-statistics", "another name");
    study("--set", "divergence=ALPHA").failed("--set divergence=ALPHA", "needed: ");
    study("--set", "samples=1000001").failed("--set samples=1000001", "1 to 1000000");
    study("--set", "steps=40")
        .failed("no field `steps`", "in the file that distill names, or by an experiment's set");
    study("--set", "seed=").failed("--set seed=", "1 or more");
    study("--set", "seed=1,2,1").failed("--set seed=", "1 twice", "each once");
    study("--set", "divergence=JEFFREYS,JEFFREYS").failed("JEFFREYS twice", "each once");
    study("--set", "experiment[1].name=Pair").failed("experiment[1].name", "'Pair'");
    study(
            "--set",
            "experiment[1].name=pair-softened",
            "--set",
            "divergence=SOFTENED_REVERSE_KL,REVERSE_KL")
        .failed("experiment.name", "pair-softened-reverse-kl-1", "each once");
    study("--set", "experiment[0].name=a/b").failed("experiment[0].name", "'a/b'");
    study("--set", "experiment[1].name=pair").failed("experiment[1].name", "'pair'");
    study("--set", "experiment[0].set=teacher=net.pbtxt").failed("net.pbtxt", "a mixture");
    study("--set", "experiment[0].set=nonsense=1").failed("nonsense");
    String set = "experiment[0].set=";
    study("--set", set + "minutes=1").failed("--set " + set + "minutes=1", "have their steps");
    study("--set", set + "images=64").failed("--set " + set + "images=64", "have their steps");
    study("--set", set + "stage[0].steps=20").failed(set + "stage[0].steps=20", "one stage");
    place.write(
        "wrong.pbtxt", place.read("study.pbtxt").replace("ratio.source=EXACT", "guidance=-1"));
    study("--config=wrong.pbtxt").failed("wrong.pbtxt: experiment[1].set, guidance: found -1");
    place.write(
        "wrong.pbtxt",
        place.read("study.pbtxt").replace("ratio.source=EXACT", "ratio.sorce=EXACT"));
    study("--config=wrong.pbtxt").failed("wrong.pbtxt: experiment[1].set, ratio.sorce: no field");
    study("--set", set + "evaluation.every_steps=5,evaluation.features=none,until=PLATEAU")
        .failed("--set " + set + "evaluation.every_steps=5", "by the truth");
    study("--set", set + "optimiser.schedule=COSINE,optimiser.warmup_steps=20")
        .failed("optimiser.warmup_steps", "fewer than steps (20)");
    study("--set", set + "student_steps=2")
        .failed("experiment.ratios of pair", "student_steps 2", "student_steps 1");
    study("--set", "distill=nowhere.pbtxt").failed("nowhere.pbtxt", "no such file");
  }
}

package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.DistillConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is chosen, two steps give finite numbers and a student. */
class DistillOptionsTest {
  /** Each option at least once, as many as go together in one run. */
  private static final String[] RUNS = {
    "divergence=REVERSE_KL noise.distribution=LOG_NORMAL ratio.bins=0",
    "divergence=SOFTENED_REVERSE_KL noise.distribution=LOG_UNIFORM ratio.spacing=LINEAR",
    "divergence=JENSEN_SHANNON noise.distribution=UNIFORM discriminator.network=FAKE_SCORE",
    "divergence=SQUARED_HELLINGER schedule.kind=TOGETHER guidance=2",
    "divergence=FORWARD_KL discriminator.gan_weight=0 fake_score.weighting=EDM",
    "divergence=JEFFREYS discriminator.r1_weight=1 schedule.kind=TOGETHER"
        + " discriminator.network=FAKE_SCORE",
    "divergence=NEYMAN_CHI2 precision=FLOAT32 ratio.decay=0.5 ratio.normalise_weight=false",
    "divergence=ALPHA alpha=2 student_sigma=10 average[1].decay=0.5 export_average=1",
    "export_average=-1 optimiser.schedule=COSINE optimiser.warmup_steps=1 optimiser.clip_norm=1",
    "teacher=savedmodels/teacher guidance=2 picture_every_steps=1"
        + " discriminator.feature=features_8x8,features_4x4"
        + " discriminator.optimiser.schedule=INVERSE_SQRT",
  };

  @TempDir static Path folder;
  private static Workplace place;

  @BeforeAll
  static void teachers() throws IOException {
    place = Workplace.withTwoLevels(folder);
    place.pretrain().done();
    ForeignModel.write(place.path("plain"), "denoise", Workplace.SIDE, Workplace.CLASSES, true);
    place.write("plain/assets.extra/denoiser.pbtxt", "classes: " + Workplace.CLASSES);
  }

  static List<String> runs() {
    return List.of(RUNS);
  }

  @ParameterizedTest
  @MethodSource("runs")
  void givesFiniteNumbersAndAStudent(String settings) throws IOException {
    String name = "run-" + runs().indexOf(settings);
    String[] words = ("name=" + name + " teacher=plain " + settings).split(" ");
    place.train(words).done();
    assertEquals(2, place.finiteMetrics(name).size());
    assertTrue(Files.exists(place.path("savedmodels/" + name + "/1/saved_model.pb")));
  }

  @Test
  void everyDivergenceAndNoiseIsAmongThem() {
    String all = String.join(" ", RUNS) + " ";
    for (DistillConfig.Divergence divergence : DistillConfig.Divergence.values()) {
      assertTrue(all.contains("divergence=" + divergence + " "), divergence.name());
    }
  }

  @Test
  void aNegativePromptNeedsATeacherThatReadsTexts() {
    place
        .train("name=away", "teacher=plain", "guidance=2", "negative_prompt=bad")
        .failed("negative_prompt", "reads no texts");
  }

  @Test
  void aTeacherOfAllThatAUnetCanHave() throws IOException {
    String network = Workplace.unet(Workplace.SIDE, Workplace.CLASSES);
    String more = "unet { dropout: 0.2 patch: 2 attention_resolution: 4 ";
    place.write("other.pbtxt", network.replace("unet { ", more));
    place.pretrain("--network=other.pbtxt", "precision=FLOAT32", "name=other").done();
    assertEquals(2, place.finiteMetrics("other").size());
  }

  @Test
  void aTeacherWithoutClasses() throws IOException {
    place.write("unlabelled.pbtxt", Workplace.unet(Workplace.SIDE, 0));
    place.pretrain("--network=unlabelled.pbtxt", "name=unlabelled").done();
    assertEquals(2, place.finiteMetrics("unlabelled").size());
    assertTrue(Files.exists(place.path("runs/unlabelled/samples.png")));
  }
}

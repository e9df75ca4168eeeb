package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DiscriminatorConfig;
import io.github.fdistill.config.DiscriminatorConfig.FirstWeights;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.DistillConfig.Divergence;
import io.github.fdistill.config.FakeScoreConfig;
import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.RatioConfig;
import io.github.fdistill.config.SettingChecks;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.network.DiscriminatorHead;
import io.github.fdistill.network.TimedSchedules;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;

/** The settings of published runs, which nobody runs to their end here. */
class PublishedRunsTest {
  @TempDir Path folder;

  private static DistillConfig read(String name) {
    Path file = Path.of("graphs").resolve(name);
    DistillConfig config = Configs.read(file, DistillConfig.getDefaultInstance(), List.of());
    SettingChecks.check(file, config);
    return config;
  }

  @ParameterizedTest
  @CsvSource({
    "cifar10, edm-cifar10-32x32-cond-vp, cifar-10-binary.tar.gz",
    "imagenet-64, edm-imagenet-64x64-cond-adm, imagenet-64x64.zip"
  })
  void whatIsToBeBroughtIsToldWithTheCommand(String graphs, String teacher, String images)
      throws IOException {
    Workplace place = Workplace.create(folder);
    for (String name : List.of("f-distill.pbtxt", "dmd2.pbtxt")) {
      Path config = Path.of("graphs", graphs, name).toAbsolutePath();
      place
          .run("train", "--config", config.toString(), "--dry-run")
          .failed(
              ": teacher: savedmodels/" + teacher,
              "./fdistill import " + teacher + ".pkl --name " + teacher,
              ": dataset.path: datasets/" + images,
              "nothing is downloaded");
    }
  }

  /** DMD2 is reverse KL, and all else as beside it, but of XL the rates. */
  @ParameterizedTest
  @CsvSource({
    "cifar10, FORWARD_KL",
    "imagenet-64, JENSEN_SHANNON",
    "sd15, JENSEN_SHANNON",
    "sdxl, JENSEN_SHANNON"
  })
  void dmd2DiffersByItsDivergence(String graphs, Divergence divergence) {
    DistillConfig ours = read(graphs + "/f-distill.pbtxt");
    DistillConfig dmd2 = read(graphs + "/dmd2.pbtxt");
    assertEquals(divergence, ours.getDivergence());
    assertEquals(FirstWeights.UNIFORM, ours.getDiscriminator().getFirstWeights());
    assertEquals(RatioConfig.Spacing.LINEAR, ours.getRatio().getSpacing());
    assertEquals(Divergence.REVERSE_KL, dmd2.getDivergence());
    DistillConfig.Builder same = dmd2.toBuilder();
    same.setDivergence(divergence).setName(ours.getName());
    if (graphs.equals("sdxl")) {
      same.getOptimiserBuilder().setLearningRate(5e-7);
      same.getFakeScoreBuilder().getOptimiserBuilder().setLearningRate(5e-7);
      same.getDiscriminatorBuilder().getOptimiserBuilder().setLearningRate(5e-7);
    }
    assertEquals(ours, same.build());
  }

  /** Of XL there is more to learn, by smaller steps, and the fake score learns as it predicts. */
  @Test
  void xlDiffersFromStableDiffusion15AsPublished() {
    for (String name : List.of("f-distill", "dmd2")) {
      DistillConfig xl = read("sdxl/" + name + ".pbtxt");
      DistillConfig small = read("sd15/" + name + ".pbtxt");
      double rate = name.equals("dmd2") ? 5e-5 : 5e-7;
      DistillConfig.Builder as = small.toBuilder();
      as.setName(xl.getName()).setTeacher(xl.getTeacher()).setTeacherSource(xl.getTeacherSource());
      as.setDataset(xl.getDataset());
      as.setSteps(25_000 / 5).setBatchSize(6).clearAccumulationSteps();
      as.getScheduleBuilder().setCriticSteps(5 - 1);
      as.setPrecision(Precision.FLOAT32).setGuidance(8);
      as.getOptimiserBuilder().setLearningRate(rate);
      as.getFakeScoreBuilder()
          .setWeighting(FakeScoreConfig.Weighting.EPSILON)
          .getOptimiserBuilder()
          .setLearningRate(rate);
      as.getDiscriminatorBuilder().setGanWeight(5e-3).getOptimiserBuilder().setLearningRate(rate);
      as.getCheckpointBuilder().setEverySteps(2000 / 5);
      as.setPictureEverySteps(2000 / 5);
      assertEquals(as.build(), xl);
    }
  }

  /** sigma of a share t of 1000 steps from 0.001 to 0.999, by the product of 1 - beta. */
  @ParameterizedTest
  @ValueSource(strings = {"sd15", "sdxl"})
  void theLevelsOfLatentsAreThoseOfStepsOneToLast(String graphs) {
    DistillConfig config = read(graphs + "/f-distill.pbtxt");
    NoiseConfig noise = config.getNoise();
    double kept = 1;
    double first = 0;
    for (int t = 0; t < 1000; t++) {
      double root = Math.sqrt(0.00085) + t / 999.0 * (Math.sqrt(0.012) - Math.sqrt(0.00085));
      kept *= 1 - root * root;
      first = t == 1 ? Math.sqrt(1 / kept - 1) : first;
    }
    double last = Math.sqrt(1 / kept - 1);
    assertEquals(first, noise.getSigmaMin(), 1e-4);
    assertEquals(last, noise.getSigmaMax(), 1e-4);
    assertEquals(last, config.getStudentSigma(), 1e-4);
    try (TestGraph g = new TestGraph()) {
      Expr ends = Expr.of(g.tf, g.tf.constant(new float[] {0, 1}));
      Expr levels = TimedSchedules.of(noise).levels(ends, noise.getSigmaMin(), noise.getSigmaMax());
      assertArrayEquals(new float[] {(float) first, (float) last}, g.value(levels), 1e-4f);
    }
    assertEquals(NoiseConfig.Distribution.TIME_UNIFORM, noise.getDistribution());
  }

  /** For each 4x4 convolution of C channels 16 C^2 + 3 C numbers, for each logit C + 1. */
  @Test
  void theHeadsAreAsLargeAsThePublishedOnes() {
    Map<String, Shape> cifar = new LinkedHashMap<>();
    cifar.put("features_32x32", Shape.of(32, 32, 256));
    cifar.put("features_16x16", Shape.of(16, 16, 256));
    cifar.put("features_8x8", Shape.of(8, 8, 256));
    assertEquals(
        (4 + 3 + 2) * (16 * 256 * 256 + 3 * 256) + 3 * (256 + 1),
        parameters("cifar10/f-distill.pbtxt", cifar));
    assertEquals(
        2 * (16 * 768 * 768 + 3 * 768) + 768 + 1,
        parameters("imagenet-64/f-distill.pbtxt", Map.of("features_8x8", Shape.of(8, 8, 768))));
  }

  private static long parameters(String config, Map<String, Shape> maps) {
    DiscriminatorConfig d = read(config).getDiscriminator();
    assertEquals(List.copyOf(maps.keySet()), d.getFeatureList());
    var width = new DiscriminatorHead.Width(d.getChannels(), d.getGroups(), d.getLayers());
    return DiscriminatorHead.build(maps, width, 1).function().parameters().size();
  }
}

package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.DatasetConfig;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.DenoiserMapping.Prediction;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.FeaturesConfig;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.NoiseConfig;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.config.RowInput;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.MadeImages;
import io.github.fdistill.data.Mirrored;
import io.github.fdistill.data.Relabelled;
import io.github.fdistill.diffusion.StudentSteps;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.Drawable;
import io.github.fdistill.training.Tiny;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;

class FitsTest {
  private static final Path FILE = Path.of("distill.pbtxt");

  /** Of latents that come mirrored, or told with captions, the deviation is looked at too. */
  @Test
  void aDatasetIsOfLatentsHoweverItsRowsAreMade() {
    for (int channels : new int[] {3, 4}) {
      ImageSource images = new MadeImages(2, 8, 8, channels, 1, (index, into, offset) -> {});
      assertEquals(channels == 4, Drawable.seenAsLatents(images));
      assertEquals(channels == 4, Drawable.seenAsLatents(new Mirrored(images)));
    }
  }

  /** What can be done is told: choosing others is the last of it. */
  @Test
  void whatDoesNotFitIsToldWithWhatHelps() {
    StudentModel model = Tiny.model(1).named(List.of("cat", "dog", "owl"));
    ImageSource two = new MadeImages(2, 8, 8, 1, 2, (index, into, offset) -> {});
    assertMisfit(
        model, new Relabelled(two, new int[] {0, 1}, List.of("owl", "cat")), ".classes.txt");
    assertMisfit(
        model, new Relabelled(two, new int[] {0, 1}, List.of("owl", "cow")), "the same cl");
    assertMisfit(model, two, "the same classes");
    DenoiserModel any = Tiny.model(1);
    Shape first = Shape.of(1, 8, 8);
    DenoiserModel turned =
        new DenoiserModel("net", any.function(), any.weights(), any.info(), first);
    assertMisfit(turned, two, "say layout: NCHW");
  }

  private static void assertMisfit(StudentModel model, ImageSource images, String remedy) {
    InputException refused =
        assertThrows(InputException.class, () -> Fits.requireFits("teacher", model, images));
    assertTrue(refused.getMessage().contains(remedy), refused.getMessage());
  }

  @Test
  void rowsThatNobodyReadsAreRefused() {
    DatasetConfig dataset =
        DatasetConfig.newBuilder()
            .setPath("images")
            .addByRow(RowInput.newBuilder().setInput("vector"))
            .build();
    Conditioning label = Conditioning.ofClasses(3);
    InputException refused =
        assertThrows(
            InputException.class,
            () -> Fits.requireTaken(FILE, "dataset", dataset, "teacher", label));
    assertTrue(refused.getMessage().contains("'vector', and teacher takes label [N] int32"));
    DatasetConfig.Builder labels = dataset.toBuilder();
    labels.getByRowBuilder(0).setInput("label");
    Fits.requireTaken(FILE, "dataset", labels.build(), "teacher", label);
    PretrainConfig.Builder settings = PretrainConfig.newBuilder().setName("a").setDataset(dataset);
    refused =
        assertThrows(
            InputException.class,
            () -> PretrainJob.run(new Workspace(Path.of("")), settings.build(), Tiny.network()));
    assertTrue(refused.getMessage().contains("dataset.by_row"), refused::getMessage);
    FeaturesConfig.Builder features = FeaturesConfig.newBuilder().setTestDataset(dataset);
    refused =
        assertThrows(
            InputException.class,
            () -> ClassifierInputs.open(new Workspace(Path.of("")), FILE, features.build()));
    assertTrue(refused.getMessage().contains("test_dataset.by_row"), refused::getMessage);
  }

  /** They are the student's for good: a stage with other noise does not change them. */
  @Test
  void theLevelsOfSeveralStepsAreSaidOnceAndStay() {
    DenoiserModel any = Tiny.model(1);
    DenoiserInfo info = any.info().toBuilder().setSigmaMin(0.01).setSigmaMax(20).build();
    DenoiserModel teacher = any.with(info);
    DistillConfig.Builder config = DistillConfig.newBuilder().setStudentSteps(3);
    DistillConfig known = KnownNoise.of(teacher).within(FILE, config.build(), any);
    double high = Math.pow(20, 1 / 7.0);
    double low = Math.pow(0.01, 1 / 7.0);
    assertEquals(2, known.getStudentLevelCount());
    assertEquals(Math.pow(high + (low - high) / 3, 7), known.getStudentLevel(0), 1e-9);
    DistillConfig.Builder later = known.toBuilder();
    later.getNoiseBuilder().setSigmaMin(1);
    assertEquals(StudentSteps.of(known), StudentSteps.of(later.build()));

    DistillConfig given = known.toBuilder().clearStudentLevel().addStudentLevel(5).build();
    given = given.toBuilder().setStudentSteps(2).build();
    DistillConfig same = KnownNoise.of(teacher).within(FILE, given, any);
    assertEquals(List.of(5.0), same.getStudentLevelList());
    assertEquals(0, known.getNoise().getClipMin(), "of levels that have ends nothing is clipped");
    NoiseConfig.Builder normal = NoiseConfig.newBuilder();
    normal.setDistribution(NoiseConfig.Distribution.LOG_NORMAL);
    DistillConfig drawn =
        KnownNoise.of(teacher)
            .within(FILE, DistillConfig.newBuilder().setNoise(normal).build(), any);
    assertEquals(0.01, drawn.getNoise().getClipMin());
    assertEquals(20, drawn.getNoise().getClipMax());
    assertSame(drawn, KnownNoise.of(teacher).within(FILE, drawn, any));
    DistillConfig ofEdm =
        KnownNoise.of(any).within(FILE, DistillConfig.newBuilder().setNoise(normal).build(), any);
    assertEquals(normal.build(), ofEdm.getNoise(), "EDM's networks learnt on levels beyond");

    for (NoiseConfig.Builder alone :
        List.of(
            normal.clone().setSigmaMax(0.01),
            NoiseConfig.newBuilder().setSigmaMin(30),
            normal.clone().setClipMax(0.005),
            normal.clone().setClipMin(20))) {
      DistillConfig one = DistillConfig.newBuilder().setNoise(alone).build();
      InputException refused =
          assertThrows(
              InputException.class, () -> KnownNoise.of(teacher).within(FILE, one, any), "" + one);
      String end = alone.hasSigmaMax() || alone.hasClipMax() ? "_max: found" : "_min: found";
      assertTrue(refused.getMessage().contains(end), refused.getMessage());
      assertTrue(refused.getMessage().contains("than"), refused.getMessage());
    }

    assertPretrainedWithinItsSchedule(normal.build());

    DistillConfig one = known.toBuilder().clearStudentLevel().setStudentSteps(1).build();
    assertSame(one, KnownNoise.of(teacher).within(FILE, one, any));
  }

  /** Of DDPM's linear betas; a network of EDM has a time for every level. */
  private static void assertPretrainedWithinItsSchedule(NoiseConfig normal) {
    PretrainConfig.Builder config = PretrainConfig.newBuilder();
    NetworkConfig.Builder ddpm = Tiny.network().toBuilder();
    KnownNoise any = KnownNoise.of(ddpm.build(), FILE);
    ddpm.getConventionBuilder().setPredicts(Prediction.EPSILON).getDdpmBuilder().setSteps(1000);
    KnownNoise known = KnownNoise.of(ddpm.build(), FILE);
    assertEquals(0.01, known.within(FILE, config.build()).getNoise().getSigmaMin(), 1e-5);
    assertEquals(80, known.within(FILE, config.build()).getNoise().getSigmaMax());
    assertEquals(config.build(), any.within(FILE, config.build()));
    NoiseConfig drawn = known.within(FILE, config.setNoise(normal).build()).getNoise();
    assertEquals(0.01, drawn.getClipMin(), 1e-5);
    config.clearNoise().getNoiseBuilder().setSigmaMin(0.005).setSigmaMax(200);
    assertEquals(config.build(), any.within(FILE, config.build()));
    InputException refused =
        assertThrows(InputException.class, () -> known.within(FILE, config.build()));
    assertTrue(refused.getMessage().contains("noise.sigma_max"), refused::getMessage);
    assertTrue(refused.getMessage().contains("up to 157"), refused::getMessage);
  }
}

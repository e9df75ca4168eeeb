package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.data.Batches;
import io.github.fdistill.data.MadeImages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A distillation without images. */
class PromptsAloneTest {
  @TempDir Path folder;

  private Map<String, float[]> trained(String dataset, Batches batches) throws IOException {
    DistillConfig.Builder config =
        Tiny.config().setSteps(2).setDivergence(DistillConfig.Divergence.REVERSE_KL);
    config.getDiscriminatorBuilder().setGanWeight(0);
    config.getScheduleBuilder().setCriticSteps(1);
    config.getDatasetBuilder().setPath(dataset);
    try (Distillation d = Tiny.smallDistillation(config)) {
      TrainingLoop.Outcome outcome =
          d.graph().run(batches, Tiny.outputs(folder.resolve(dataset)), () -> false);
      assertEquals(2, outcome.step());
      boolean alone = dataset.endsWith(".txt");
      assertEquals(!alone, outcome.last().containsKey(Reading.DISCRIMINATOR_LOSS));
      assertEquals(!alone, outcome.last().containsKey(Reading.GAN_LOSS));
      return StateValues.of(d.state(), d.session());
    }
  }

  /**
   * The weight of reverse KL is 1 for every ratio, and without a GAN loss the images reach the
   * discriminator alone: without them student and fake score are the very same, and the
   * discriminator stays as it was.
   */
  @Test
  void studentAndFakeScoreAreThoseThatThereWouldBeBesideImages() throws IOException {
    Batches none =
        new Batches(
            new MadeImages(
                10,
                8,
                8,
                1,
                Tiny.CLASSES,
                (index, into, offset) -> Arrays.fill(into, offset, offset + 64, 0)),
            Tiny.BATCH,
            5);
    Map<String, float[]> beside = trained("images", Tiny.batches());
    Map<String, float[]> alone = trained("prompts.txt", none);
    for (String network : new String[] {"student", "fake_score"}) {
      String weights = network + "/weights";
      assertArrayEquals(beside.get(weights), alone.get(weights), 1e-6f, weights);
    }
    assertFalse(
        Arrays.equals(beside.get("discriminator/weights"), alone.get("discriminator/weights")));
    assertFalse(alone.containsKey("discriminator/m"), "the discriminator is not trained");
  }
}

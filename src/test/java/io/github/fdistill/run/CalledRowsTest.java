package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DiscriminatorConfig;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.RatioConfig;
import io.github.fdistill.config.StageConfig;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.training.Models;
import io.github.fdistill.training.Tiny;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class CalledRowsTest {
  private static final Path FILE = Path.of("distill.pbtxt");
  private static final DenoiserModel ANY = Tiny.model(1);

  private static DenoiserModel taking(int rows) {
    return ANY.with(ANY.info().toBuilder().setRows(rows).build());
  }

  private static Models teacher(int rows) {
    return new Models(taking(rows), ANY, ANY);
  }

  private static Models student(int rows) {
    return new Models(ANY, taking(rows), ANY);
  }

  private static Models fakeScore(int rows) {
    return new Models(ANY, ANY, taking(rows));
  }

  private static DistillConfig.Builder parts(int count) {
    return DistillConfig.newBuilder().setBatchSize(12).setAccumulationSteps(count);
  }

  private static void taken(DistillConfig.Builder config, int workers, Models models) {
    CalledRows.require(FILE, config.build(), workers, models);
  }

  private static void refused(
      DistillConfig.Builder config, int workers, Models models, String... said) {
    String message =
        assertThrows(InputException.class, () -> taken(config, workers, models)).getMessage();
    for (String part : said) {
      assertTrue(message.contains(part), message);
    }
  }

  @Test
  void whatCountsIsAPartOfABatch() {
    taken(parts(1), 1, teacher(0));
    taken(parts(1), 1, teacher(24));
    refused(parts(1), 1, teacher(23), "batch_size", "at most 11,", "accumulation_steps: 2");
    taken(parts(2), 1, teacher(12));
    taken(parts(1), 2, teacher(12));
    refused(parts(1), 2, teacher(11), "at most 10", "accumulation_steps: 2");
    refused(parts(1), 1, teacher(1), "at most 0");
    taken(parts(1 << 30), 8, teacher(12));
  }

  @Test
  void whatR1MovesGoesThroughItsNetworkWithTheOthers() {
    DistillConfig.Builder later =
        parts(1)
            .addStage(StageConfig.newBuilder().setSteps(1))
            .addStage(StageConfig.newBuilder().setSteps(1).addSet("discriminator.r1_weight=1"));
    refused(later, 1, teacher(35), "at most 11", "mapping of the teacher", "an image takes 3");
    taken(later, 1, teacher(36));
    taken(later, 1, fakeScore(12));
    later.getDiscriminatorBuilder().setNetwork(DiscriminatorConfig.Network.FAKE_SCORE);
    taken(later, 1, teacher(24));
    refused(later, 1, fakeScore(23), "at most 11", "mapping of the fake score", "image takes 2");
    taken(later, 1, fakeScore(24));
  }

  /** The network that takes the fewest images is the one that is told of. */
  @Test
  void studentAndFakeScoreTakeEachImageOnce() {
    taken(parts(1), 1, student(12));
    refused(parts(1), 1, student(11), "at most 11", "mapping of the student", "image takes 1");
    Models all = new Models(taking(12), taking(5), taking(20));
    refused(parts(1), 1, all, "at most 5", "of the student says rows: 5", "accumulation_steps: 3");
    assertEquals(OptionalInt.of(5), CalledRows.most(all, parts(1).build()));
    assertEquals(OptionalInt.empty(), CalledRows.most(student(0), parts(1).build()));
    DistillConfig.Builder exact = parts(1);
    exact.getRatioBuilder().setSource(RatioConfig.Source.EXACT).setExactSamples(100);
    refused(exact, 1, student(99), "ratio.exact_samples", "at most 99");
    taken(exact, 1, student(100));
  }

  /** Three fake scores have a third of the rows each, and a part has as many for each of them. */
  @Test
  void partsThatAreNamedHaveAsManyRowsForEachStep() {
    DistillConfig.Builder three = parts(1).setBatchSize(24).setStudentSteps(3);
    refused(three, 1, teacher(8), "at most 3,", "accumulation_steps: 8");
    DistillConfig.Builder two = parts(1).setBatchSize(20).setStudentSteps(2);
    refused(two, 1, teacher(12), "at most 6,", "accumulation_steps: 5");
    taken(three.setAccumulationSteps(8), 1, teacher(8));
    taken(three.setAccumulationSteps(1), 1, fakeScore(8));
    refused(three, 1, fakeScore(7), "at most 21,", "and 3 images take 1", "accumulation_steps: 2");
  }
}

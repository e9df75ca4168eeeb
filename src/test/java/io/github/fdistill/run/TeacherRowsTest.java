package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DiscriminatorConfig;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.StageConfig;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.training.Tiny;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TeacherRowsTest {
  private static final Path FILE = Path.of("distill.pbtxt");

  private static DenoiserModel taking(int rows) {
    DenoiserModel any = Tiny.model(1);
    return any.with(any.info().toBuilder().setRows(rows).build());
  }

  private static DistillConfig.Builder parts(int count) {
    return DistillConfig.newBuilder().setBatchSize(12).setAccumulationSteps(count);
  }

  private static void refused(DistillConfig.Builder config, int workers, int rows, String... said) {
    String message =
        assertThrows(
                InputException.class,
                () -> TeacherRows.require(FILE, config.build(), workers, taking(rows)))
            .getMessage();
    for (String part : said) {
      assertTrue(message.contains(part), message);
    }
  }

  @Test
  void whatCountsIsAPartOfABatch() {
    TeacherRows.require(FILE, parts(1).build(), 1, Tiny.model(1));
    TeacherRows.require(FILE, parts(1).build(), 1, taking(24));
    refused(parts(1), 1, 23, "batch_size", "at most 11", "accumulation_steps: 2");
    TeacherRows.require(FILE, parts(2).build(), 1, taking(12));
    TeacherRows.require(FILE, parts(1).build(), 2, taking(12));
    refused(parts(1), 2, 11, "at most 10", "accumulation_steps: 2");
    refused(parts(1), 1, 1, "at most 0");
    TeacherRows.require(FILE, parts(1 << 30).build(), 8, taking(12));
  }

  @Test
  void whatR1MovesGoesThroughTheTeacherWithTheOthers() {
    DistillConfig.Builder later =
        parts(1)
            .addStage(StageConfig.newBuilder().setSteps(1))
            .addStage(StageConfig.newBuilder().setSteps(1).addSet("discriminator.r1_weight=1"));
    assertEquals(3, TeacherRows.each(later.build()));
    refused(later, 1, 35, "at most 11", "an image takes 3");
    TeacherRows.require(FILE, later.build(), 1, taking(36));
    later.getDiscriminatorBuilder().setNetwork(DiscriminatorConfig.Network.FAKE_SCORE);
    TeacherRows.require(FILE, later.build(), 1, taking(24));
  }
}

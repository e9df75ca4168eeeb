package io.github.fdistill.study;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.DistillConfig.Divergence;
import io.github.fdistill.config.StudyResult;
import io.github.fdistill.diffusion.GaussianMixture;
import io.github.fdistill.report.Table;
import io.github.fdistill.study.StudyPage.Experiment;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A claim shows only where the runs do. */
class ClaimsTest {
  private static final GaussianMixture MIXTURE =
      new GaussianMixture(
          new double[] {0.5, 0.5},
          new double[][] {{0, 0}, {1, 0}},
          new double[][] {{1, 1}, {1, 1}});

  /** A run whose samples lie on the first mode, but for so many on the second. */
  private static FinishedRun run(Divergence divergence, int onSecond) {
    StudyResult.Builder result = StudyResult.newBuilder();
    for (int i = 0; i < 10; i++) {
      result.addSample(i < onSecond ? 1 : 0).addSample(0);
    }
    DistillConfig config = DistillConfig.newBuilder().setDivergence(divergence).build();
    return new FinishedRun(config, MIXTURE, result.build());
  }

  private static String verdict(int reverse, int otherReverse, int forward, int otherForward) {
    Experiment experiment =
        new Experiment(
            "two",
            "Two",
            "two modes",
            List.of(
                run(Divergence.REVERSE_KL, reverse),
                run(Divergence.REVERSE_KL, otherReverse),
                run(Divergence.FORWARD_KL, forward),
                run(Divergence.FORWARD_KL, otherForward)));
    Table table = Claims.table(List.of(experiment));
    assertEquals(1, table.rows().size());
    List<String> row = table.rows().get(0);
    return row.get(row.size() - 1);
  }

  @Test
  void aDifferenceLargerThanTheSeedsShows() {
    assertEquals("yes", verdict(1, 2, 4, 5));
  }

  @Test
  void aDifferenceWithinTheSeedsDoesNot() {
    assertEquals("no difference", verdict(1, 5, 2, 5));
  }

  @Test
  void theOppositeIsSaidToBeSo() {
    assertEquals("no, the opposite", verdict(5, 4, 1, 1));
  }
}

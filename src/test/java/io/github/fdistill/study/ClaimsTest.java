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
    return verdict(
        run(Divergence.REVERSE_KL, reverse),
        run(Divergence.REVERSE_KL, otherReverse),
        run(Divergence.FORWARD_KL, forward),
        run(Divergence.FORWARD_KL, otherForward));
  }

  private static String verdict(FinishedRun... runs) {
    Experiment experiment = new Experiment("two", "Two", "two modes", List.of(runs));
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
  void oneSeedTellsNothing() {
    FinishedRun reverse = run(Divergence.REVERSE_KL, 1);
    FinishedRun forward = run(Divergence.FORWARD_KL, 5);
    assertEquals("one seed does not tell", verdict(reverse, forward));
    assertEquals("one seed does not tell", verdict(reverse, forward, forward), "of one of them");
    assertEquals("one seed does not tell", Claims.known(Summary.of(0.95)));
  }

  @Test
  void aCorrelationAboutNoneIsNoKnowledge() {
    assertEquals("yes", Claims.known(Summary.of(0.95, 0.97)));
    assertEquals("in part", Claims.known(Summary.of(0.5, 0.7)));
    assertEquals("no", Claims.known(Summary.of(-0.1, 0.2)));
    assertEquals("no", Claims.known(Summary.of(-0.5, -0.7)));
    assertEquals("no", Claims.known(Summary.of(Double.NaN, 0.7)), "logits that are all alike");
  }

  @Test
  void theOppositeIsSaidToBeSo() {
    assertEquals("no, the opposite", verdict(5, 4, 1, 1));
  }
}

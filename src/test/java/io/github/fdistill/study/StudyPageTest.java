package io.github.fdistill.study;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.DistillConfig.Divergence;
import io.github.fdistill.config.StudyResult;
import io.github.fdistill.diffusion.GaussianMixture;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StudyPageTest {
  private static final GaussianMixture MIXTURE =
      new GaussianMixture(new double[] {1}, new double[][] {{0, 0}}, new double[][] {{1, 1}});

  /** The page of experiments, each with a student of so many steps. */
  private static String page(int... steps) {
    List<StudyPage.Experiment> all =
        IntStream.of(steps)
            .mapToObj(
                count -> {
                  DistillConfig c = DistillConfig.newBuilder().setStudentSteps(count).build();
                  StudyResult samples = StudyResult.newBuilder().addSample(0).addSample(0).build();
                  FinishedRun run = new FinishedRun(c, MIXTURE, samples);
                  return new StudyPage.Experiment("of-" + count, "Title", "text", List.of(run));
                })
            .toList();
    return StudyPage.of("./fdistill study", all).markdown();
  }

  @Test
  void studentsAreOfTheStepsThatTheyHave() {
    String one = page(1);
    assertTrue(one.contains("One-step students of teachers"), one);
    assertTrue(one.contains("each divergence's one-step student (first seed)"), one);
    String both = page(2, 1);
    assertTrue(both.contains("Students of teachers") && !both.contains("One-step"), both);
    assertTrue(both.contains("each divergence's student of 2 steps (first seed)"), both);
    assertTrue(both.contains("each divergence's one-step student (first seed)"), both);
    assertFalse(page(2).contains("ne-step"));
  }

  @Test
  void divergencesAndSeedsAreCounted() {
    String one = page(1);
    assertTrue(one.contains("with one divergence and one seed, which does not tell"), one);
    assertFalse(one.contains("several") || one.contains("every") || one.contains("±"), one);
    StudyResult samples = StudyResult.newBuilder().addSample(0).addSample(0).build();
    List<FinishedRun> runs = new ArrayList<>();
    for (int run = 0; run < 4; run++) {
      Divergence divergence = run % 2 == 0 ? Divergence.REVERSE_KL : Divergence.FORWARD_KL;
      DistillConfig c = DistillConfig.newBuilder().setDivergence(divergence).build();
      runs.add(new FinishedRun(c, MIXTURE, samples));
    }
    var experiment = new StudyPage.Experiment("of-two", "Title", "text", runs);
    String both = StudyPage.of("./fdistill study", List.of(experiment)).markdown();
    assertTrue(both.contains("with 2 divergences and 2 seeds of each; numbers are means"), both);
  }
}

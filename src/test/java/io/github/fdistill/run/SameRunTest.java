package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.journal.RunFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that may be measured on the way at one time and not at another. */
class SameRunTest {
  private static final RunPlan.Input IMAGES = input("dataset", 'a');
  private static final RunPlan.Input EYES = input("features", 'b');

  @TempDir Path folder;

  private static RunPlan.Input input(String role, char digit) {
    return new RunPlan.Input(role, "path/to/" + role, String.valueOf(digit).repeat(64));
  }

  private static RunPlan plan(int everySteps, RunPlan.Input... inputs) {
    return plan(everySteps, 100, inputs);
  }

  private static RunPlan plan(int everySteps, int samples, RunPlan.Input... inputs) {
    DistillConfig.Builder config = DistillConfig.newBuilder().setName("student");
    config.getEvaluationBuilder().setEverySteps(everySteps).setFeatures("path/to/features");
    config.getEvaluationBuilder().setSamples(samples);
    return new RunPlan(
        "train", "student", 0, 10, Map.of(RunPlan.CONFIG, config.build()), List.of(inputs));
  }

  /** The same, which says nothing of an evaluation. */
  private static RunPlan unsaid(RunPlan plan) {
    DistillConfig config = (DistillConfig) plan.settings().get(RunPlan.CONFIG);
    DistillConfig without = config.toBuilder().clearEvaluation().build();
    return new RunPlan("train", "student", 0, 10, Map.of(RunPlan.CONFIG, without), plan.inputs());
  }

  private void goesOn(RunPlan plan) throws IOException {
    SameRun.require(folder, plan);
    SameRun.note(folder, plan);
  }

  private void refused(RunPlan plan, String... said) {
    String message =
        assertThrows(InputException.class, () -> SameRun.require(folder, plan)).getMessage();
    assertTrue(Stream.of(said).allMatch(message::contains), message);
  }

  /** Else it would answer any settings with the model that it has exported. */
  @Test
  void oneThatHasFinishedIsTheSameWithoutItsCheckpointsToo() throws IOException {
    SameRun.note(folder, plan(0, IMAGES));
    goesOn(plan(0, input("dataset", 'c')));
    Files.writeString(new RunFiles(folder).exported(), "10\nsavedmodels/student/1\n");
    refused(plan(0, IMAGES), "other images or models", "remove " + folder);
    goesOn(plan(0, input("dataset", 'c')));
  }

  private void begun(RunPlan plan) throws IOException {
    SameRun.note(folder, plan);
    Files.createDirectories(new RunFiles(folder).checkpoints());
  }

  @Test
  void measuresOnTheWayMayEndAndBeginAgainByTheSameFeatures() throws IOException {
    begun(plan(2, IMAGES, EYES));
    goesOn(plan(0, IMAGES));
    goesOn(plan(0, IMAGES));
    assertEquals(List.of(IMAGES, EYES), SameRun.inputs(folder), "what report --measure goes by");
    refused(plan(5, IMAGES, input("features", 'c')), "other images or models", "features");
    refused(plan(0, input("dataset", 'c')), "other images or models", "dataset");
    goesOn(plan(5, IMAGES, EYES));
  }

  /** FIDs of other numbers of samples are other measures. */
  @Test
  void measuresOnTheWayBeginAgainByAsManySamples() throws IOException {
    begun(plan(2, 100, IMAGES, EYES));
    goesOn(plan(0, 50, IMAGES));
    goesOn(unsaid(plan(0, IMAGES)));
    refused(plan(5, 50, IMAGES, EYES), "other settings", "samples: 100' then");
    goesOn(plan(5, 100, IMAGES, EYES));
  }

  @Test
  void oneThatWasNotMeasuredMayBe() throws IOException {
    begun(unsaid(plan(0, IMAGES)));
    goesOn(plan(0, 50, IMAGES));
    goesOn(plan(5, 100, IMAGES, EYES));
    refused(plan(5, IMAGES, input("features", 'c')), "features");
  }
}

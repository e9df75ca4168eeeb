package io.github.fdistill.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.ExportConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.PretrainConfig;
import io.github.fdistill.journal.LogLines;
import io.github.fdistill.journal.RunFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
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
    Stream.of(said).forEach(part -> refused(part, () -> SameRun.require(folder, plan)));
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
    refused(plan(5, 50, IMAGES, EYES), "other settings", "'evaluation.samples: 100' then");
    goesOn(plan(5, 100, IMAGES, EYES));
  }

  /** Its settings are no settings of this one: they are not read as such. */
  @Test
  void aRunOfAnotherCommandIsTold() throws IOException {
    Workspace workspace = Workspace.at(folder);
    RunFiles run = new RunFiles(RunSession.folder(workspace, "student"));
    Files.createDirectories(run.checkpoints());
    Files.writeString(run.config(), "name: 'student' label_dropout: 0.2 minutes: 5 steps: 7");
    Files.writeString(run.record(), "{\"program\": \"fdistill\", \"command\": \"pretrain\"}");
    RunPlan plan = plan(0, IMAGES);
    assertEquals(Optional.of("a run of pretrain"), SameRun.taken(run.folder(), plan));
    DistillConfig config = (DistillConfig) plan.settings().get(RunPlan.CONFIG);
    RunOrder order = RunOrder.of(workspace);
    refused("a run of pretrain", () -> SettingsAlone.require(order, config));
    SettingsAlone.require(order.tried(), config);
    RunPrecision.chosen(workspace, config);
    assertEquals(OptionalLong.empty(), Plateau.ended(run));
    DistillConfig budget = config.toBuilder().setMinutes(5).build();
    assertTrue(Budget.openMinutes(order, budget).isPresent());
    PretrainConfig own =
        PretrainConfig.newBuilder().setName("student").setLabelDropout(0.2).setMinutes(5).build();
    assertEquals(Optional.empty(), Budget.openMinutes(order, own), "its own seven steps");
    ExportConfig export = ExportConfig.newBuilder().setSource("runs/student").build();
    refused(
        "runs/student: no student: a run of pretrain",
        () -> ExportedStudent.open(workspace, export));
    Files.delete(run.checkpoints());
    Files.createSymbolicLink(run.checkpoints(), folder.resolve("gone"));
    refused("checkpoints: a link to nothing", () -> ExportedStudent.open(workspace, export));
  }

  /** Before images are encoded for it, which may take hours. */
  @Test
  void otherSettingsAreRefusedByThemselves() throws IOException {
    Workspace workspace = Workspace.at(folder);
    Path run = RunSession.folder(workspace, "student");
    DistillConfig begun = (DistillConfig) plan(0).settings().get(RunPlan.CONFIG);
    DistillConfig.Builder filled = begun.toBuilder().setStudentSigma(3).addStudentLevel(1);
    filled.setPrecision(Precision.BFLOAT16).getNoiseBuilder().setClipMin(1);
    RunPlan plan =
        new RunPlan("train", "student", 0, 10, Map.of(RunPlan.CONFIG, filled.build()), List.of());
    SameRun.note(Files.createDirectories(run), plan);
    RunOrder order = RunOrder.of(workspace);
    DistillConfig other = begun.toBuilder().setSeed(5).setSteps(99).build();
    SettingsAlone.require(order, other);
    Files.createDirectories(new RunFiles(run).checkpoints());
    refused("seed: 1' then, 'seed: 5' now", () -> SettingsAlone.require(order, other));
    SettingsAlone.require(order.tried(), other);
    SettingsAlone.require(order, begun.toBuilder().setSteps(99).build());
  }

  /** As a program of before wrote them, which had no other critics. */
  @Test
  void aStudentOfSeveralStepsOfBeforeHasOneCriticOfAll() throws IOException {
    Workspace workspace = Workspace.at(folder);
    RunFiles run = new RunFiles(RunSession.folder(workspace, "student"));
    DistillConfig begun = (DistillConfig) plan(0).settings().get(RunPlan.CONFIG);
    for (int steps : new int[] {1, 2}) {
      DistillConfig.Builder asked = begun.toBuilder().setStudentSteps(steps);
      Files.createDirectories(run.checkpoints());
      String all = Configs.print(asked.build());
      assertTrue(all.contains("student_critics: OF_EACH_STEP"), all);
      Files.writeString(run.config(), all.replaceFirst("student_critics: .*\n", ""));
      if (steps == 1) {
        SettingsAlone.require(RunOrder.of(workspace), asked.build());
      } else {
        refused(
            "'student_critics: OF_ALL_STEPS' then",
            () -> SettingsAlone.require(RunOrder.of(workspace), asked.build()));
        asked.setStudentCritics(DistillConfig.StudentCritics.OF_ALL_STEPS);
        SettingsAlone.require(RunOrder.of(workspace), asked.build());
      }
    }
  }

  @Test
  void whatGivesARunOtherStepsIsNamed() throws IOException {
    begun(plan(0, IMAGES));
    Path file = Files.writeString(folder.resolve("distill.pbtxt"), "steps: 10");
    String told = "The run was to have 1000 steps and goes on to 10";
    assertEquals(told + ", as " + file + " says now (--set steps=N: to others)", told(file, ""));
    assertEquals(told + ", as many as images: 90 makes", told(file, "images: 90"));
    Files.writeString(file, "steps: 8");
    assertEquals(told, told(file, ""), "by --set");
    assertEquals(told, told(folder.resolve("record.json"), ""));
  }

  private String told(Path file, String settings) {
    DistillConfig config = Configs.of(settings, DistillConfig.getDefaultInstance());
    try (LogLines lines = new LogLines()) {
      SameRun.tellSteps(folder, plan(0).withSteps(10, config), file);
      return String.join("\n", lines.get());
    }
  }

  private static void refused(String said, Executable what) {
    String message = assertThrows(InputException.class, what).getMessage();
    assertTrue(message.contains(said), message);
  }

  @Test
  void oneThatWasNotMeasuredMayBe() throws IOException {
    begun(unsaid(plan(0, IMAGES)));
    goesOn(plan(0, 50, IMAGES));
    goesOn(plan(5, 100, IMAGES, EYES));
    refused(plan(5, IMAGES, input("features", 'c')), "features");
  }
}

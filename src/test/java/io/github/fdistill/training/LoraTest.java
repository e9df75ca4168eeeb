package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.LoraConfig;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.graph.Adapters;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.savedmodel.WeightArrays;
import io.github.fdistill.savedmodel.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoraTest {
  @TempDir Path folder;

  private static DistillConfig.Builder config() {
    DistillConfig.Builder config = Tiny.config().setSteps(3);
    config.getLoraBuilder().setRank(2).addTargets("down*").addTargets("up*");
    return config;
  }

  private static Map<String, float[]> values(Distillation d) {
    return StateValues.of(d.state(), d.session());
  }

  @Test
  void fakeScoresOfEachStepShareThemToo() {
    DenoiserModel teacher = Tiny.model(1);
    DistillConfig config = config().setStudentSigma(20).setStudentSteps(2).build();
    try (Distillation d = new Distillation(Models.of(teacher, teacher), config)) {
      assertEquals(
          Set.of("teacher", "student", "fake_score", "fake_score_2", "discriminator"),
          d.graph().holdings().weights().keySet());
      long adapters = d.graph().holdings().weights().get("fake_score_2");
      assertTrue(adapters < 4 * teacher.weights().parameters().length() / 2, "" + adapters);
    }
  }

  @Test
  void threeNetworksShareTheTeachersWeightsAndARunIsOfAdaptersAlone() throws IOException {
    DenoiserModel teacher = Tiny.model(1);
    DistillConfig config = config().build();
    Adapters adapters =
        Adapters.of(teacher.function(), 2, config.getLora().getTargetsList(), "tiny");
    try (Distillation d = new Distillation(Models.of(teacher, teacher), config)) {
      assertEquals(4 * teacher.weights().parameters().length(), d.graph().holdings().drawn());
      d.state().initialise(d.session());
      Map<String, float[]> first = values(d);
      assertEquals(
          Set.of("teacher/weights", "student/weights", "fake_score/weights"),
          Set.copyOf(first.keySet().stream().filter(n -> isOfANetwork(n)).toList()));
      for (String mine : List.of("student/weights", "student/m", "student/average_0")) {
        assertEquals(adapters.parameters().size(), first.get(mine).length, mine);
      }
      assertArrayEquals(WeightArrays.of(teacher.weights()), WeightArrays.of(d.result().weights()));

      TrainingLoop.Outputs whole = Tiny.outputs(folder.resolve("whole"));
      assertTrue(d.graph().run(Tiny.batches(), whole, () -> false).finished());
      Map<String, float[]> expected = values(d);
      assertArrayEquals(first.get("teacher/weights"), expected.get("teacher/weights"));
      for (String network : List.of("student/weights", "fake_score/weights")) {
        assertFalse(Arrays.equals(first.get(network), expected.get(network)), network);
      }

      // What is sampled and exported has the adapters in its weights, and so has a checkpoint's.
      float[] merged = WeightArrays.of(d.result(0).weights());
      assertFalse(Arrays.equals(WeightArrays.of(teacher.weights()), merged));
      Path saved = whole.checkpoints().latest().orElseThrow().folder();
      LoraConfig lora = config.getLora();
      Weights found = StudentWeights.in(saved, 0, teacher, lora, false).weights();
      assertArrayEquals(merged, WeightArrays.of(found));
      requireApart(teacher, adapters, StudentWeights.in(saved, 0, teacher, lora, true));

      TrainingLoop.Outputs parts = Tiny.outputs(folder.resolve("parts"));
      int[] asked = {0};
      assertEquals(1, d.graph().run(Tiny.batches(), parts, () -> asked[0]++ == 1).step());
      d.state().initialise(d.session());
      assertTrue(d.graph().run(Tiny.batches(), parts, () -> false).finished());
      values(d).forEach((name, value) -> assertArrayEquals(expected.get(name), value, name));
    }
  }

  /** The weights as they were, then A and B; which can have adapters of their own. */
  private static void requireApart(DenoiserModel teacher, Adapters adapters, StudentModel apart) {
    float[] all = WeightArrays.of(apart.weights());
    float[] base = WeightArrays.of(teacher.weights());
    assertArrayEquals(base, Arrays.copyOf(all, base.length));
    List<String> names = new ArrayList<>(teacher.function().parameters().names());
    names.addAll(adapters.parameters().names());
    assertEquals(names, apart.function().parameters().names());
    Adapters more = Adapters.of(apart.function(), 1, List.of("down*"), "apart");
    List<String> twice = more.added(apart.function()).parameters().names();
    assertEquals(twice.size(), Set.copyOf(twice).size());
  }

  @Test
  @Tag("trial")
  void whoGoesBackHasTheAdaptersOfThen() throws IOException {
    DistillConfig.Builder config = config();
    config.getWatchBuilder().setRollbacks(1);
    try (Distillation d = Tiny.distillation(config)) {
      TrainingLoop.Outputs run = Tiny.outputs(folder.resolve("run"));
      assertTrue(d.graph().run(Tiny.batches(), run, () -> false).finished());
      Map<String, float[]> then = values(d);
      d.state().initialise(d.session());
      assertFalse(Arrays.equals(then.get("student/weights"), values(d).get("student/weights")));

      FloatVariable factor =
          d.state().changed().stream()
              .filter(v -> v.name().equals("rate_factor"))
              .findFirst()
              .orElseThrow();
      Rollback rollback = new Rollback(factor, 0.5, 1, 0, 3);
      long step = 3 + Watchdog.WINDOW;
      assertEquals(3, rollback.from(step, d.session(), d.state(), run.checkpoints()).orElseThrow());
      then.put("rate_factor", new float[] {0.5f});
      values(d).forEach((name, value) -> assertArrayEquals(then.get(name), value, name));
    }
  }

  /** Student and fake score may be of other networks, with other names. */
  @Test
  void aPatternIsForOneOfTheTwoThatHaveAdapters() {
    DenoiserModel other = Tiny.small(3);
    Models models = new Models(Tiny.model(1), Tiny.model(2), other);
    String own = other.function().parameters().names().get(0);
    LoraConfig.Builder lora = LoraConfig.newBuilder().setRank(2).addTargets("down*");
    String score = refusal(models, lora);
    assertTrue(score.contains("'down*', which fits no layer of " + other.origin()), score);
    DistillationChecks.requireAdapters(models, lora.addTargets(own).build());
    assertFalse(TrainedModel.of(models.student(), lora.build()).parameters().names().isEmpty());
    String neither = refusal(models, lora.addTargets("nowhere"));
    assertTrue(neither.contains("'nowhere', which fits no layer of "), neither);
    assertTrue(neither.contains(", nor of " + other.origin()), neither);
    Models alike = Models.of(Tiny.model(1), Tiny.model(1));
    LoraConfig.Builder one = LoraConfig.newBuilder().setRank(2).addTargets("down*");
    DistillationChecks.requireAdapters(alike, one.build());
    String none = refusal(alike, one.addTargets("nowhere"));
    assertTrue(none.contains("'nowhere', which fits no layer of "), none);
  }

  private static String refusal(Models models, LoraConfig.Builder lora) {
    return assertThrows(
            InputException.class, () -> DistillationChecks.requireAdapters(models, lora.build()))
        .getMessage();
  }

  private static boolean isOfANetwork(String variable) {
    return variable.endsWith("/weights") && !variable.startsWith("discriminator");
  }

  @Test
  void aStudentOfOtherWeightsKeepsThoseBesideTheTeachers() {
    try (Distillation d = Tiny.distillation(config())) {
      d.state().initialise(d.session());
      assertArrayEquals(
          WeightArrays.of(Tiny.model(2).weights()), values(d).get("student_base/weights"));
      assertArrayEquals(
          WeightArrays.of(Tiny.model(2).weights()), WeightArrays.of(d.result().weights()));
      assertFalse(values(d).containsKey("fake_score_base/weights"));
    }
  }
}

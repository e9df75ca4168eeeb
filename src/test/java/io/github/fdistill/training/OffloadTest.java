package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.data.Batches;
import io.github.fdistill.data.MadeImages;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Moments and averages that lie on the host, in a distillation: nothing else is another. */
class OffloadTest {
  @TempDir Path folder;

  static final List<String> ALL =
      List.of(
          "optimiser.offload=true",
          "fake_score.optimiser.offload=true",
          "discriminator.optimiser.offload=true");

  static Distillation distillation(DistillConfig config, Memories memories) {
    return new Distillation(
        Models.of(Tiny.small(1), Tiny.small(2)),
        config,
        new Span(0, config.getSteps()),
        Share.ALL,
        memories);
  }

  private static DistillConfig config(String settings) {
    return Configs.with(
        Configs.of(settings, DistillConfig.getDefaultInstance()),
        List.of(
            "steps=3",
            "batch_size=" + Tiny.BATCH,
            "precision=FLOAT32",
            "discriminator.channels=8",
            "schedule.critic_steps=2"));
  }

  /** Every fifth has a pixel that is no number, so that updates are skipped. */
  private static Batches batches() {
    return new Batches(
        new MadeImages(
            25,
            8,
            8,
            1,
            Tiny.CLASSES,
            (index, into, offset) -> {
              Arrays.fill(into, offset, offset + 64, PlainImages.shade((int) index % 3, 3));
              into[offset] = index % 5 == 0 ? Float.NaN : into[offset];
            }),
        Tiny.BATCH,
        5);
  }

  private static Map<String, float[]> values(Distillation d) {
    return StateValues.of(d.state(), d.session());
  }

  private void go(Distillation d, String run, int steps) throws IOException {
    int[] asked = {0};
    d.state().initialise(d.session());
    d.graph().run(batches(), Tiny.outputs(folder.resolve(run)), () -> asked[0]++ == steps);
  }

  /** A run takes it up, and leaves it, on the way. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "fake_score { optimiser { state: BFLOAT16 } } optimiser { clip_norm: 0.01 }"
            + " discriminator { optimiser { state: FACTORED beta1: 0 } }"
            + " average { decay: 0.9 } average { decay: 0.99 every_batch: true }",
        "accumulation_steps: 2 lora { rank: 2 } optimiser { nonfinite_as_zero: true }"
            + " fake_score { optimiser { state: FACTORED } }"
      })
  void aRunIsTheSameToTheBitHoweverOftenItChangesItsMind(String settings) throws IOException {
    DistillConfig here = config(settings);
    try (Distillation one = distillation(here, Memories.TWO);
        Distillation two = distillation(Configs.with(here, ALL), Memories.TWO)) {
      assertEquals(Set.of(), one.state().onHost());
      assertTrue(two.state().onHost().contains("student/m"), two.state().onHost().toString());
      go(one, "whole", 99);
      Map<String, float[]> expected = values(one);
      float[] average = WeightArrays.of(one.result(0).weights());
      float[] weights = WeightArrays.of(one.result(-1).weights());
      assertTrue(expected.get("discriminator/skipped")[0] > 0, "some updates are skipped");
      assertTrue(expected.get("discriminator/updates")[0] > 0, "and not all");

      go(two, "parts", 1);
      go(one, "parts", 1);
      go(two, "parts", 1);
      assertSame(expected, values(two));
      assertArrayEquals(average, WeightArrays.of(two.result(0).weights()));
      assertArrayEquals(weights, WeightArrays.of(two.result(-1).weights()));
      PlacementTest.isHeldThere(two.tf());
      go(two, "again", 99);
      assertSame(expected, values(two));
    }
  }

  private static void assertSame(Map<String, float[]> expected, Map<String, float[]> found) {
    assertEquals(expected.keySet(), found.keySet());
    found.forEach((name, value) -> assertArrayEquals(expected.get(name), value, name));
  }

  /** All in one memory: no weights are there twice. */
  @Test
  void withoutAGpuItChangesNothing() {
    DistillConfig config = Configs.with(config(""), ALL);
    try (Distillation d = distillation(config, Memories.ONE)) {
      assertEquals(Set.of(), d.state().onHost());
      assertEquals(Holdings.OnHost.NOTHING, d.graph().holdings().onHost());
      assertFalse(d.state().bytes().keySet().stream().anyMatch(name -> name.contains("compute")));
    }
    assertEquals(Memories.ONE, Memories.here(), "this test is of a machine without one");
  }
}

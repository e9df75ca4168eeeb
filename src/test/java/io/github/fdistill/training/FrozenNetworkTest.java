package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.DistillConfig.Frozen;
import io.github.fdistill.config.Recompute;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A teacher in half the memory teaches what one of the rounded weights does. */
class FrozenNetworkTest {
  private static final double ROUNDING = 2e-5;

  @TempDir Path folder;

  /** The same model, with weights that bfloat16 has. */
  private static DenoiserModel rounded(DenoiserModel model) {
    float[] values = WeightArrays.of(model.weights());
    for (int i = 0; i < values.length; i++) {
      values[i] = nearest(values[i]);
    }
    return model.with(WeightArrays.weights(model.function().parameters(), values));
  }

  /** Of the two numbers of 8 bits around it. */
  private static float nearest(float value) {
    int down = Float.floatToIntBits(value) & 0xFFFF0000;
    double low = Float.intBitsToFloat(down);
    double high = Float.intBitsToFloat(down + 0x10000);
    double middle = (low + high) / 2;
    boolean even = (down & 0x10000) == 0;
    boolean nearLow = Math.abs(value) < Math.abs(middle) || value == middle && even;
    return (float) (nearLow ? low : high);
  }

  private Map<String, float[]> afterOneStep(
      String name, Models models, DistillConfig.Builder config) throws IOException {
    // Updates in proportion to gradients, so that rounding stays rounding.
    config.setSteps(1).getFakeScoreBuilder().getOptimiserBuilder().setEpsilon(0.9);
    try (Distillation d = new Distillation(models, config.build())) {
      boolean half = config.getFrozen() == Frozen.BFLOAT16;
      Parameters held = models.teacher().function().parameters();
      assertEquals(
          half ? 2 * held.size() : 4 * held.length(),
          d.graph().holdings().weights().get("teacher"));
      Path run = folder.resolve(name);
      assertTrue(d.graph().run(Tiny.batches(), Tiny.outputs(run), () -> false).finished());
      return StateValues.of(d.state(), d.session());
    }
  }

  /**
   * @param network what is trained, for a seed
   */
  private void assertSameStep(LongFunction<DenoiserModel> network, DistillConfig.Builder config)
      throws IOException {
    DenoiserModel student = network.apply(2);
    DenoiserModel fakeScore = network.apply(3);
    Models exact = new Models(rounded(network.apply(1)), student, fakeScore);
    Map<String, float[]> whole = afterOneStep("whole", exact, config);
    Models held = new Models(network.apply(1), student, fakeScore);
    Map<String, float[]> half = afterOneStep("half", held, config.setFrozen(Frozen.BFLOAT16));
    // Adam's first moment is the gradient; the weights would show only its sign.
    for (String critic : List.of("fake_score/m", "discriminator/m")) {
      assertArrayEquals(whole.get(critic), half.get(critic), critic);
    }
    double difference = StateValues.difference(whole.get("student/m"), half.get("student/m"));
    assertTrue(difference < ROUNDING, "the student's gradient differs by " + difference);
  }

  /** Its gradient goes through what the teacher computes, for the GAN loss. */
  @Test
  void aStepIsThatOfTheRoundedWeights() throws IOException {
    assertSameStep(Tiny::small, Tiny.config(1).setGuidance(2));
  }

  @Test
  @Tag("trial")
  void soItIsWithActivationsComputedTwiceAndSeveralFeatures() throws IOException {
    DistillConfig.Builder config = Tiny.config(1).setRecompute(Recompute.BLOCKS);
    config.getDiscriminatorBuilder().addAllFeature(Tiny.model(1).featureShapes().keySet());
    assertSameStep(Tiny::model, config);
  }

  @Test
  void weightsThatAdaptersStandBesideStayFloat32() {
    DenoiserModel teacher = Tiny.model(1);
    DistillConfig.Builder config = Tiny.config(1).setFrozen(Frozen.BFLOAT16);
    config.getLoraBuilder().setRank(2);
    InputException e =
        assertThrows(
            InputException.class,
            () ->
                DistillationChecks.requireHalvable(
                    Models.of(teacher, Tiny.model(2)), config.build()));
    assertTrue(e.getMessage().contains("frozen: BFLOAT16"), e.getMessage());
    DistillationChecks.requireHalvable(
        new Models(teacher, Tiny.model(2), Tiny.model(3)), config.build());
  }
}

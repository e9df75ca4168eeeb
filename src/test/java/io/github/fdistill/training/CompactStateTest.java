package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.OptimiserConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Optimisers that keep their moments in less room, in a distillation. */
class CompactStateTest {
  @TempDir Path folder;

  private static DistillConfig.Builder config(
      OptimiserConfig.State student, OptimiserConfig.State critics) {
    DistillConfig.Builder config = Tiny.config().setSteps(3);
    config.getOptimiserBuilder().setState(student);
    config.getFakeScoreBuilder().getOptimiserBuilder().setState(critics);
    config.getDiscriminatorBuilder().getOptimiserBuilder().setState(critics).setBeta1(0);
    return config;
  }

  private static Map<String, float[]> values(Distillation d) {
    return StateValues.of(d.state(), d.session());
  }

  private Map<String, float[]> trained(String run, OptimiserConfig.State state) throws IOException {
    try (Distillation d = Tiny.distillation(config(state, state))) {
      assertTrue(
          d.graph().run(Tiny.batches(), Tiny.outputs(folder.resolve(run)), () -> false).finished());
      return values(d);
    }
  }

  /** Three steps from the same beginning: the way that each goes is nearly the other's. */
  @Test
  @Tag("trial")
  void aStudentGoesWhereOneWithFloat32MomentsGoes() throws IOException {
    Map<String, float[]> float32 = trained("float32", OptimiserConfig.State.FLOAT32);
    Map<String, float[]> bfloat16 = trained("bfloat16", OptimiserConfig.State.BFLOAT16);
    float[] first;
    try (Distillation d = Tiny.distillation(Tiny.config())) {
      d.state().initialise(d.session());
      first = values(d).get("student/weights");
    }
    float[] expected = float32.get("student/weights");
    float[] found = bfloat16.get("student/weights");
    double squares = 0;
    double way = 0;
    for (int i = 0; i < expected.length; i++) {
      squares += Math.pow(expected[i] - found[i], 2);
      way += Math.pow(expected[i] - first[i], 2);
    }
    double apart = Math.sqrt(squares / way);
    assertTrue(apart < 0.02, "apart by " + apart);
  }

  @Test
  void aRunThatIsStoppedGoesOnToTheSameBits() throws IOException {
    DistillConfig.Builder config =
        config(OptimiserConfig.State.BFLOAT16, OptimiserConfig.State.FACTORED);
    try (Distillation d = Tiny.smallDistillation(config)) {
      TrainingLoop.Outputs whole = Tiny.outputs(folder.resolve("whole"));
      assertTrue(d.graph().run(Tiny.batches(), whole, () -> false).finished());
      Map<String, float[]> expected = values(d);
      assertTrue(expected.containsKey("student/v_0"), expected.keySet().toString());
      assertTrue(expected.containsKey("fake_score/columns"), expected.keySet().toString());
      Holdings holdings = d.graph().holdings();
      assertTrue(holdings.slots() < holdings.trained(), "half as much: " + holdings);

      TrainingLoop.Outputs parts = Tiny.outputs(folder.resolve("parts"));
      int[] asked = {0};
      assertEquals(1, d.graph().run(Tiny.batches(), parts, () -> asked[0]++ == 1).step());
      d.state().initialise(d.session());
      assertTrue(d.graph().run(Tiny.batches(), parts, () -> false).finished());
      values(d).forEach((name, value) -> assertArrayEquals(expected.get(name), value, name));
    }
  }
}

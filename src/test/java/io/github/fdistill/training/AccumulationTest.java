package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.config.PretrainConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A batch in parts is what it is as a whole, but for the order of the sums. */
class AccumulationTest {
  /** What a norm of the difference may be of the norm: float32's rounding, added up. */
  private static final double ROUNDING = 2e-5;

  @TempDir Path folder;

  /** One step's state and numbers, and what the student sees in a batch after it. */
  private record Step(
      Map<String, float[]> state, Map<Reading, Float> numbers, List<float[]> batch) {
    Step(Map<String, float[]> state, Map<Reading, Float> numbers) {
      this(state, numbers, List.of());
    }
  }

  private Step distil(int parts) throws IOException {
    try (Distillation d = Tiny.smallDistillation(Tiny.config(parts).setSteps(1))) {
      Path run = folder.resolve("distil-" + parts);
      Map<Reading, Float> last =
          d.graph().run(Tiny.batches(), Tiny.outputs(run), () -> false).last();
      Map<String, float[]> state = StateValues.of(d.state(), d.session());
      BatchReadings seen = d.read(Tiny.batches(), 7); // A batch that no step has had.
      return new Step(
          state, last, List.of(seen.sigma(), seen.logRatio(), seen.ratio(), seen.weight()));
    }
  }

  private Step pretrain(NetworkConfig network, int parts) throws IOException {
    PretrainConfig config =
        PretrainConfig.newBuilder()
            .setSteps(1)
            .setBatchSize(Tiny.BATCH)
            .setAccumulationSteps(parts)
            .setLabelDropout(0.5)
            .setPrecision(Precision.FLOAT32)
            .build();
    try (Pretraining p =
        new Pretraining(network, Tiny.model(network, 1), config, Share.ALL, Memories.here())) {
      Path run = folder.resolve("pretrain-" + parts);
      Map<Reading, Float> last =
          p.graph().run(Tiny.batches(), Tiny.outputs(run), () -> false).last();
      return new Step(StateValues.of(p.state(), p.session()), last);
    }
  }

  private static void assertSame(Step whole, Step parts) {
    // Adam's first moment is the gradient; the weights would show only its sign.
    for (String name : whole.state().keySet()) {
      if (name.endsWith("/m") || name.endsWith("/v") || name.equals("ratio/bin_means")) {
        double difference =
            StateValues.difference(whole.state().get(name), parts.state().get(name));
        assertTrue(difference < ROUNDING, name + " differs by " + difference);
      }
    }
    Set<Reading> readings = new LinkedHashSet<>(whole.numbers().keySet());
    readings.remove(Reading.DIVERSITY); // A part of one image has none.
    assertEquals(readings, parts.numbers().keySet());
    for (Reading name : readings) {
      float value = whole.numbers().get(name);
      assertEquals(value, parts.numbers().get(name), 1e-4 * Math.abs(value), name.toString());
    }
    for (int i = 0; i < whole.batch().size(); i++) {
      assertArrayEquals(whole.batch().get(i), parts.batch().get(i), 1e-4f, "of a batch, " + i);
    }
    for (String name : parts.state().keySet()) {
      if (name.startsWith("scratch/") && name.endsWith("_gradient")) {
        float[] sum = parts.state().get(name);
        assertArrayEquals(new float[sum.length], sum, name + " begins anew");
      }
    }
  }

  @Test
  void aDistillationInPartsIsTheSame() throws IOException {
    Step whole = distil(1);
    assertTrue(
        whole.numbers().get(Reading.EFFECTIVE_SAMPLE_SHARE) < 0.9999,
        "weights differ: " + whole.numbers());
    assertSame(whole, distil(4));
  }

  @Test
  void aPretrainingInPartsIsTheSame() throws IOException {
    assertSame(pretrain(Tiny.smallNetwork(), 1), pretrain(Tiny.smallNetwork(), 4));
  }

  /** Each part drops of its images what the whole batch drops of them. */
  @Test
  void aPretrainingWithDropoutInPartsIsTheSame() throws IOException {
    NetworkConfig.Builder network = Tiny.network().toBuilder();
    network.getUnetBuilder().clearMultiplier().addMultiplier(1).setDropout(0.5);
    assertSame(pretrain(network.build(), 1), pretrain(network.build(), 4));
  }
}

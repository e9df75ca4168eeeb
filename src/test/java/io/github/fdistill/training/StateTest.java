package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.savedmodel.TensorBundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;

class StateTest {
  private static final float[] ODD = {
    -0f, Float.MIN_VALUE, Float.NaN, Float.NEGATIVE_INFINITY, 0.1f, Float.MAX_VALUE
  };

  @TempDir Path folder;

  /** One variable of each kind. */
  private static final class Fixture implements AutoCloseable {
    final TestGraph g = new TestGraph();
    final State state = new State(g.tf);
    final FloatVariable weights;
    final FloatVariable frozen;
    final FloatVariable average = FloatVariable.create(g.tf, "average", Shape.of(6));
    final FloatVariable counter = FloatVariable.scalar(g.tf, "counter");

    Fixture(float[] first, float[] frozenValues) {
      weights = state.trained("weights", first);
      frozen = state.frozen("frozen", frozenValues);
      state.beginsLike(average, weights);
      state.zeros(List.of(counter));
    }

    @Override
    public void close() {
      g.close();
    }
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  @Test
  void everyVariableBeginsAsItWasTold() {
    try (Fixture t = new Fixture(ODD, new float[] {3, 4})) {
      t.state.initialise(t.g.session());
      assertArrayEquals(bits(ODD), bits(t.g.read(t.weights)));
      assertArrayEquals(bits(ODD), bits(t.g.read(t.average)));
      assertArrayEquals(new float[] {3, 4}, t.g.read(t.frozen));
      assertArrayEquals(new float[] {0}, t.g.read(t.counter));
      assertEquals(
          Set.of("weights", "frozen", "average", "counter"),
          t.state.values(t.g.session()).keySet());
    }
  }

  @Test
  void aCheckpointHoldsWhatTrainingChangesBitForBitAndNothingFrozen() throws IOException {
    try (Fixture saved = new Fixture(ODD, new float[] {3, 4})) {
      saved.state.initialise(saved.g.session());
      saved.g.load(saved.average, 6, 5, 4, 3, 2, 1);
      saved.g.load(saved.counter, 17);
      saved.state.save(saved.g.session(), folder);
    }
    try (Fixture restored = new Fixture(new float[6], new float[] {7, 8})) {
      restored.state.restore(restored.g.session(), folder);
      assertArrayEquals(bits(ODD), bits(restored.g.read(restored.weights)));
      assertArrayEquals(new float[] {6, 5, 4, 3, 2, 1}, restored.g.read(restored.average));
      assertArrayEquals(new float[] {17}, restored.g.read(restored.counter));
      assertArrayEquals(new float[] {7, 8}, restored.g.read(restored.frozen));
    }
    Path file = folder.resolve("state");
    assertEquals(1, TensorBundle.read(file, List.of("weights")).size());
    assertThrows(RuntimeException.class, () -> TensorBundle.read(file, List.of("frozen")));
  }

  @Test
  void aDiskThatRefusesIsToldOfByTensorFlow() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    try (Fixture t = new Fixture(ODD, new float[] {3, 4})) {
      t.state.initialise(t.g.session());
      String message =
          assertThrows(IOException.class, () -> t.state.save(t.g.session(), file)).getMessage();
      assertTrue(message.contains("Not a directory"), message);
      assertFalse(message.contains("\n"), message);
    }
  }

  @Test
  void aCheckpointOfAnotherNetworkIsRefused() throws IOException {
    try (TestGraph g = new TestGraph()) {
      State state = new State(g.tf);
      state.trained("weights", new float[5]);
      state.zeros(List.of(FloatVariable.scalar(g.tf, "counter")));
      state.initialise(g.session());
      state.save(g.session(), folder);
    }
    try (TestGraph g = new TestGraph()) {
      State larger = new State(g.tf);
      larger.trained("weights", new float[6]);
      String message =
          assertThrows(InputException.class, () -> larger.restore(g.session(), folder))
              .getMessage();
      assertTrue(message.contains("weights has shape [5]"), message);
      assertTrue(message.contains(folder.toString()), message);
    }
    try (TestGraph g = new TestGraph()) {
      State other = new State(g.tf);
      other.trained("other", new float[5]);
      assertThrows(InputException.class, () -> other.restore(g.session(), folder));
    }
  }
}

package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.FloatVariable;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.graph.Parameters;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.savedmodel.Bundles;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;

class StateTest {
  private static final float[] ODD = {
    -0f, Float.MIN_VALUE, Float.NaN, Float.NEGATIVE_INFINITY, 0.1f, Float.MAX_VALUE
  };

  @TempDir Path folder;

  /** One variable of each kind. */
  private static final class Fixture implements AutoCloseable {
    final TestGraph g = new TestGraph();
    final State state = Tiny.state(g.tf);
    final FloatVariable weights;
    final FloatVariable frozen;
    final FloatVariable average = FloatVariable.create(g.tf, "average", Shape.of(16));
    final FloatVariable counter = FloatVariable.scalar(g.tf, "counter");

    Fixture(float[] first, float[] frozenValues) {
      weights = state.trained("weights", WeightArrays.vector(first));
      frozen = state.frozen("frozen", WeightArrays.vector(frozenValues));
      state.beginsLike(average, weights);
      state.zeros(List.of(counter));
    }

    @Override
    public void close() {
      g.close();
    }
  }

  private static float[] inMemory(float... numbers) {
    return Arrays.copyOf(numbers, 16);
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
      assertArrayEquals(bits(inMemory(ODD)), bits(t.g.read(t.weights)));
      assertArrayEquals(bits(inMemory(ODD)), bits(t.g.read(t.average)));
      assertArrayEquals(inMemory(3, 4), t.g.read(t.frozen));
      assertArrayEquals(new float[] {0}, t.g.read(t.counter));
      assertEquals(
          Set.of("weights", "frozen", "average", "counter"),
          StateValues.of(t.state, t.g.session()).keySet());
    }
  }

  private static void save(State state, Session session, Path folder) throws IOException {
    try (Snapshot snapshot = state.copy(session)) {
      snapshot.write(folder);
    }
  }

  @Test
  void aCheckpointHoldsWhatTrainingChangesBitForBitAndNothingFrozen() throws IOException {
    try (Fixture saved = new Fixture(ODD, new float[] {3, 4})) {
      saved.state.initialise(saved.g.session());
      saved.g.load(saved.average, 6, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
      saved.g.load(saved.counter, 17);
      save(saved.state, saved.g.session(), folder);
    }
    try (Fixture restored = new Fixture(new float[6], new float[] {7, 8})) {
      restored.state.restore(restored.g.session(), folder);
      assertArrayEquals(bits(inMemory(ODD)), bits(restored.g.read(restored.weights)));
      assertArrayEquals(inMemory(6, 5, 4, 3, 2, 1), restored.g.read(restored.average));
      assertArrayEquals(new float[] {17}, restored.g.read(restored.counter));
      assertArrayEquals(inMemory(7, 8), restored.g.read(restored.frozen));
    }
    Path file = folder.resolve("state");
    assertArrayEquals(
        bits(ODD), bits(Bundles.read(file, List.of("weights")).get("weights").values()));
    String missing =
        assertThrows(RuntimeException.class, () -> Bundles.read(file, List.of("frozen")))
            .getMessage();
    assertTrue(missing.contains("Key frozen not found in checkpoint"), missing);
  }

  /** The parameters of a network follow one another in a checkpoint, whatever is between them. */
  @Test
  void aCheckpointHasTheNumbersOfTheParametersAlone() throws IOException {
    Parameters parameters =
        new Parameters(
            List.of(new Parameter("a", Shape.of(3)), new Parameter("b", Shape.of(2, 2))));
    float[] numbers = {1, 2, 3, 4, 5, 6, 7};
    Bundles.writeByTensorFlow(
        folder.resolve("state"), Map.of("w", new Bundles.Entry(Shape.of(7), numbers)));
    try (TestGraph g = new TestGraph()) {
      State state = Tiny.state(g.tf);
      FloatVariable w = state.trained("w", WeightArrays.weights(parameters, new float[7]));
      state.restore(g.session(), folder);
      assertArrayEquals(WeightArrays.withZeros(parameters, numbers), g.read(w));
      assertArrayEquals(numbers, WeightArrays.of(state.weights(g.session(), w)));
      assertArrayEquals(numbers, WeightArrays.of(SavedState.weights(folder, "w", parameters)));
      Path again = Files.createDirectory(folder.resolve("again"));
      save(state, g.session(), again);
      for (String file : List.of("state.index", "state.data-00000-of-00001")) {
        assertEquals(-1, Files.mismatch(folder.resolve(file), again.resolve(file)), file);
      }
    }
  }

  /** What is being written stays as it was, however training goes on. */
  @Test
  void aSnapshotIsOfItsTime() throws IOException {
    try (Fixture t = new Fixture(ODD, new float[] {3, 4})) {
      t.state.initialise(t.g.session());
      try (Snapshot snapshot = t.state.copy(t.g.session())) {
        t.g.run(
            t.weights.add(
                t.g.tf, t.g.tf.fill(t.g.tf.constant(new int[] {16}), t.g.tf.constant(1f))));
        t.g.run(t.counter.add(t.g.tf, t.g.tf.constant(1f)));
        snapshot.write(folder);
        assertEquals((6 + 6 + 1) * 4, snapshot.bytes());
      }
    }
    Map<String, Bundles.Entry> written =
        Bundles.read(folder.resolve("state"), List.of("weights", "counter"));
    assertArrayEquals(bits(ODD), bits(written.get("weights").values()));
    assertArrayEquals(new float[] {0}, written.get("counter").values());
  }

  @Test
  void aDiskThatRefusesIsToldOf() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    try (Fixture t = new Fixture(ODD, new float[] {3, 4})) {
      t.state.initialise(t.g.session());
      String message =
          assertThrows(IOException.class, () -> save(t.state, t.g.session(), file)).getMessage();
      assertTrue(message.contains("Not a directory"), message);
      assertFalse(message.contains("\n"), message);
    }
  }

  @Test
  void aCheckpointOfAnotherNetworkIsRefused() throws IOException {
    try (TestGraph g = new TestGraph()) {
      State state = Tiny.state(g.tf);
      state.trained("weights", WeightArrays.vector(new float[5]));
      state.zeros(List.of(FloatVariable.scalar(g.tf, "counter")));
      state.initialise(g.session());
      save(state, g.session(), folder);
    }
    try (TestGraph g = new TestGraph()) {
      State larger = Tiny.state(g.tf);
      larger.trained("weights", WeightArrays.vector(new float[6]));
      String message =
          assertThrows(InputException.class, () -> larger.restore(g.session(), folder))
              .getMessage();
      assertTrue(message.contains("weights has shape [5]"), message);
      assertTrue(message.contains(folder.toString()), message);
    }
    try (TestGraph g = new TestGraph()) {
      State other = Tiny.state(g.tf);
      other.trained("other", WeightArrays.vector(new float[5]));
      assertThrows(InputException.class, () -> other.restore(g.session(), folder));
    }
  }
}

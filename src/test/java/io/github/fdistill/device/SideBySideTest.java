package io.github.fdistill.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.savedmodel.TensorBundle;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

class SideBySideTest {
  private static final int INPUTS = 8;
  private static final int RUNS = 400;
  private static final Shape IMAGES = Shape.of(2, 16, 16, 8);

  /**
   * Convolutions whose input is added to their output: one op of oneDNN each, which keeps in its
   * kernel where the input lies. With kernels that are shared, the process dies here.
   */
  @Test
  void aRunBesideOthersGivesWhatItGivesAlone() {
    try (Graph graph = Sessions.graph()) {
      Ops tf = NodeNames.ops(graph);
      Placeholder<TFloat32> images = tf.placeholder(TFloat32.class, Placeholder.shape(IMAGES));
      Operand<TFloat32> output = images;
      for (int i = 0; i < 12; i++) {
        output = block(tf, output, i);
      }
      SideBySide runs = new SideBySide(graph, 2);
      try (Session session = Sessions.open(graph)) {
        float[][] alone = new float[INPUTS][];
        for (int i = 0; i < INPUTS; i++) {
          alone[i] = run(runs, session.runner().fetch(output), images, i);
        }
        String fetched = output.asOutput().op().name();
        Lanes.forEach(
            RUNS,
            i ->
                assertArrayEquals(
                    alone[i % INPUTS],
                    run(runs, session.runner().fetch(fetched), images, i % INPUTS)));
      }
    }
  }

  private static Operand<TFloat32> block(Ops tf, Operand<TFloat32> x, int seed) {
    Operand<TFloat32> filter =
        tf.constant(Shape.of(3, 3, 8, 8), DataBuffers.of(normal(3 * 3 * 8 * 8, seed)));
    Operand<TFloat32> convolved = tf.nn.conv2d(x, filter, List.of(1L, 1L, 1L, 1L), "SAME");
    Operand<TFloat32> biased = tf.nn.biasAdd(convolved, tf.constant(normal(8, 100 + seed)));
    return tf.math.mul(tf.math.addN(List.of(biased, x)), tf.constant(.5f));
  }

  private static float[] run(
      SideBySide runs, Session.Runner runner, Placeholder<TFloat32> images, int seed) {
    try (TFloat32 fed = TensorBundle.tensor(IMAGES, normal((int) IMAGES.size(), 1000 + seed));
        Result result = runs.run(SessionRuns.PLAIN, runner.feed(images, fed))) {
      return TensorBundle.floats((TFloat32) result.get(0));
    }
  }

  private static float[] normal(int count, int seed) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() * .3f;
    }
    return values;
  }

  @Test
  void aPlaceIsWaitedForSoLongAndNoLonger() {
    try (Graph graph = Sessions.graph()) {
      SideBySide runs = new SideBySide(graph, 1);
      try (SideBySide.Place place = runs.place(Duration.ZERO).orElseThrow()) {
        assertTrue(runs.place(Duration.ofMillis(20)).isEmpty());
      }
      assertTrue(runs.place(Duration.ZERO).isPresent());
    }
  }
}

package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.savedmodel.TensorBundle;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

class AugmentationTest {
  private static final int BATCH = 6;
  private static final int HEIGHT = 5;
  private static final int WIDTH = 7;
  private static final int CHANNELS = 2;
  private static final int IMAGE = HEIGHT * WIDTH * CHANNELS;

  /** A batch in which every value says where it stands: image, row, column, channel. */
  private static float[] images() {
    float[] values = new float[BATCH * IMAGE];
    for (int k = 0; k < values.length; k++) {
      values[k] = k;
    }
    return values;
  }

  /** Augments the batch at step after step. */
  private static final class Fixture implements AutoCloseable {
    private final TestGraph g = new TestGraph();
    private final StepInputs in;
    private final Expr augmented;

    Fixture(long seed, Augmentation augmentation) {
      in = Tiny.inputs(g.tf, BATCH, 1, Shape.of(HEIGHT, WIDTH, CHANNELS), Conditioning.NONE, seed);
      augmented = augmentation.of(g.tf, in);
    }

    float[] at(long step) {
      try (TFloat32 x = TensorBundle.tensor(in.images().shape(), images());
          TInt64 number = TInt64.scalarOf(step);
          Result result =
              g.session()
                  .runner()
                  .feed(in.images(), x)
                  .feed(in.step(), number)
                  .fetch(augmented)
                  .run()) {
        return TensorBundle.floats((TFloat32) result.get(0));
      }
    }

    @Override
    public void close() {
      g.close();
    }
  }

  /** Row i from row i + dy, column j from column j + dx, the edge repeated; mirrored after that. */
  private static float[] moved(int image, int dy, int dx, boolean mirrored) {
    float[] values = new float[IMAGE];
    for (int i = 0; i < HEIGHT; i++) {
      for (int j = 0; j < WIDTH; j++) {
        int row = Math.max(0, Math.min(HEIGHT - 1, i + dy));
        int column = Math.max(0, Math.min(WIDTH - 1, (mirrored ? WIDTH - 1 - j : j) + dx));
        for (int c = 0; c < CHANNELS; c++) {
          values[(i * WIDTH + j) * CHANNELS + c] =
              ((image * HEIGHT + row) * WIDTH + column) * CHANNELS + c;
        }
      }
    }
    return values;
  }

  @Test
  void everyMoveAndItsMirrorImageComeEquallyOften() {
    int shift = 2;
    int side = 2 * shift + 1;
    int[] counts = new int[side * side * 2];
    int steps = 500;
    try (Fixture t = new Fixture(3, new Augmentation(shift, true))) {
      for (int step = 0; step < steps; step++) {
        float[] batch = t.at(step);
        for (int b = 0; b < BATCH; b++) {
          float[] image = Arrays.copyOfRange(batch, b * IMAGE, (b + 1) * IMAGE);
          // The pixel in the middle, which mirroring leaves there, says where it came from.
          int middle = (int) image[(HEIGHT / 2 * WIDTH + WIDTH / 2) * CHANNELS] / CHANNELS;
          int dy = middle / WIDTH - b * HEIGHT - HEIGHT / 2;
          int dx = middle % WIDTH - WIDTH / 2;
          boolean mirrored = image[0] > image[(WIDTH - 1) * CHANNELS];
          assertArrayEquals(moved(b, dy, dx, mirrored), image);
          counts[((dy + shift) * side + dx + shift) * 2 + (mirrored ? 1 : 0)]++;
        }
      }
    }
    double p = 1.0 / counts.length;
    int n = steps * BATCH;
    for (int count : counts) {
      assertEquals(p, (double) count / n, 4.5 * Math.sqrt(p * (1 - p) / n));
    }
  }

  @Test
  void itIsAFunctionOfTheSeedAndTheBatchsNumber() {
    float[] third;
    try (Fixture t = new Fixture(3, new Augmentation(2, true))) {
      third = t.at(2);
      assertFalse(Arrays.equals(third, t.at(3)));
    }
    try (Fixture t = new Fixture(3, new Augmentation(2, true))) {
      assertArrayEquals(third, t.at(2));
    }
    try (Fixture t = new Fixture(4, new Augmentation(2, true))) {
      assertFalse(Arrays.equals(third, t.at(2)));
    }
  }

  @Test
  void whatIsOffChangesNothing() {
    try (Fixture t = new Fixture(3, new Augmentation(0, false))) {
      for (int step = 0; step < 20; step++) {
        assertArrayEquals(images(), t.at(step));
      }
    }
  }
}

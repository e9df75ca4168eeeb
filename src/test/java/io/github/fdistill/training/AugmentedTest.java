package io.github.fdistill.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.AugmentConfig;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.savedmodel.TensorBundle;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/** Images changed at random, held against what their labels say was done to them. */
class AugmentedTest {
  private static final int BATCH = 400;
  private static final int HEIGHT = 14;
  private static final int WIDTH = 18;
  private static final int SIZE = HEIGHT * WIDTH;

  /** What a picture shows at a point, pixels from its middle; slowly varying. */
  private static double shown(double x, double y) {
    return Math.sin(0.2 * x + 0.1) * Math.cos(0.25 * y) + 0.02 * x - 0.03 * y;
  }

  private static float[] picture() {
    float[] values = new float[SIZE];
    for (int k = 0; k < SIZE; k++) {
      values[k] = (float) shown(k % WIDTH - (WIDTH - 1) / 2.0, k / WIDTH - (HEIGHT - 1) / 2.0);
    }
    return values;
  }

  private static float[] pictures(int count) {
    float[] values = new float[count * SIZE];
    for (int i = 0; i < count; i++) {
      System.arraycopy(picture(), 0, values, i * SIZE, SIZE);
    }
    return values;
  }

  /** Images and labels of a batch of the same picture. */
  private static List<float[]> augmented(AugmentConfig config, long step, int parts, int part) {
    try (TestGraph g = new TestGraph()) {
      StepInputs in =
          Tiny.inputs(g.tf, BATCH, parts, Shape.of(HEIGHT, WIDTH, 1), Conditioning.NONE, 5);
      Augmented found = Augmented.of(g.tf, in, config);
      try (TFloat32 x = TensorBundle.tensor(in.images().shape(), pictures(BATCH / parts));
          TInt64 number = TInt64.scalarOf(step);
          TInt32 which = TInt32.scalarOf(part)) {
        Session.Runner runner = g.session().runner().feed(in.images(), x).feed(in.step(), number);
        if (parts > 1) {
          runner.feed(in.part(), which);
        }
        try (Result result =
            runner.fetch(g.tf.identity(found.images())).fetch(found.labels()).run()) {
          return List.of(
              TensorBundle.floats((TFloat32) result.get(0)),
              TensorBundle.floats((TFloat32) result.get(1)));
        }
      }
    }
  }

  private static AugmentConfig often(double probability) {
    return AugmentConfig.newBuilder().setProbability(probability).build();
  }

  private static float[] row(float[] all, int i, int size) {
    return Arrays.copyOfRange(all, i * size, (i + 1) * size);
  }

  @Test
  void theLabelsSayWhatWasDone() {
    List<float[]> found = augmented(often(0.5), 3, 1, 0);
    int changed = 0;
    for (int i = 0; i < BATCH; i++) {
      float[] a = row(found.get(1), i, Augmented.LABELS);
      float[] image = row(found.get(0), i, SIZE);
      boolean affine = false;
      for (int k = 2; k < Augmented.LABELS; k++) {
        affine |= a[k] != 0;
      }
      changed += affine ? 1 : 0;
      double worst = Math.min(error(a, image, 1), error(a, image, -1));
      assertEquals(0, worst, affine ? 0.03 : 1e-6, Arrays.toString(a));
    }
    assertTrue(changed > BATCH / 2, changed + " images were moved");
  }

  /**
   * How far an image is from the picture as its labels say it was read, at most.
   *
   * @param sign of the stretch, which they leave open
   */
  private static double error(float[] a, float[] image, int sign) {
    double worst = 0;
    for (int row = 0; row < HEIGHT; row++) {
      for (int column = 0; column < WIDTH; column++) {
        double[] from = from(a, sign, column - (WIDTH - 1) / 2.0, row - (HEIGHT - 1) / 2.0);
        if (Math.abs(from[0]) < WIDTH / 2.0 - 4 && Math.abs(from[1]) < HEIGHT / 2.0 - 4) {
          double x = a[0] == 1 ? -from[0] : from[0];
          double y = a[1] == 1 ? -from[1] : from[1];
          worst = Math.max(worst, Math.abs(image[row * WIDTH + column] - shown(x, y)));
        }
      }
    }
    return worst;
  }

  /**
   * From where a point is read, in doubles: stretched, turned and scaled back, after it was moved
   * back.
   */
  private static double[] from(float[] a, int sign, double x, double y) {
    double px = x - a[7] * WIDTH / 8;
    double py = y - a[8] * HEIGHT / 8;
    double stretch = sign * Math.hypot(a[5], a[6]);
    double direction = Math.atan2(a[6], a[5]);
    double q = Math.pow(2, 0.2 * stretch);
    double[] along = turned(px, py, direction);
    double[] back = turned(along[0] / q, along[1] * q, -direction);
    double[] round = turned(back[0], back[1], Math.atan2(a[4], a[3] + 1));
    double s = Math.pow(2, -0.2 * a[2]);
    return new double[] {s * round[0], s * round[1]};
  }

  private static double[] turned(double x, double y, double angle) {
    return new double[] {
      Math.cos(angle) * x - Math.sin(angle) * y, Math.sin(angle) * x + Math.cos(angle) * y
    };
  }

  /** Labels of the first batches, so many, one after another. */
  private static float[][] labels(AugmentConfig config, int batches) {
    float[][] rows = new float[batches * BATCH][];
    try (TestGraph g = new TestGraph()) {
      StepInputs in = Tiny.inputs(g.tf, BATCH, 1, Shape.of(HEIGHT, WIDTH, 1), Conditioning.NONE, 5);
      Augmented found = Augmented.of(g.tf, in, config);
      for (int step = 0; step < batches; step++) {
        float[] all =
            g.run(Map.of(in.step(), (long) step), List.of(), List.of(found.labels())).get(0);
        for (int i = 0; i < BATCH; i++) {
          rows[step * BATCH + i] = row(all, i, Augmented.LABELS);
        }
      }
    }
    return rows;
  }

  @Test
  void eachChangeComesAsOftenAsItIsAskedFor() {
    double p = 0.12;
    double[] count = new double[Augmented.LABELS];
    float[][] rows = labels(often(p), 10);
    for (float[] row : rows) {
      for (int k = 0; k < Augmented.LABELS; k++) {
        count[k] += row[k] != 0 ? 1 : 0;
      }
    }
    double[] expected = {0.5, p / 2, p, p, p, p, p, p, p};
    for (int k = 0; k < Augmented.LABELS; k++) {
      double deviation = Math.sqrt(expected[k] * (1 - expected[k]) / rows.length);
      assertEquals(expected[k], count[k] / rows.length, 4 * deviation, "a" + k);
    }
    AugmentConfig unmirrored = often(p).toBuilder().setMirror(false).build();
    for (float[] row : labels(unmirrored, 1)) {
      assertEquals(0, row[0]);
    }
  }

  /** r^2 cos(2 a) of r cos(a) and r sin(a). */
  private static double twice(double cosine, double sine) {
    return cosine * cosine - sine * sine;
  }

  /** The mean of f over n rows within four standard errors, where f has this deviation. */
  private static void assertMean(
      double expected, double deviation, float[][] rows, ToDoubleFunction<float[]> f, String what) {
    double mean = Arrays.stream(rows).mapToDouble(f).average().orElseThrow();
    assertEquals(expected, mean, 4 * deviation / Math.sqrt(rows.length), what);
  }

  /** Of a normal number the square deviates by sqrt(2); of an angle the cosine by sqrt(1/2). */
  @Test
  void whatIsDoneToAnImageHasItsDistribution() {
    float[][] rows = labels(often(1), 10);
    for (int normal : new int[] {2, 7, 8}) {
      assertMean(0, 1, rows, a -> a[normal], "mean of number " + normal);
      assertMean(1, Math.sqrt(2), rows, a -> a[normal] * a[normal], "variance of " + normal);
    }
    assertMean(0, 1, rows, a -> a[7] * a[8], "right and down");
    assertMean(0, 1, rows, a -> a[2] * a[7], "scale and right");
    double half = Math.sqrt(0.5);
    assertMean(0, half, rows, a -> a[3] + 1, "cosine of the turn");
    assertMean(0, half, rows, a -> a[4], "sine of the turn");
    assertMean(0, half, rows, a -> twice(a[3] + 1, a[4]), "cosine of twice the turn");
    assertMean(1, Math.sqrt(2), rows, a -> a[5] * a[5] + a[6] * a[6], "variance of the stretch");
    // E[a5^4] = 3, and E[cos^2 sin^2] = 1/8.
    assertMean(0, Math.sqrt(3.0 / 8), rows, a -> a[5] * a[6], "along and across");
    assertMean(
        0, Math.sqrt(3) / 2, rows, a -> twice(a[5], a[6]) * twice(a[3] + 1, a[4]), "its angle");
    assertMean(0, 1, rows, a -> a[5] * a[2], "stretch and scale");
    assertMean(0, 1, rows, a -> a[5] * a[7], "stretch and right");
  }

  @Test
  void inPartsABatchIsWhatItIsAsAWhole() {
    List<float[]> whole = augmented(often(0.3), 7, 1, 0);
    List<float[]> second = augmented(often(0.3), 7, 2, 1);
    int half = BATCH / 2;
    assertArrayEquals(
        Arrays.copyOfRange(whole.get(1), half * Augmented.LABELS, BATCH * Augmented.LABELS),
        second.get(1));
    assertArrayEquals(
        Arrays.copyOfRange(whole.get(0), half * SIZE, BATCH * SIZE), second.get(0), 1e-5f);
  }

  @Test
  void imagesStayAsTheyAreWhereNothingIsAsked() {
    List<float[]> found = augmented(AugmentConfig.getDefaultInstance(), 1, 1, 0);
    assertArrayEquals(pictures(BATCH), found.get(0));
    assertArrayEquals(new float[BATCH * Augmented.LABELS], found.get(1));
  }
}

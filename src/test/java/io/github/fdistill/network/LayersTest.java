package io.github.fdistill.network;

import static io.github.fdistill.network.TestNetworks.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.fdistill.InputException;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.savedmodel.WeightArrays;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.ndarray.Shape;

class LayersTest {
  private static final double EPSILON = 1e-5;

  /** (x - mean) / std of a group, in double; x is [N,pixels,channels]. */
  static double[] normalised(
      float[] x, int pixels, int channels, int group, float[] scale, float[] offset) {
    double[] y = new double[x.length];
    for (int n = 0; n < x.length / (pixels * channels); n++) {
      for (int first = 0; first < channels; first += group) {
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < pixels * group; i++) {
          double value = x[index(n, i, first, pixels, channels, group)];
          sum += value;
          squares += value * value;
        }
        double mean = sum / (pixels * group);
        double std = Math.sqrt(squares / (pixels * group) - mean * mean + EPSILON);
        for (int i = 0; i < pixels * group; i++) {
          int at = index(n, i, first, pixels, channels, group);
          int c = first + i % group;
          y[at] = (x[at] - mean) / std * scale[c] + offset[c];
        }
      }
    }
    return y;
  }

  private static int index(int n, int i, int first, int pixels, int channels, int group) {
    return (n * pixels + i / group) * channels + first + i % group;
  }

  private static void assertClose(double[] expected, float[] found, double tolerance) {
    assertEquals(expected.length, found.length);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], found[i], tolerance, "number " + i);
    }
  }

  @ParameterizedTest
  @CsvSource({"6, 2", "6, 3", "4, 4", "4, 8", "5, 1"})
  void groupNormIsItsFormula(int channels, int group) {
    NetworkFunction norm =
        TestNetworks.function(
            Shape.of(-1, 3, 2, channels), (x, layers) -> layers.groupNorm(x, "norm", group));
    float[] w = random(1, 2 * channels, 1);
    float[] x = random(2, 2 * 6 * channels, 2);
    for (int i = 0; i < x.length; i++) {
      x[i] += 1 + i % channels; // A mean of its own for each channel.
    }
    Map<String, float[]> parts = WeightArrays.split(norm.parameters(), w);
    double[] expected =
        normalised(
            x,
            6,
            channels,
            Math.min(group, channels),
            parts.get("norm/scale"),
            parts.get("norm/offset"));
    assertClose(expected, TestNetworks.value(norm, w, x, 2, 3, 2, channels), 2e-5);
  }

  @Test
  void groupNormRefusesGroupsThatLeaveARest() {
    assertThrows(
        InputException.class,
        () ->
            TestNetworks.function(
                Shape.of(-1, 2, 2, 6), (x, layers) -> layers.groupNorm(x, "norm", 4)));
  }

  /** The last has three heads' worth of channels that only two divide. */
  @ParameterizedTest
  @CsvSource({"4, 1", "128, 2", "200, 2"})
  void attentionIsItsFormula(int channels, int heads) {
    NetworkFunction attention =
        TestNetworks.function(
            Shape.of(-1, 2, 3, channels), (x, layers) -> layers.attention(x, "att", channels));
    float[] w = random(3, (int) attention.parameters().size(), 1 / Math.sqrt(channels));
    float[] x = random(4, 2 * 6 * channels, 1);
    double[] expected =
        attention(x, 6, channels, heads, WeightArrays.split(attention.parameters(), w));
    assertClose(expected, TestNetworks.value(attention, w, x, 2, 2, 3, channels), 5e-5);
  }

  private static double[] attention(
      float[] x, int pixels, int channels, int heads, Map<String, float[]> w) {
    double[] norm =
        normalised(
            x, pixels, channels, channels, w.get("att/norm/scale"), w.get("att/norm/offset"));
    double[] qkv = dense(norm, channels, w.get("att/qkv/kernel"), w.get("att/qkv/bias"));
    int d = channels / heads;
    double[] mixed = new double[x.length];
    for (int n = 0; n < x.length / (pixels * channels); n++) {
      for (int head = 0; head < heads; head++) {
        for (int p = 0; p < pixels; p++) {
          int q = (n * pixels + p) * 3 * channels + head * d;
          double[] weights = new double[pixels];
          double total = 0;
          for (int other = 0; other < pixels; other++) {
            int k = (n * pixels + other) * 3 * channels + channels + head * d;
            double dot = 0;
            for (int i = 0; i < d; i++) {
              dot += qkv[q + i] * qkv[k + i];
            }
            weights[other] = Math.exp(dot / Math.sqrt(d));
            total += weights[other];
          }
          for (int other = 0; other < pixels; other++) {
            int v = (n * pixels + other) * 3 * channels + 2 * channels + head * d;
            for (int i = 0; i < d; i++) {
              mixed[(n * pixels + p) * channels + head * d + i] +=
                  weights[other] / total * qkv[v + i];
            }
          }
        }
      }
    }
    double[] y =
        dense(mixed, channels, w.get("att/projection/kernel"), w.get("att/projection/bias"));
    for (int i = 0; i < y.length; i++) {
      y[i] += x[i];
    }
    return y;
  }

  /** Each row of {@code in} numbers times the kernel [in,out], plus the bias. */
  static double[] dense(double[] x, int in, float[] kernel, float[] bias) {
    int out = bias.length;
    double[] y = new double[x.length / in * out];
    for (int row = 0; row < x.length / in; row++) {
      for (int o = 0; o < out; o++) {
        double sum = bias[o];
        for (int i = 0; i < in; i++) {
          sum += x[row * in + i] * kernel[i * out + o];
        }
        y[row * out + o] = sum;
      }
    }
    return y;
  }

  @Test
  void downHalvesAndUpDoubles() {
    NetworkFunction down =
        TestNetworks.function(Shape.of(-1, 8, 6, 3), (x, layers) -> layers.down(x, "down", 5));
    NetworkFunction up =
        TestNetworks.function(Shape.of(-1, 4, 3, 5), (x, layers) -> layers.up(x, "up", 3));
    float[] half =
        TestNetworks.value(
            down, random(1, (int) down.parameters().size(), 1), random(2, 2 * 144, 1), 2, 8, 6, 3);
    assertEquals(2 * 4 * 3 * 5, half.length);
    float[] whole =
        TestNetworks.value(up, random(3, (int) up.parameters().size(), 1), half, 2, 4, 3, 5);
    assertEquals(2 * 8 * 6 * 3, whole.length);
    try (TestGraph g = new TestGraph()) {
      Layers layers = new Layers(new ParameterStore(0));
      Expr x = Expr.of(g.tf, g.tf.constant(random(2, 2 * 144, 1))).reshape(2, 8, 6, 3);
      assertEquals(Shape.of(2, 4, 3, 5), layers.down(x, "a", 5).shape());
      assertEquals(Shape.of(2, 16, 12, 7), layers.up(x, "b", 7).shape());
    }
  }

  /** A 2x2 convolution of stride 2 sees each pixel once: the sum over one patch. */
  @Test
  void downSumsItsFourPixels() {
    NetworkFunction down =
        TestNetworks.function(Shape.of(-1, 2, 4, 1), (x, layers) -> layers.down(x, "down", 1));
    float[] found =
        TestNetworks.value(
            down,
            new float[] {1, 10, 100, 1000, 0.5f},
            new float[] {1, 2, 3, 4, 5, 6, 7, 8},
            1,
            2,
            4,
            1);
    assertArrayEquals(new float[] {6521.5f, 8743.5f}, found);
  }

  /** The 1x1 convolution's channels become 2x2 pixels: first the upper row. */
  @Test
  void upLaysChannelsOutAsPixels() {
    NetworkFunction up =
        TestNetworks.function(Shape.of(-1, 1, 1, 1), (x, layers) -> layers.up(x, "up", 1));
    float[] found =
        TestNetworks.value(up, new float[] {1, 2, 3, 4, 0, 0, 0, 1}, new float[] {10}, 1, 1, 1, 1);
    assertArrayEquals(new float[] {10, 20, 30, 41}, found);
  }

  @Test
  void patchesBecomeChannelsAndBack() {
    try (TestGraph g = new TestGraph()) {
      float[] pixels = random(1, 2 * 4 * 6 * 3, 1);
      Expr x = Expr.of(g.tf, g.tf.constant(pixels)).reshape(2, 4, 6, 3);
      Expr patches = Layers.spaceToDepth(x, 2);
      assertEquals(Shape.of(2, 2, 3, 12), patches.shape());
      float[] first = Arrays.copyOfRange(g.value(patches), 0, 6);
      assertArrayEquals(Arrays.copyOfRange(pixels, 0, 6), first);
      assertArrayEquals(pixels, g.value(Layers.depthToSpace(patches, 2)));
    }
  }
}

package io.github.fdistill.expr;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SeededNoiseTest {
  private static float[] noise(long[] seeds, int height, int width, int channels) {
    try (TestGraph g = new TestGraph()) {
      Expr noise = SeededNoise.normal(g.tf, g.tf.constant(seeds), height, width, channels);
      return g.value(noise);
    }
  }

  private static float[] portable(long[] seeds, int height, int width, int channels) {
    try (TestGraph g = new TestGraph()) {
      Expr noise = PortableNoise.normal(g.tf, g.tf.constant(seeds), height, width, channels);
      return g.value(noise);
    }
  }

  /** Bit for bit, of edges of words, of both signs, and of seeds without any order. */
  @Test
  void ofOpsThatOtherRuntimesHaveItIsTheSame() {
    LongStream edges =
        LongStream.range(0, 64).flatMap(bit -> LongStream.of(1L << bit, (1L << bit) - 1));
    LongStream any = LongStream.range(0, 128).map(SeededNoiseTest::mix);
    long[] seeds =
        LongStream.concat(edges, any).flatMap(seed -> LongStream.of(seed, -seed)).toArray();
    assertArrayEquals(noise(seeds, 5, 5, 3), portable(seeds, 5, 5, 3));
    long[] few = {0, -1, 7, Long.MIN_VALUE, Long.MAX_VALUE};
    assertArrayEquals(noise(few, 28, 28, 1), portable(few, 28, 28, 1));
    assertArrayEquals(new float[0], portable(new long[0], 3, 3, 1));
  }

  /** SplitMix64's finaliser (Steele et al. 2014). */
  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** Box and Muller's radius for the upper 24 bits of pixel i of a seed. */
  private static double radius(long bits) {
    return Math.sqrt(-2 * Math.log(((bits >>> 40) + 0.5) / (1 << 24)));
  }

  private static double angle(long bits) {
    return 2 * Math.PI * ((bits >>> 16) & 0xffffff) / (1 << 24);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 42, -1, -123456789012345L, Long.MAX_VALUE, Long.MIN_VALUE})
  void equalsItsFormulaInDouble(long seed) {
    float[] found = noise(new long[] {seed}, 16, 16, 3);
    for (int i = 0; i < found.length; i++) {
      long bits = mix(mix(seed) + (i + 1) * 0x9e3779b97f4a7c15L);
      double radius = radius(bits);
      // (k + 1/2) / 2^24 is rounded to 24 bits: by 2^-25, which a small radius feels.
      double tolerance = 2e-6 * (1 + radius) + Math.min(3e-4, 0x1p-25 / radius);
      assertEquals(radius * Math.cos(angle(bits)), found[i], tolerance, "pixel " + i);
    }
  }

  /** The sizes that are no multiples of a vector register put rows at odd places in the batch. */
  @ParameterizedTest
  @CsvSource({"28, 28, 1", "5, 5, 3", "3, 3, 1", "1, 1, 1"})
  void aRowIsTheSameBitsInEveryBatch(int height, int width, int channels) {
    int pixels = height * width * channels;
    long[] seeds = LongStream.range(0, 64).map(i -> i * i * i - 1000).toArray();
    float[] of64 = noise(seeds, height, width, channels);
    float[] of7 = noise(Arrays.copyOfRange(seeds, 30, 37), height, width, channels);
    assertArrayEquals(Arrays.copyOfRange(of64, 30 * pixels, 37 * pixels), of7);
    for (int row : new int[] {0, 1, 31, 36, 63}) {
      float[] alone = noise(new long[] {seeds[row]}, height, width, channels);
      assertArrayEquals(
          Arrays.copyOfRange(of64, row * pixels, (row + 1) * pixels), alone, "row " + row);
    }
  }

  /** Both along the pixels of few seeds and along the seeds at few pixels. */
  @ParameterizedTest
  @CsvSource({"4, 100", "10000, 2"})
  void theMomentsAreThoseOfTheStandardNormal(int seeds, int size) {
    float[] values = noise(LongStream.range(0, seeds).toArray(), size, size, 1);
    int n = values.length;
    // Standard errors of the first four moments: sqrt of 1, 2, 15, 96 over n.
    assertEquals(0, moment(values, 1), 5 * Math.sqrt(1.0 / n));
    assertEquals(1, moment(values, 2), 5 * Math.sqrt(2.0 / n));
    assertEquals(0, moment(values, 3), 5 * Math.sqrt(15.0 / n));
    assertEquals(3, moment(values, 4), 5 * Math.sqrt(96.0 / n));
  }

  private static double moment(float[] values, int power) {
    double sum = 0;
    for (float value : values) {
      sum += Math.pow(value, power);
    }
    return sum / values.length;
  }

  @Test
  void neighbouringSeedsAndPixelsAreUncorrelated() {
    int pixels = 40_000;
    float[] values = noise(new long[] {99, 100, 101, -100, 1L << 40}, 200, 200, 1);
    double limit = 5 / Math.sqrt(pixels);
    for (int row = 1; row < 5; row++) {
      assertEquals(0, correlation(values, 0, row * pixels, pixels), limit, "row " + row);
    }
    for (int lag : new int[] {1, 2, 200}) {
      assertEquals(0, correlation(values, 0, lag, pixels - 200), limit, "lag " + lag);
    }
  }

  /** Seeds s and s + GOLDEN would share all pixels but one, were the seed not mixed first. */
  @Test
  void seedsAGoldenStepApartShareNothing() {
    int pixels = 10_000;
    float[] values = noise(new long[] {5, 5 + 0x9e3779b97f4a7c15L}, 100, 100, 1);
    for (int lag : new int[] {-1, 0, 1}) {
      double found = correlation(values, 1, pixels + 1 + lag, pixels - 2);
      assertEquals(0, found, 5 / Math.sqrt(pixels), "lag " + lag);
    }
  }

  private static double correlation(float[] values, int a, int b, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += (double) values[a + i] * values[b + i];
    }
    return sum / count;
  }

  @Test
  void noValueIsInfiniteOrMissing() {
    for (float value : noise(LongStream.range(0, 1000).toArray(), 32, 32, 1)) {
      assertTrue(Math.abs(value) < 6.0, "at most sqrt(2 ln 2^25) = 5.89: " + value);
    }
  }
}

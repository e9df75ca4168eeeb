package io.github.fdistill.evaluation;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Properties;
import java.util.Random;

/** What other programs found, as the scripts beside the resources recorded it; and vectors. */
final class Recorded {
  private static final Properties MEASURES = load("measures.properties");

  private Recorded() {}

  static double measure(String name) {
    return Double.parseDouble(MEASURES.getProperty(name));
  }

  /** The numbers of a line of a file, separated by blanks. */
  static float[] numbers(String file, String name) {
    double[] values =
        Arrays.stream(load(file).getProperty(name).split(" "))
            .mapToDouble(Double::parseDouble)
            .toArray();
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static Properties load(String file) {
    Properties properties = new Properties();
    try (InputStream in = Recorded.class.getResourceAsStream(file)) {
      properties.load(in);
      return properties;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The reference that measures.py measured against. */
  static Features reference() {
    return vectors(1, 400, 16, 1.0, 0.0);
  }

  /** The samples that measures.py measured. */
  static Features samples() {
    return vectors(2, 250, 16, 0.9, 0.2);
  }

  /** The function `vectors` of measures.py. */
  static Features vectors(long seed, int n, int d, double scale, double offset) {
    long state = seed;
    float[] rows = new float[n * d];
    for (int i = 0; i < n; i++) {
      double value = 0;
      for (int j = 0; j < d; j++) {
        double total = 0;
        for (int t = 0; t < 4; t++) {
          state = state * 48271 % 2147483647;
          total += state / 2147483647.0;
        }
        value = 0.6 * value + (total - 2);
        rows[i * d + j] = (float) (offset + scale * value);
      }
    }
    return new Features("vectors " + seed, d, rows);
  }

  /** The features of a set whose vectors have one number each. */
  static Features line(double... values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return new Features("a line", 1, floats);
  }

  /** Independent normal numbers around a point, in multiples of a step, so that ties happen. */
  static Features cloud(long seed, int n, int d, double offset, double step) {
    Random random = new Random(seed);
    float[] values = new float[n * d];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (offset + step * Math.round(random.nextGaussian() / step));
    }
    return new Features("cloud " + seed, d, values);
  }
}

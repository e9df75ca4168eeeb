package io.github.fdistill.evaluation;

import io.github.fdistill.InputException;
import java.util.Arrays;
import java.util.Locale;

/**
 * Feature vectors, one for each image. Numbers only: there is no NaN among them, and none so large
 * that its square is not a float32.
 *
 * @param name whose they are, for messages: a file, a dataset, a run
 * @param dimension d, the length of a vector
 * @param values [n,d] in C order
 */
public record Features(String name, int dimension, float[] values) {
  private static final float LARGEST = 1e16f;

  /**
   * @throws InputException for a NaN, an infinity or a number beyond 1e16
   */
  public Features {
    if (dimension < 1 || values.length % dimension != 0) {
      throw new IllegalArgumentException(values.length + " values in vectors of " + dimension);
    }
    for (int i = 0; i < values.length; i++) {
      if (!(Math.abs(values[i]) <= LARGEST)) {
        throw new InputException(
            name,
            "feature " + i % dimension + " of image " + i / dimension + " is " + values[i],
            "finite numbers, no larger than " + LARGEST,
            "look at that image and at the network that sees it: one of them holds no number");
      }
    }
  }

  /**
   * Room for so many vectors, which an array has to hold.
   *
   * @throws InputException when they are more numbers than it can
   */
  static float[] room(String name, int count, int width) {
    if ((long) count * width > Integer.MAX_VALUE) {
      throw new InputException(
          name,
          String.format(Locale.ROOT, "%,d images of %,d features", count, width),
          String.format(Locale.ROOT, "at most %,d of so many", Integer.MAX_VALUE / width),
          "measure fewer: --samples and --references, or evaluation.samples and"
              + " evaluation.references of a run");
    }
    return new float[count * width];
  }

  /** n, the number of vectors. */
  public int count() {
    return values.length / dimension;
  }

  /** The vectors from one to before another. */
  Features rows(int from, int to) {
    return new Features(
        name, dimension, Arrays.copyOfRange(values, from * dimension, to * dimension));
  }

  /** |a - b|^2 in float64, for vector {@code i} of this and vector {@code j} of another set. */
  double squaredDistance(int i, Features other, int j) {
    int a = i * dimension;
    int b = j * dimension;
    double sum = 0;
    for (int f = 0; f < dimension; f++) {
      double difference = (double) values[a + f] - other.values[b + f];
      sum += difference * difference;
    }
    return sum;
  }

  /**
   * @throws InputException if there are fewer than a measure needs
   */
  void requireCount(int needed, String measure, String why) {
    if (count() < needed) {
      throw new InputException(
          name + ", " + measure,
          count() + " images",
          "at least " + needed + ": " + why,
          "draw or add more images");
    }
  }

  /**
   * @throws InputException if the other set's vectors are of another length
   */
  void requireSameDimension(Features other) {
    if (dimension != other.dimension) {
      throw new InputException(
          other.name,
          "vectors of " + other.dimension + " features",
          dimension + ", as " + name + " has",
          "compute both with the same features network");
    }
  }
}

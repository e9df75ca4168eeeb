package io.github.fdistill.cli;

import io.github.fdistill.data.Images;
import org.tensorflow.ndarray.Shape;

/**
 * Which images to draw: every seed for every class, a row of the picture for each class.
 *
 * @param seeds the columns
 * @param classes the rows
 */
record SampleGrid(long[] seeds, int[] classes) {

  /** Ten seeds for each class. */
  static SampleGrid ofAll(int classes) {
    int[] all = new int[Math.max(1, classes)];
    java.util.Arrays.setAll(all, i -> i);
    return new SampleGrid(new long[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, all);
  }

  int count() {
    return Math.multiplyExact(seeds.length, classes.length);
  }

  /** The seed of each image, row by row. */
  long[] seedOfEach() {
    long[] result = new long[count()];
    java.util.Arrays.setAll(result, i -> seeds[i % seeds.length]);
    return result;
  }

  /** The class of each image, row by row. */
  int[] labelOfEach() {
    int[] result = new int[count()];
    java.util.Arrays.setAll(result, i -> classes[i / seeds.length]);
    return result;
  }

  /** Values as images of a shape [H,W,C]. */
  static Images images(float[] values, Shape image) {
    return new Images(values, (int) image.get(0), (int) image.get(1), (int) image.get(2));
  }
}

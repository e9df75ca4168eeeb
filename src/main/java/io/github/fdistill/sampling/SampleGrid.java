package io.github.fdistill.sampling;

import io.github.fdistill.network.StudentModel;
import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * Which images to draw: every seed for every class, a row of the picture for each class.
 *
 * @param seeds the columns
 * @param classes the rows
 */
public record SampleGrid(long[] seeds, int[] classes) {
  private static final int COLUMNS = 10;
  private static final int POINTS = 2000;

  /** Ten seeds for each class; without classes a hundred seeds, or of points two thousand. */
  public static SampleGrid of(StudentModel model, int classes) {
    if (Drawable.ofPoints(model.image())) {
      return new SampleGrid(first(POINTS), new int[] {0});
    }
    if (!model.conditional()) {
      return new SampleGrid(first(COLUMNS * COLUMNS), new int[] {0});
    }
    int[] all = new int[classes];
    Arrays.setAll(all, i -> i);
    return new SampleGrid(first(COLUMNS), all);
  }

  private static long[] first(int count) {
    return LongStream.range(0, count).toArray();
  }

  /** How many images. */
  public int count() {
    return Math.multiplyExact(seeds.length, classes.length);
  }

  /** Images in a row of the picture. */
  int columns() {
    return classes.length == 1 ? Math.min(COLUMNS, count()) : seeds.length;
  }

  /** The seed of each image, row by row. */
  public long[] seedOfEach() {
    long[] result = new long[count()];
    Arrays.setAll(result, i -> seeds[i % seeds.length]);
    return result;
  }

  /** The class of each image, row by row. */
  public int[] labelOfEach() {
    int[] result = new int[count()];
    Arrays.setAll(result, i -> classes[i / seeds.length]);
    return result;
  }
}

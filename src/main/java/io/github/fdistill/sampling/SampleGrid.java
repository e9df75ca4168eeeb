package io.github.fdistill.sampling;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.network.StudentModel;
import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * Which images to draw: every seed under every condition, a row of the picture for each condition.
 *
 * @param seeds the columns
 * @param conditions the rows
 */
public record SampleGrid(long[] seeds, ConditionRows conditions) {
  private static final int COLUMNS = 10;
  private static final int POINTS = 2000;

  /**
   * Ten seeds under each of some conditions; of a model that takes none a hundred seeds, or of
   * points two thousand.
   *
   * @param examples of conditions, with all that the model takes
   */
  public static SampleGrid of(StudentModel model, ConditionRows examples) {
    if (Drawable.ofPoints(model.image())) {
      return new SampleGrid(first(POINTS), examples.range(0, 1));
    }
    if (model.conditioning().isEmpty()) {
      return new SampleGrid(first(COLUMNS * COLUMNS), examples.range(0, 1));
    }
    return new SampleGrid(first(COLUMNS), examples);
  }

  /** The same under conditions made up for it, where no images are at hand to take them from. */
  public static SampleGrid of(StudentModel model) {
    int classes = Math.max(1, model.info().getClasses());
    int rows = Math.min(classes, ImageSource.MOST_EXAMPLES);
    return of(model, ConditionRows.madeUp(model.conditioning(), rows));
  }

  private static long[] first(int count) {
    return LongStream.range(0, count).toArray();
  }

  /** How many images there are. */
  public int count() {
    return Math.multiplyExact(seeds.length, conditions.count());
  }

  /** Images in a row of the picture. */
  public int columns() {
    return conditions.count() == 1 ? Math.min(COLUMNS, count()) : seeds.length;
  }

  /** The seed of each image, row by row. */
  public long[] seedOfEach() {
    long[] result = new long[count()];
    Arrays.setAll(result, i -> seeds[i % seeds.length]);
    return result;
  }

  /** The condition of each image, row by row. */
  public ConditionRows conditionOfEach() {
    int[] which = new int[count()];
    Arrays.setAll(which, i -> i / seeds.length);
    return conditions.rows(which);
  }
}

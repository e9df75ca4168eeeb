package io.github.fdistill.cli;

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
record SampleGrid(long[] seeds, ConditionRows conditions) {
  private static final int COLUMNS = 10;
  private static final int POINTS = 2000;

  /**
   * Ten seeds under each of some conditions; of a model that takes none a hundred seeds, or of
   * points two thousand.
   *
   * @param examples of conditions, with all that the model takes
   */
  static SampleGrid of(StudentModel model, ConditionRows examples) {
    if (Contract.ofPoints(model.image())) {
      return new SampleGrid(first(POINTS), examples.range(0, 1));
    }
    if (model.conditioning().isEmpty()) {
      return new SampleGrid(first(COLUMNS * COLUMNS), examples.range(0, 1));
    }
    return new SampleGrid(first(COLUMNS), examples);
  }

  /** The same under conditions made up for it, where no images are at hand to take them from. */
  static SampleGrid of(StudentModel model) {
    int classes = Math.max(1, model.info().getClasses());
    int rows = Math.min(classes, ImageSource.MOST_EXAMPLES);
    return of(model, ConditionRows.madeUp(model.conditioning(), rows));
  }

  private static long[] first(int count) {
    return LongStream.range(0, count).toArray();
  }

  int count() {
    return Math.multiplyExact(seeds.length, conditions.count());
  }

  /** Images in a row of the picture. */
  int columns() {
    return conditions.count() == 1 ? Math.min(COLUMNS, count()) : seeds.length;
  }

  /** The seed of each image, row by row. */
  long[] seedOfEach() {
    long[] result = new long[count()];
    Arrays.setAll(result, i -> seeds[i % seeds.length]);
    return result;
  }

  /** The condition of each image, row by row. */
  ConditionRows conditionOfEach() {
    int[] which = new int[count()];
    Arrays.setAll(which, i -> i / seeds.length);
    return conditions.rows(which);
  }
}

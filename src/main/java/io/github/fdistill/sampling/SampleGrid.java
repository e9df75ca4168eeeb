package io.github.fdistill.sampling;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Prompts;
import io.github.fdistill.network.StudentModel;
import java.util.Arrays;
import java.util.List;
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

  /** Weights that images to compare go through, at most: those of ten by a billion. */
  private static final long WORK = 10_000_000_000L;

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

  /**
   * The same under conditions made up for it, where no images are at hand to take them from: texts
   * are {@link Prompts#EXAMPLES}, the last of them none at all. Of a network of many weights there
   * are fewer, for each takes it long: of more than a hundred million not all, one at least.
   */
  public static SampleGrid of(StudentModel model) {
    int classes = Math.max(1, model.info().getClasses());
    List<String> texts = Prompts.EXAMPLES;
    int least = model.tokenizer().isPresent() ? texts.size() : 1;
    int rows = Math.min(Math.max(classes, least), ImageSource.MOST_EXAMPLES);
    ConditionRows madeUp = ConditionRows.madeUp(model.conditioning(), rows);
    model
        .tokenizer()
        .map(tokenizer -> CaptionTokens.of(tokenizer, texts))
        .ifPresent(tokens -> tell(tokens, madeUp));
    long most = WORK / Math.max(1, model.weights().parameters().size());
    return of(model, inClasses(madeUp, classes)).atMost(most);
  }

  private static void tell(CaptionTokens tokens, ConditionRows rows) {
    for (int row = 0; row < rows.count(); row++) {
      tokens.copy(row % tokens.size(), rows, row);
    }
  }

  /** Where there are more rows than classes, these begin again. */
  private static ConditionRows inClasses(ConditionRows rows, int classes) {
    rows.labels().ifPresent(labels -> Arrays.setAll(labels, row -> row % classes));
    return rows;
  }

  private static long[] first(int count) {
    return LongStream.range(0, count).toArray();
  }

  /**
   * No more than so many images of it: the first seeds, and where one is too many still, the first
   * conditions; one image in any case.
   */
  public SampleGrid atMost(long images) {
    int rows = (int) Math.max(1, Math.min(conditions.count(), images));
    int columns = (int) Math.max(1, Math.min(seeds.length, images / rows));
    return new SampleGrid(Arrays.copyOf(seeds, columns), conditions.range(0, rows));
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
    return conditionOfEach(0, count());
  }

  /** The same of the images from one to before another: those of all may be more than memory. */
  public ConditionRows conditionOfEach(int from, int to) {
    int[] which = new int[to - from];
    Arrays.setAll(which, i -> (from + i) / seeds.length);
    return conditions.rows(which);
  }
}

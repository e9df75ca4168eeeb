package io.github.fdistill.run;

import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.journal.RecordFile;
import io.github.fdistill.journal.RunRecord;
import io.github.fdistill.sampling.SampleGrid;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the rows of a run's pictures show, as its record tells: their names, and of each picture
 * with fewer rows than there are names, how many it has. Those are the first.
 */
final class PictureRows {
  private static final String NAMES = "picture_rows";
  private static final String DRAWN = "picture_rows_drawn";

  /** Of a caption among the names. */
  private static final int MOST_LETTERS = 80;

  private final RunRecord record;
  private final Map<String, Long> drawn = new TreeMap<>();

  /**
   * @param before what earlier sessions of the run have noted
   */
  PictureRows(RunRecord record, Optional<RecordFile> before) {
    this.record = record;
    before.ifPresent(told -> drawn.putAll(told.wholeNumbers(DRAWN)));
    if (!drawn.isEmpty()) {
      note();
    }
  }

  /**
   * Notes the captions that rows are drawn under, or the classes.
   *
   * @param captions of the rows; none where they are of classes
   */
  void name(SampleGrid grid, ClassNames names, List<String> captions) {
    Optional<int[]> labels = grid.conditions().labels();
    if (captions.size() > 1 && captions.size() == grid.conditions().count()) {
      record.put(NAMES, captions.stream().map(PictureRows::start).toList());
    } else if (labels.isPresent() && grid.conditions().count() > 1) {
      record.put(NAMES, Arrays.stream(labels.get()).mapToObj(names::of).toList());
    }
  }

  /** Of a long text the first letters. */
  private static String start(String text) {
    return text.codePointCount(0, text.length()) <= MOST_LETTERS
        ? text
        : text.substring(0, text.offsetByCodePoints(0, MOST_LETTERS)) + "...";
  }

  /**
   * Notes how much of a grid a picture shows.
   *
   * @param picture its file's name
   * @param part that was drawn in time
   */
  void drawn(String picture, SampleGrid part, SampleGrid all) {
    int rows = part.conditions().count();
    if (rows < all.conditions().count()) {
      drawn.put(picture, (long) rows);
      note();
    } else if (drawn.remove(picture) != null) {
      note();
    }
  }

  private void note() {
    record.put(DRAWN, drawn);
  }

  /** The names of a picture's rows, from the first; none where the run has noted none. */
  static List<String> of(RecordFile told, String picture) {
    List<String> names = told.texts(NAMES);
    long rows = told.wholeNumbers(DRAWN).getOrDefault(picture, (long) names.size());
    return names.subList(0, (int) Math.max(0, Math.min(rows, names.size())));
  }
}

package io.github.fdistill.data;

import io.github.fdistill.condition.ConditionRows;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Images with their captions, a row for each caption: an image with several is here as often. */
interface CaptionedRows extends DerivedImages {
  /** Those of the source. */
  Captions captions();

  @Override
  default long size() {
    return captions().images().length;
  }

  @Override
  default long there(long index) {
    return captions().images()[Math.toIntExact(index)];
  }

  /** The one that this row is of. */
  @Override
  default List<String> captions(long index) {
    return List.of(captions().texts().get(Math.toIntExact(index)));
  }

  /** The first captions of as many images, spread over the set. */
  @Override
  default ConditionRows examples() {
    int count = (int) Math.min(MOST_EXAMPLES, size());
    ConditionRows rows = ConditionRows.zeros(conditioning(), count);
    IntStream.range(0, count).forEach(i -> copyCondition(i * size() / count, rows, i));
    return rows;
  }

  @Override
  default List<String> notes() {
    List<String> notes = new ArrayList<>(source().notes());
    if (!captions().without().isEmpty()) {
      String names = String.join(", ", captions().without().keySet().stream().limit(10).toList());
      notes.add(
          "images without a caption are skipped (" + captions().without().size() + "): " + names);
    }
    return notes;
  }
}

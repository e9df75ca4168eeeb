package io.github.fdistill.data;

import java.util.ArrayList;
import java.util.List;

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

  /** Each image once, however many captions it has; those without one too. */
  @Override
  default ImageSource pictures() {
    return source().pictures();
  }

  @Override
  default boolean tellsCaptions() {
    return true;
  }

  /** The one that this row is of. */
  @Override
  default List<String> captions(long index) {
    return List.of(captions().texts().get(Math.toIntExact(index)));
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

package io.github.fdistill.training;

import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.MadeImages;
import java.util.Arrays;

/** Grey images of one value each: image i has class i mod classes, and that class's shade. */
final class PlainImages {
  private PlainImages() {}

  static ImageSource of(long size, int height, int width, int classes) {
    return new MadeImages(
        size,
        height,
        width,
        1,
        classes,
        (index, into, offset) ->
            Arrays.fill(
                into, offset, offset + height * width, shade((int) (index % classes), classes)));
  }

  /** From -0.6 for class 0 to 0.6 for the last. */
  static float shade(int label, int classes) {
    return classes == 1 ? 0 : 1.2f * label / (classes - 1) - 0.6f;
  }
}

package io.github.fdistill.data;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * Images of nothing but 0 and 1, of 255: all of them are black. It is a common slip of masks, of
 * which 1 is meant to be white, and is to be told before training.
 */
final class AllBlack {
  /** What a set is told where nothing that it was opened by says what white is. */
  static final String AS_AN_ARRAY =
      "write them as one array, by data --out, and from that another with --levels 0..1";

  /** Values that are looked at, at least of one image. */
  private static final long MOST_LOOKED_AT = 1 << 24;

  private AllBlack() {}

  /**
   * A note where no value of the first images is above 1, of 255, and one is 1.
   *
   * @param most images that are looked at
   * @param remedy what to do if 1 is white
   */
  static Optional<String> note(ImageSource images, long most, Supplier<String> remedy) {
    long values = Math.max(1, MOST_LOOKED_AT / images.valuesPerImage());
    long first = Math.min(images.size(), Math.min(most, values));
    boolean ones = false;
    for (long i = 0; i < first; i++) {
      for (float value : images.stored(i).values()) {
        int level = Images.level(value);
        if (level > 1) {
          return Optional.empty();
        }
        ones |= level == 1;
      }
    }
    String of = first < images.size() ? " of the first images" : "";
    return ones
        ? Optional.of(
            "no value" + of + " is above 1, of 255: all is black; if 1 is white: " + remedy.get())
        : Optional.empty();
  }
}

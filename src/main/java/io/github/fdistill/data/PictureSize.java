package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.util.Comparator;

/**
 * What a picture's header promises.
 *
 * @param channels 1 (grey) or 3 (red, green, blue)
 */
record PictureSize(int height, int width, int channels) {
  /** By height, width and channels. */
  static final Comparator<PictureSize> ORDER =
      Comparator.comparingInt(PictureSize::height)
          .thenComparingInt(PictureSize::width)
          .thenComparingInt(PictureSize::channels);

  /** A gibibyte of float32: more in one picture is a damaged header, or no training image. */
  private static final long MOST_VALUES = 1 << 28;

  /**
   * @throws InputException if such a picture is empty or too large to be one
   */
  static PictureSize of(String where, int height, int width, int channels) {
    if (height < 1 || width < 1 || (long) height * width > MOST_VALUES / channels) {
      throw new InputException(
          where,
          Integer.toUnsignedString(height) + " x " + Integer.toUnsignedString(width) + " pixels",
          "from 1 x 1 to " + MOST_VALUES / channels + " pixels in all",
          "copy the file again; make the picture smaller if it is that large");
    }
    return new PictureSize(height, width, channels);
  }

  /** Number of values: height * width * channels. */
  int values() {
    return height * width * channels;
  }

  /** As 24x40x3. */
  String text() {
    return height + "x" + width + "x" + channels;
  }

  @Override
  public String toString() {
    return height + "x" + width + (channels == 1 ? ", grey" : ", colour");
  }
}

package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Heap;
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

  /** What decoding and resizing take of Java's memory for a value of a picture. */
  private static final int BYTES_FOR_VALUE = 14;

  /**
   * @throws InputException if such a picture is empty, too large to be one, or larger than there is
   *     memory to decode it
   */
  static PictureSize of(String where, int height, int width, int channels) {
    if (height < 1 || width < 1 || (long) height * width > MOST_VALUES / channels) {
      throw new InputException(
          where,
          Integer.toUnsignedString(height) + " x " + Integer.toUnsignedString(width) + " pixels",
          "from 1 x 1 to " + MOST_VALUES / channels + " pixels in all",
          "copy the file again; make the picture smaller if it is that large");
    }
    PictureSize size = new PictureSize(height, width, channels);
    Heap.require(where, height + " x " + width + " pixels", (long) BYTES_FOR_VALUE * size.values());
    return size;
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

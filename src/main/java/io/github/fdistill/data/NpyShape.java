package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Heap;
import java.nio.file.Path;
import java.util.Arrays;

/** Whether the shape of a .npy file is one of images, and the file as long as it says. */
final class NpyShape {
  private static final String NEEDED = "[N,H,W,C], or [N,H,W] for grey images";

  /** In one image; its float32 then fill a gibibyte. */
  private static final long MOST_VALUES = 1 << 28;

  private NpyShape() {}

  /**
   * @param length of the file in bytes
   * @return [N,H,W,C], or [N,C,H,W] where the channels are first
   * @throws InputException if it is none of images, or the file is shorter or longer
   */
  static long[] images(NpyHeader header, NpyType type, long length) {
    long[] shape = header.shape();
    String path = header.path().toString();
    String found = "shape " + Arrays.toString(shape).replace(" ", "");
    if (shape.length != 3 && shape.length != 4) {
      throw new InputException(
          path, found, NEEDED, "save it again in that shape, as numpy's reshape gives it");
    }
    if (isPicture(shape)) {
      throw new InputException(
          path,
          found + ", one picture in colour, or images that are " + shape[2] + " pixels wide",
          NEEDED,
          "save it again as [1,H,W,C], as numpy's array[None] is; grey images so narrow as"
              + " [N,H,W,1], as array[..., None] is");
    }
    long[] images = Arrays.copyOf(shape, 4);
    images[3] = shape.length == 4 ? shape[3] : 1;
    long perImage = valuesPerImage(images);
    if (images[0] < 1 || perImage < 1 || perImage > MOST_VALUES) {
      throw new InputException(
          path,
          found,
          NEEDED + ", each at least 1, and at most " + MOST_VALUES + " values in an image",
          "save the array of images again");
    }
    Heap.require(path, found, perImage * (type.bytes() + Float.BYTES));
    checkLength(header, length, found, images[0], perImage * type.bytes());
    return images;
  }

  /** Whether it is [H,W,C] of a picture in colour: as grey images it would be of 3 or 4 columns. */
  static boolean isPicture(long[] shape) {
    return shape.length == 3 && shape[1] > 4 && (shape[2] == 3 || shape[2] == 4);
  }

  /**
   * Whether it is [N,C,H,W]. Pictures are, of which the first number is 1 or 3 and both others are
   * above 4. Of latents that could be either, those are meant that are square; or where both are,
   * or neither, those of 4 channels.
   *
   * @param type of floats where they may be latents
   * @throws InputException where that does not tell
   */
  static boolean channelsFirst(NpyHeader header, NpyType type, long[] shape) {
    long a = shape[1];
    long b = shape[2];
    long c = shape[3];
    boolean large = b > 4 && c > 4;
    if (Images.areOf(a) || Images.areOf(c) || !type.isFloat()) {
      return large && (Images.areOf(a) || a == 4 || b == c && a < b);
    }
    boolean first = b == c;
    boolean last = a == b;
    if (first == last) {
      first = a == 4;
      last = c == 4;
    }
    if (first == last) {
      throw new InputException(
          header.path().toString(),
          "[N," + a + "," + b + "," + c + "], latents with the channels first, or last",
          "to be told which",
          "say NHWC (last) or NCHW (first): in a config dataset { layout: NHWC }, of ./fdistill"
              + " data --layout NHWC");
    }
    return first;
  }

  /** H W C, or more than an image may have where that is large. */
  private static long valuesPerImage(long[] shape) {
    long values = 1;
    for (int i = 1; i < shape.length; i++) {
      if (shape[i] > MOST_VALUES || values * shape[i] > MOST_VALUES) {
        return MOST_VALUES + 1;
      }
      values *= shape[i];
    }
    return values;
  }

  private static void checkLength(
      NpyHeader header, long whole, String shape, long count, long bytesPerImage) {
    Path path = header.path();
    long length = whole - header.offset();
    if (length / bytesPerImage != count || length % bytesPerImage != 0) {
      throw new InputException(
          path.toString(),
          (length / bytesPerImage < count ? "cut short: " : "too long: ")
              + (length + " bytes of values"),
          count + " times " + bytesPerImage + " for " + shape,
          "copy the file again");
    }
  }
}

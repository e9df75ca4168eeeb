package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tensorflow.ndarray.Shape;

/**
 * The size that images are brought to: the middle of each is cut out in its proportions and
 * resized.
 *
 * @param channels 1 (grey) or 3 (colour); none: as the images have, a folder's first
 */
public record AskedSize(int height, int width, OptionalInt channels) {
  private static final Pattern FORM =
      Pattern.compile("0*([1-9]\\d{0,3})x0*([1-9]\\d{0,3})(?:x([13]))?");

  /**
   * Reads a size.
   *
   * @param where it stands, for the message
   * @param text as 64x64, height and width, or 64x64x3; none where it is empty
   * @throws InputException if it is none of these
   */
  public static Optional<AskedSize> parse(String where, String text) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      throw new InputException(
          where,
          "'" + text + "'",
          "HEIGHTxWIDTH such as 64x64, or 64x64x3 for colour, each up to 9999",
          "choose such a size");
    }
    return Optional.of(
        new AskedSize(
            Integer.parseInt(parts.group(1)),
            Integer.parseInt(parts.group(2)),
            parts.group(3) == null
                ? OptionalInt.empty()
                : OptionalInt.of(Integer.parseInt(parts.group(3)))));
  }

  /**
   * What in a run's command brings its images to a size.
   *
   * @param image [H,W,C]
   */
  public static String setting(Shape image) {
    OptionalInt channels = OptionalInt.of((int) image.get(2));
    return "--set dataset.resize="
        + new AskedSize((int) image.get(0), (int) image.get(1), channels);
  }

  /**
   * The images in this size.
   *
   * @throws InputException if they are no pictures, or cannot become of so many channels
   * @see Resized#cropped(ImageSource, int, int, int)
   */
  public ImageSource of(ImageSource images) {
    if (!Images.areOf(images.channels())) {
      throw new InputException(
          "images of " + images.channels() + " channels",
          "to be brought to " + this,
          "pictures, of 1 or 3 channels: latents and points are as they are",
          "take the size out");
    }
    return Resized.cropped(images, this);
  }

  /** The same in colour. */
  AskedSize inColour() {
    return new AskedSize(height, width, OptionalInt.of(3));
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    String kind = channels.isPresent() ? "x" + channels.getAsInt() : "";
    return height + "x" + width + kind;
  }
}

package io.github.fdistill.sampling;

import io.github.fdistill.InputException;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Images;
import org.tensorflow.ndarray.Shape;

/**
 * What a picture can be made of: points, or images of one or three channels. Of latents, which have
 * others, it shows the first ones. Shapes are [H,W,C].
 */
public final class Drawable {
  /** What to do where latents are to be seen. */
  public static final String DECODER =
      "pictures need a decoder beside the model: import it with --autoencoder";

  private static final int COLOURS = 3;

  private Drawable() {}

  /** Whether the images are points: of one pixel, with a channel for each dimension. */
  public static boolean ofPoints(Shape image) {
    return image.get(0) == 1 && image.get(1) == 1;
  }

  /** Whether they are latents, by their channels: neither points nor pictures. */
  public static boolean ofLatents(Shape image) {
    return Images.areLatents(image.get(0), image.get(1), image.get(2));
  }

  /** Whether a dataset is of latents itself; else they are pictures, encoded or not. */
  public static boolean seenAsLatents(ImageSource images) {
    return ofLatents(images.pictures().shape());
  }

  /** How many channels of latents a picture shows: three, or of two the first. */
  public static int shownChannels(Shape latent) {
    return latent.get(2) < COLOURS ? 1 : COLOURS;
  }

  /**
   * Refuses images that no picture can be made of.
   *
   * @param where they come from
   * @throws InputException when they are neither points nor of 1 or 3 channels
   */
  public static void require(String where, Shape image) {
    if (ofLatents(image)) {
      throw new InputException(
          where,
          "images of " + size(image),
          "1 channel (grey) or 3 (red, green, blue)",
          "choose other images");
    }
  }

  /** A size in words, as {@code 28x28x1}. */
  public static String size(Shape image) {
    return image.get(0) + "x" + image.get(1) + "x" + image.get(2);
  }
}

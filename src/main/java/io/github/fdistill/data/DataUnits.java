package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.nio.file.Path;

/**
 * Whether numbers can be data units: from -1 to 1, with the overshoot of samples. Latents may lie
 * anywhere.
 */
final class DataUnits {
  /** No sampler overshoots so far; levels up to 255 do. */
  private static final float FARTHEST = 10;

  private DataUnits() {}

  /**
   * Reads every value. Points (images of one pixel) may lie anywhere within the farthest.
   *
   * @throws InputException if one is no finite number, if one is beyond 10, or if pictures, which
   *     latents are not, all lie from 0 to 1
   */
  static void check(Path path, ImageSource images, PackRemedy remedy) {
    float[] range = range(path, images);
    float least = range[0];
    float greatest = range[1];
    boolean latents = Images.areLatents(images.height(), images.width(), images.channels());
    boolean points = images.height() * images.width() == 1;
    boolean far = Math.max(-least, greatest) > FARTHEST;
    if (points && far) {
      throw new InputException(
          path.toString(),
          "points with values from " + least + " to " + greatest,
          "values from -" + FARTHEST + " to " + FARTHEST + ", best about from -1 to 1",
          "divide all by one number, and save them again as float32");
    }
    if (!latents && far) {
      throw wrongUnits(
          path,
          least,
          greatest,
          remedy.ofLevels(
              least >= 0 && greatest <= 255
                  ? new LevelRange(0, 255)
                  : LevelRange.of(Math.floor(least), Math.ceil(greatest))));
    }
    if (!points && !latents && least >= 0 && greatest <= 1) {
      throw wrongUnits(path, least, greatest, remedy.ofLevels(new LevelRange(0, 1)));
    }
  }

  /**
   * The least and the greatest of all values.
   *
   * @throws InputException if one is no finite number
   */
  static float[] range(Path path, ImageSource images) {
    float least = Float.POSITIVE_INFINITY;
    float greatest = Float.NEGATIVE_INFINITY;
    float[] image = new float[images.valuesPerImage()];
    for (long i = 0; i < images.size(); i++) {
      images.copy(i, image, 0);
      for (int j = 0; j < image.length; j++) {
        if (!Float.isFinite(image[j])) {
          throw notFinite(path, images, i, j, image[j]);
        }
        least = Math.min(least, image[j]);
        greatest = Math.max(greatest, image[j]);
      }
    }
    return new float[] {least, greatest};
  }

  private static InputException wrongUnits(Path path, float least, float greatest, String command) {
    return new InputException(
        path.toString(),
        "values from " + least + " to " + greatest,
        "data units: from -1 (black) to 1 (white)",
        "say which are black and white: " + command);
  }

  private static InputException notFinite(
      Path path, ImageSource images, long image, int value, float found) {
    int channel = value % images.channels();
    int column = value / images.channels() % images.width();
    int row = value / images.channels() / images.width();
    return new InputException(
        path + "[" + image + "," + row + "," + column + "," + channel + "]",
        Float.toString(found),
        "a finite number",
        "see what wrote it; a model that diverged draws such samples");
  }
}

package io.github.fdistill.data;

/**
 * One image in a size of its own.
 *
 * @param origin in messages
 * @param values [height, width, channels] in C order, in data units
 */
public record SizedImage(String origin, float[] values, int height, int width, int channels) {
  /** ITU-R BT.601: the share of red, green and blue in grey. */
  private static final float[] LUMA = {0.299f, 0.587f, 0.114f};

  /** Whether images of so many channels can be made of those of others. */
  static boolean canBecome(int from, int to) {
    return from == to || Images.areOf(from) && Images.areOf(to);
  }

  /**
   * Resizes with an antialiased triangle filter ({@link TriangleFilter}), in floating point: values
   * are neither rounded nor clipped. Grey is repeated for red, green and blue; colour becomes grey
   * as 0.299 R + 0.587 G + 0.114 B.
   *
   * @param toChannels that these {@link #canBecome}
   */
  SizedImage resized(int toHeight, int toWidth, int toChannels) {
    float[] image = channels > toChannels ? grey(values) : values;
    int narrow = Math.min(channels, toChannels); // Colour is mixed before, grey split after.
    image = TriangleFilter.of(width, toWidth).apply(image, height, narrow);
    image = TriangleFilter.of(height, toHeight).apply(image, 1, toWidth * narrow);
    int repeats = toChannels / narrow;
    if (repeats > 1) {
      float[] split = new float[image.length * repeats];
      for (int i = 0; i < split.length; i++) {
        split[i] = image[i / repeats];
      }
      image = split;
    }
    return new SizedImage(origin, image, toHeight, toWidth, toChannels);
  }

  /** The largest part in the middle with the proportions of an image of that size. */
  SizedImage cropped(int ofHeight, int ofWidth) {
    double scale = Math.min((double) height / ofHeight, (double) width / ofWidth);
    int h = Math.max(1, (int) Math.round(ofHeight * scale));
    int w = Math.max(1, (int) Math.round(ofWidth * scale));
    if (h == height && w == width) {
      return this;
    }
    float[] part = new float[h * w * channels];
    int left = (width - w) / 2;
    for (int row = 0; row < h; row++) {
      int start = (((height - h) / 2 + row) * width + left) * channels;
      System.arraycopy(values, start, part, row * w * channels, w * channels);
    }
    return new SizedImage(origin, part, h, w, channels);
  }

  private static float[] grey(float[] colour) {
    float[] grey = new float[colour.length / LUMA.length];
    for (int i = 0; i < colour.length; i++) {
      grey[i / LUMA.length] += LUMA[i % LUMA.length] * colour[i];
    }
    return grey;
  }
}

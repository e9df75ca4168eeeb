package io.github.fdistill.data;

import java.util.Optional;

/**
 * What becomes of the alpha of an array: whole numbers of two channels are grey pictures with it,
 * of four channels those in colour. Floating point of as many channels are latents.
 *
 * @param channels with alpha, which is the last: 2 or 4
 * @param background that the pictures are laid on; none: alpha is opaque, and left out
 */
record NpyAlpha(int channels, Optional<Background> background) {
  private static final int OPAQUE = 255;

  /** Whether an array of this type has it. */
  static boolean isIn(NpyType type, long height, long width, long channels) {
    return !type.isFloat()
        && Images.areLatents(height, width, channels)
        && (channels == 2 || channels == 4);
  }

  /** The channels of what is made: 1, or 3 in colour or on a colour. */
  int made() {
    boolean coloured = background.filter(colour -> !colour.isGrey()).isPresent();
    return channels == 4 || coloured ? 3 : 1;
  }

  /** Whether an image [pixels, channels] in data units can be seen through. */
  boolean isTransparent(float[] image) {
    for (int i = channels - 1; i < image.length; i += channels) {
      if (Images.level(image[i]) < OPAQUE) {
        return true;
      }
    }
    return false;
  }

  /**
   * Lays an image on the background.
   *
   * @param image [pixels, channels] in data units
   * @param into takes [pixels, {@link #made}] in data units
   * @param to where it begins there
   */
  void lay(float[] image, float[] into, int to) {
    int made = made();
    int pixels = image.length / channels;
    byte[] levels = new byte[pixels * made];
    byte[] alpha = new byte[pixels];
    for (int pixel = 0; pixel < pixels; pixel++) {
      int start = pixel * channels;
      alpha[pixel] = (byte) Images.level(image[start + channels - 1]);
      for (int channel = 0; channel < made; channel++) {
        float value = image[start + Math.min(channel, channels - 2)];
        levels[pixel * made + channel] = (byte) Images.level(value);
      }
    }
    byte[] laid = background.map(colour -> colour.under(levels, made, alpha)).orElse(levels);
    Images.toDataUnits(laid, 0, laid.length, into, to);
  }
}

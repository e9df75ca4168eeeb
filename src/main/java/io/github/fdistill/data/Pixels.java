package io.github.fdistill.data;

import java.util.Optional;
import java.util.function.IntUnaryOperator;

/**
 * What a picture's file holds, as bytes. Where, by a change here or where a format is read, a
 * picture that was read gives other pixels, or none, {@link ImageSource#PIXELS} is raised. Of one
 * that could not be read nothing is kept.
 *
 * @param levels [height, width, channels] in C order
 * @param alpha [height, width], from 0 (nothing is seen) to 255; none where the file has none
 */
record Pixels(byte[] levels, Optional<byte[]> alpha) {

  /** Of a picture without alpha. */
  static Pixels opaque(byte[] levels) {
    return new Pixels(levels, Optional.empty());
  }

  /** Whether anything would be seen through it. */
  boolean isTransparent() {
    if (alpha.isPresent()) {
      for (byte a : alpha.get()) {
        if (a != (byte) 255) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * One band of samples as bytes.
   *
   * @param samples [pixels, bands]
   * @param most the sample that becomes 255; others in proportion, rounded, but those of fewer than
   *     8 bits without their fraction, as Pillow has it
   */
  static byte[] band(int[] samples, int bands, int band, int most) {
    byte[] levels = new byte[samples.length / bands];
    put(samples, bands, band, most, levels, 1);
    return levels;
  }

  /** The first bands of samples, as many as there are channels. */
  static byte[] bands(int[] samples, int bands, int channels, int most) {
    return bands(samples, bands, channels, channel -> most);
  }

  /**
   * The same where each channel may have another number of bits.
   *
   * @param most the sample of a channel that becomes 255
   */
  static byte[] bands(int[] samples, int bands, int channels, IntUnaryOperator most) {
    byte[] levels = new byte[samples.length / bands * channels];
    for (int channel = 0; channel < channels; channel++) {
      put(samples, bands, channel, most.applyAsInt(channel), levels, channels);
    }
    return levels;
  }

  /**
   * Red, green and blue of inks without a profile, as Pillow has it: red = (255 - C) (255 - K) /
   * 255, rounded.
   *
   * @param paper what C, M and Y leave white, 255 less each, [pixels, 3]
   * @param light what black leaves, 255 - K, [pixels]
   */
  static byte[] inked(byte[] paper, byte[] light) {
    byte[] levels = new byte[paper.length];
    for (int i = 0; i < levels.length; i++) {
      int product = Byte.toUnsignedInt(paper[i]) * Byte.toUnsignedInt(light[i / 3]);
      levels[i] = (byte) ((2 * product + 255) / 510);
    }
    return levels;
  }

  /** 255 less each, which become that. */
  static byte[] invert(byte[] levels) {
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (byte) ~levels[i];
    }
    return levels;
  }

  /**
   * Levels that were multiplied by alpha, as they were before: 255 level / alpha, at most 255 and
   * without its fraction, as Pillow has it. What cannot be seen stays as it is.
   *
   * @param levels [pixels, channels], which become others
   * @param alpha [pixels]
   */
  static void divide(byte[] levels, byte[] alpha) {
    int channels = levels.length / alpha.length;
    for (int i = 0; i < levels.length; i++) {
      int a = Byte.toUnsignedInt(alpha[i / channels]);
      if (a > 0) {
        levels[i] = (byte) Math.min(255, 255 * Byte.toUnsignedInt(levels[i]) / a);
      }
    }
  }

  private static void put(
      int[] samples, int bands, int band, int most, byte[] levels, int channels) {
    for (int i = 0; i < samples.length / bands; i++) {
      int sample = samples[i * bands + band];
      int level = most <= 255 ? 255 * sample / most : (int) ((510L * sample + most) / (2L * most));
      levels[i * channels + band % channels] = (byte) level;
    }
  }
}

package io.github.fdistill.data;

/**
 * Images to be drawn or written.
 *
 * @param values [count, height, width, channels] in C order, in data units (from -1 to 1)
 * @param channels 1 (grey) or 3 (red, green, blue)
 */
public record Images(float[] values, int height, int width, int channels) {
  private static final float[] DATA_UNITS = new float[256];

  static {
    for (int i = 0; i < DATA_UNITS.length; i++) {
      DATA_UNITS[i] = i / 127.5f - 1;
    }
  }

  public Images {
    if (height < 1 || width < 1 || !areOf(channels)) {
      throw new IllegalArgumentException("images of " + height + "x" + width + "x" + channels);
    }
    if (values.length % (height * width * channels) != 0) {
      throw new IllegalArgumentException(
          values.length
              + " values are not whole images of "
              + height
              + "x"
              + width
              + "x"
              + channels);
    }
  }

  /** Whether pictures have so many channels: grey, or red, green and blue; latents have others. */
  public static boolean areOf(long channels) {
    return channels == 1 || channels == 3;
  }

  /** Whether images of this size are latents: neither pictures nor points, which are one pixel. */
  public static boolean areLatents(long height, long width, long channels) {
    return height * width > 1 && !areOf(channels);
  }

  /** Number of images. */
  public int count() {
    return values.length / (height * width * channels);
  }

  /** All values as bytes, in the same order. */
  public byte[] bytes() {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) level(values[i]);
    }
    return bytes;
  }

  /** A value as a level from 0 to 255, as {@link #level(float)} rounds it. */
  int level(int image, int row, int column, int channel) {
    return level(values[((image * height + row) * width + column) * channels + channel]);
  }

  /** clamp(127.5 value + 127.5, 0, 255), rounded to the nearest whole number; NaN becomes 0. */
  static int level(float value) {
    return Math.round(Math.max(0, Math.min(255, value * 127.5f + 127.5f)));
  }

  /** Levels from 0 to 255 as data units, level / 127.5 - 1; undone by {@link #level(float)}. */
  public static void toDataUnits(byte[] levels, int start, int length, float[] into, int offset) {
    for (int i = 0; i < length; i++) {
      into[offset + i] = DATA_UNITS[Byte.toUnsignedInt(levels[start + i])];
    }
  }
}

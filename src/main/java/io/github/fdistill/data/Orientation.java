package io.github.fdistill.data;

/**
 * How a picture is stored: 1 upright, 2 to 8 turned, mirrored or both, as Exif 2.3 numbers them.
 *
 * @param number from 1 to 8
 */
record Orientation(int number) {
  static final Orientation UPRIGHT = new Orientation(1);

  Orientation {
    if (number < 1 || number > 8) {
      throw new IllegalArgumentException("orientation " + number);
    }
  }

  /** The first of some numbers that says anything. */
  static Orientation of(int... numbers) {
    for (int number : numbers) {
      if (number != Exif.UNKNOWN) {
        return new Orientation(number);
      }
    }
    return UPRIGHT;
  }

  boolean isUpright() {
    return number == 1;
  }

  /** The size of the upright picture. */
  PictureSize upright(PictureSize stored) {
    return swaps() ? new PictureSize(stored.width(), stored.height(), stored.channels()) : stored;
  }

  /**
   * Turns a picture upright.
   *
   * @param levels [height, width, channels] as stored
   */
  byte[] upright(byte[] levels, PictureSize stored) {
    if (isUpright()) {
      return levels;
    }
    PictureSize size = upright(stored);
    int channels = size.channels();
    byte[] turned = new byte[levels.length];
    for (int y = 0; y < size.height(); y++) {
      for (int x = 0; x < size.width(); x++) {
        int from = (row(y, x, stored) * stored.width() + column(y, x, stored)) * channels;
        System.arraycopy(levels, from, turned, (y * size.width() + x) * channels, channels);
      }
    }
    return turned;
  }

  private boolean swaps() {
    return number >= 5;
  }

  private int row(int y, int x, PictureSize stored) {
    int row = swaps() ? x : y;
    boolean fromBelow = number == 3 || number == 4 || number == 6 || number == 7;
    return fromBelow ? stored.height() - 1 - row : row;
  }

  private int column(int y, int x, PictureSize stored) {
    int column = swaps() ? y : x;
    boolean fromRight = number == 2 || number == 3 || number == 7 || number == 8;
    return fromRight ? stored.width() - 1 - column : column;
  }
}

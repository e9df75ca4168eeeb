package io.github.fdistill.data;

import java.awt.image.IndexColorModel;

/**
 * The colours that a picture's samples are numbers of.
 *
 * @param colours [3][colours]: red, green and blue
 */
record Palette(byte[][] colours) {
  static Palette of(IndexColorModel model) {
    byte[][] colours = new byte[3][model.getMapSize()];
    model.getReds(colours[0]);
    model.getGreens(colours[1]);
    model.getBlues(colours[2]);
    return new Palette(colours);
  }

  /** Whether colour i is grey of level i; of two colours, whether they are black and white. */
  boolean isGrey() {
    int count = colours[0].length;
    for (byte[] channel : colours) {
      for (int i = 0; i < count; i++) {
        if (channel[i] != (byte) (count == 2 ? 255 * i : i)) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * The levels that indices stand for.
   *
   * @param channels 1: reds alone, which of greys are the levels
   * @return [pixels, channels]
   * @throws io.github.fdistill.InputException if an index is beyond the palette
   */
  byte[] look(String where, int[] indices, int channels) {
    byte[] levels = new byte[indices.length * channels];
    int count = colours[0].length;
    for (int i = 0; i < levels.length; i++) {
      int index = indices[i / channels];
      if (index >= count) {
        throw Picture.damaged(where, "colour " + index + " of a palette of " + count, null);
      }
      levels[i] = colours[i % channels][index];
    }
    return levels;
  }
}

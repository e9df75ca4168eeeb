package io.github.fdistill.data;

import java.awt.image.IndexColorModel;
import java.nio.ByteBuffer;
import java.nio.ShortBuffer;

/**
 * The colours that a picture's samples are numbers of.
 *
 * @param colours [3][colours]: red, green and blue
 */
record Palette(byte[][] colours) {
  /** Tags of TIFF: what samples are, with its value where they are of a palette; the palette. */
  private static final int TIFF_KIND = 262;

  private static final int TIFF_PALETTE = 3;
  private static final int TIFF_COLOURS = 320;

  static Palette of(IndexColorModel model) {
    byte[][] colours = new byte[3][model.getMapSize()];
    model.getReds(colours[0]);
    model.getGreens(colours[1]);
    model.getBlues(colours[2]);
    return new Palette(colours);
  }

  /**
   * That of a TIFF, which has 16 bits for each level: the high 8 of them, as Pillow has it.
   *
   * @param model what the decoder made of it
   */
  static Palette ofTiff(byte[] tiff, IndexColorModel model) {
    ShortBuffer map = Exif.shorts(ByteBuffer.wrap(tiff), TIFF_COLOURS);
    int count = model.getMapSize();
    if (!isInTiff(tiff) || map.remaining() != 3 * count) {
      return of(model);
    }
    byte[][] colours = new byte[3][count];
    for (int i = 0; i < 3 * count; i++) {
      colours[i / count][i % count] = (byte) (map.get(i) >> 8);
    }
    return new Palette(colours);
  }

  /** Whether the samples of a TIFF are numbers of colours. */
  static boolean isInTiff(byte[] tiff) {
    return Exif.number(ByteBuffer.wrap(tiff), TIFF_KIND) == TIFF_PALETTE;
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

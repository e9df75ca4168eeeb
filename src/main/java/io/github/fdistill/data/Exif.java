package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/** What a camera notes in a picture; only whether the picture is to be turned matters here. */
final class Exif {
  private static final int ORIENTATION = 0x0112;
  private static final int UPRIGHT = 1;

  private Exif() {}

  /**
   * @param tiff the note, in the format of TIFF; one that is damaged says nothing
   * @throws InputException if the picture is stored turned or mirrored
   */
  static void refuseIfTurned(Path path, ByteBuffer tiff) {
    int orientation = orientation(tiff);
    if (orientation != UPRIGHT) {
      throw new InputException(
          path.toString(),
          "a picture stored turned (EXIF orientation " + orientation + ")",
          "one stored upright (orientation 1)",
          "turn it, with ImageMagick: mogrify -auto-orient " + path.getFileName());
    }
  }

  /** From 1 to 8. */
  private static int orientation(ByteBuffer tiff) {
    if (tiff.remaining() < 8) {
      return UPRIGHT;
    }
    ByteBuffer in =
        tiff.slice().order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    int directory = in.getInt(4);
    if (directory < 8 || directory > in.limit() - 2) {
      return UPRIGHT;
    }
    int entries = Short.toUnsignedInt(in.getShort(directory));
    for (int i = 0; i < entries; i++) {
      int entry = directory + 2 + 12 * i;
      if (entry > in.limit() - 12) {
        return UPRIGHT;
      }
      int value = Short.toUnsignedInt(in.getShort(entry + 8));
      if (Short.toUnsignedInt(in.getShort(entry)) == ORIENTATION && value <= 8) {
        return Math.max(UPRIGHT, value);
      }
    }
    return UPRIGHT;
  }
}

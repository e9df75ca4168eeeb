package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.awt.image.Raster;
import java.util.EnumSet;
import java.util.regex.Pattern;

/**
 * A JPEG of 8 bits a channel: grey, colour or CMYK.
 *
 * @param hasEnd whether the mark of the end is there
 */
record JpegPicture(String where, PictureSize stored, JpegSegments segments, boolean hasEnd)
    implements Picture {
  /** SOF0 to SOF2: baseline, extended and progressive, with Huffman's code. */
  private static final int LAST_PROCESS = 0xc2;

  /**
   * Of libjpeg: bytes after the last pixel, before the end; and what headers say that decides
   * nothing, or that {@link JpegSegments#isYcc} knows what to make of.
   */
  private static final Pattern HARMLESS =
      Pattern.compile(
          "Corrupt JPEG data: \\d+ extraneous bytes before marker 0xd9"
              + "|Invalid SOS parameters for sequential JPEG"
              + "|unknown JFIF revision number"
              + "|Unknown Adobe color transform code");

  static boolean isOne(byte[] bytes) {
    return bytes.length >= 3
        && bytes[0] == (byte) 0xff
        && bytes[1] == (byte) 0xd8
        && bytes[2] == (byte) 0xff;
  }

  /** Whether a decoder's warning puts no pixel in doubt. */
  static boolean isHarmless(String warning) {
    return HARMLESS.matcher(warning).find();
  }

  /**
   * @throws InputException if the header is damaged, or of a form that is not read
   */
  static JpegPicture of(String where, byte[] bytes) {
    JpegSegments segments = JpegSegments.of(where, bytes);
    int components = segments.components();
    if (segments.process() > LAST_PROCESS
        || segments.frame().get(0) != 8
        || (components != 1 && components != 3 && components != 4)) {
      throw new InputException(
          where,
          String.format(
              "a JPEG of %d channels of %d bits, process %d",
              components, segments.frame().get(0), segments.process() - 0xc0),
          "1, 3 or 4 channels of 8 bits, process 0 to 2 (baseline, extended or progressive)",
          "convert it to PNG, or take it out");
    }
    PictureSize size =
        PictureSize.of(
            where,
            Short.toUnsignedInt(segments.frame().getShort(1)),
            Short.toUnsignedInt(segments.frame().getShort(3)),
            components == 1 ? 1 : 3);
    return new JpegPicture(where, size, segments, endsIn(segments.pixels()));
  }

  /** Whether the mark of the end is there; within pixels it cannot stand. */
  private static boolean endsIn(byte[] bytes) {
    for (int i = bytes.length - 2; i >= 0; i--) {
      if (bytes[i] == (byte) 0xff && bytes[i + 1] == (byte) 0xd9) {
        return true;
      }
    }
    return false;
  }

  /** The same of a file of which only the beginning was read. */
  JpegPicture ofStart() {
    return new JpegPicture(where, stored, segments, true);
  }

  @Override
  public Orientation orientation() {
    return segments.orientation();
  }

  @Override
  public EnumSet<PictureNeed> needs() {
    EnumSet<PictureNeed> needs = EnumSet.noneOf(PictureNeed.class);
    if (segments.components() == 4) {
      needs.add(PictureNeed.INKS);
    }
    if (!orientation().isUpright()) {
      needs.add(PictureNeed.TURNED);
    }
    return needs;
  }

  @Override
  public boolean hasAlpha() {
    return false;
  }

  @Override
  public Pixels pixels() {
    byte[] file = segments.pixels();
    Raster read = Picture.decoded(where, file, "JPEG", reader -> reader.readRaster(0, null));
    Raster raster = Picture.sized(where, read, stored);
    int bands = raster.getNumBands();
    if (bands != segments.components()) {
      throw new IllegalStateException(where + ": read with " + bands + " bands");
    }
    int[] samples = raster.getPixels(0, 0, stored.width(), stored.height(), (int[]) null);
    byte[] levels = Pixels.bands(samples, bands, stored.channels(), 255);
    if (segments.isYcc()) {
      toRgb(levels);
    }
    if (bands < 4) {
      return Pixels.opaque(levels);
    }
    // Adobe, whose programs write such files, stores inks inverted; so all are read. What was YCC
    // is not, as libjpeg has it: C = 255 - R.
    byte[] paper = segments.isYcc() ? Pixels.invert(levels) : levels;
    return Pixels.opaque(Pixels.inked(paper, Pixels.band(samples, bands, 3, 255)));
  }

  /** The conversion of JFIF 1.02: R = Y + 1.402 (Cr - 128) and so on, rounded and clamped. */
  private static void toRgb(byte[] levels) {
    for (int i = 0; i < levels.length; i += 3) {
      int y = Byte.toUnsignedInt(levels[i]);
      int cb = Byte.toUnsignedInt(levels[i + 1]) - 128;
      int cr = Byte.toUnsignedInt(levels[i + 2]) - 128;
      levels[i] = clamped(y + 1.402 * cr);
      levels[i + 1] = clamped(y - 0.344136 * cb - 0.714136 * cr);
      levels[i + 2] = clamped(y + 1.772 * cb);
    }
  }

  private static byte clamped(double level) {
    return (byte) Math.round(Math.max(0, Math.min(255, level)));
  }
}

package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.awt.image.Raster;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A JPEG of 8 bits a channel, grey or colour.
 *
 * @param ycc whether the three channels are YCbCr (and not red, green and blue)
 */
record JpegPicture(Path path, byte[] bytes, PictureSize size, boolean ycc) implements Picture {
  private static final int START_OF_SCAN = 0xda;
  private static final int APP0 = 0xe0;
  private static final int APP1 = 0xe1;
  private static final int APP14 = 0xee;

  static boolean isOne(byte[] bytes) {
    return bytes.length >= 3
        && bytes[0] == (byte) 0xff
        && bytes[1] == (byte) 0xd8
        && bytes[2] == (byte) 0xff;
  }

  /**
   * @throws InputException if the header is damaged, or the picture is CMYK, has more than 8 bits
   *     or is stored turned
   */
  static JpegPicture of(Path path, byte[] bytes) {
    ByteBuffer frame = null;
    boolean jfif = false;
    int adobe = -1;
    ByteBuffer in = ByteBuffer.wrap(bytes).position(2);
    for (int marker = marker(path, in); marker != START_OF_SCAN; marker = marker(path, in)) {
      ByteBuffer segment = segment(path, in);
      if (isFrame(marker)) {
        frame = segment;
      } else if (marker == APP0 && begins(segment, "JFIF\0", 5)) {
        jfif = true;
      } else if (marker == APP1 && begins(segment, "Exif\0\0", 6)) {
        Exif.refuseIfTurned(path, segment.slice(6, segment.remaining() - 6));
      } else if (marker == APP14 && begins(segment, "Adobe", 12)) {
        adobe = segment.get(11);
      }
    }
    if (frame == null || frame.remaining() < 6 || frame.remaining() < 6 + 3 * frame.get(5)) {
      throw Picture.damaged(path, "no header", null);
    }
    return of(path, bytes, frame, jfif, adobe);
  }

  /**
   * @param frame precision, height, width, and the components
   * @param adobe 0 for red, green and blue, 1 for YCbCr, -1 if the file does not say
   */
  private static JpegPicture of(
      Path path, byte[] bytes, ByteBuffer frame, boolean jfif, int adobe) {
    int channels = frame.get(5);
    if (frame.get(0) != 8 || (channels != 1 && channels != 3)) {
      throw new InputException(
          path.toString(),
          frame.get(0) + " bits in " + channels + " channels" + (channels == 4 ? " (CMYK)" : ""),
          "8 bits in 1 channel (grey) or 3 (colour)",
          "convert it, with ImageMagick: mogrify -format png -depth 8 -colorspace sRGB "
              + path.getFileName());
    }
    PictureSize size =
        PictureSize.of(
            path,
            Short.toUnsignedInt(frame.getShort(1)),
            Short.toUnsignedInt(frame.getShort(3)),
            channels);
    return new JpegPicture(path, bytes, size, channels == 3 && isYcc(frame, jfif, adobe));
  }

  /** The rule of libjpeg. */
  private static boolean isYcc(ByteBuffer frame, boolean jfif, int adobe) {
    if (jfif || adobe >= 0) {
      return jfif || adobe != 0;
    }
    return !(frame.get(6) == 'R' && frame.get(9) == 'G' && frame.get(12) == 'B');
  }

  @Override
  public byte[] levels() {
    Raster raster = Picture.decoded(path, bytes, "JPEG", reader -> reader.readRaster(0, null));
    if (raster.getNumBands() != size.channels()) {
      throw new IllegalStateException(path + ": read with " + raster.getNumBands() + " bands");
    }
    int[] samples = raster.getPixels(0, 0, size.width(), size.height(), (int[]) null);
    byte[] levels = new byte[size.values()];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (byte) samples[i];
    }
    if (ycc) {
      toRgb(levels);
    }
    return levels;
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

  /** Whether a marker starts the header of a frame (SOF0 to SOF15; DHT, JPG and DAC are none). */
  private static boolean isFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  /** The next marker's second byte; its first, 0xff, may be repeated. */
  private static int marker(Path path, ByteBuffer in) {
    int code = 0xff;
    boolean found = in.hasRemaining() && in.get() == (byte) 0xff;
    while (found && code == 0xff && in.hasRemaining()) {
      code = Byte.toUnsignedInt(in.get());
    }
    if (!found || code == 0xff || in.remaining() < 2) {
      throw Picture.damaged(path, "no marker at byte " + in.position(), null);
    }
    return code;
  }

  private static ByteBuffer segment(Path path, ByteBuffer in) {
    int length = Short.toUnsignedInt(in.getShort()) - 2;
    if (length < 0 || length > in.remaining()) {
      throw Picture.damaged(path, "cut short after " + in.limit() + " bytes", null);
    }
    ByteBuffer segment = in.slice(in.position(), length);
    in.position(in.position() + length);
    return segment;
  }

  private static boolean begins(ByteBuffer segment, String with, int atLeast) {
    byte[] bytes = with.getBytes(StandardCharsets.ISO_8859_1);
    return segment.remaining() >= atLeast
        && segment.slice(0, bytes.length).equals(ByteBuffer.wrap(bytes));
  }
}

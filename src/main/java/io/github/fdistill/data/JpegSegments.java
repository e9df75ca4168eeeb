package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What stands before the pixels of a JPEG, as libjpeg and Pillow read it: bytes between segments
 * are passed over, and so is what programs note that has nothing to do with the pixels.
 *
 * @param process of coding: the second byte of the frame's marker, 0xc0 to 0xcf
 * @param frame precision, height, width, and the components
 * @param jfif whether it says that it is JFIF
 * @param adobe 0 for red, green and blue or CMYK, 1 for YCbCr, 2 for YCCK, -1 if it does not say;
 *     any other number is as 1 or 2
 * @param pixels the file with nothing in it but what its pixels are decoded by
 */
record JpegSegments(
    int process,
    ByteBuffer frame,
    boolean jfif,
    int adobe,
    Orientation orientation,
    byte[] pixels) {
  /** Programs write 3 to 12. */
  private static final int MOST_SCANS = 100;

  private static final int START_OF_SCAN = 0xda;
  private static final int END = 0xd9;
  private static final int APP0 = 0xe0;
  private static final int APP1 = 0xe1;
  private static final int APP14 = 0xee;
  private static final int COMMENT = 0xfe;

  /** Reads segment after segment. */
  private static final class Reader {
    private final String where;
    private final ByteBuffer in;
    private final ByteArrayOutputStream pixels;
    private int process;
    private ByteBuffer frame;
    private boolean jfif;
    private int adobe = -1;
    private int exif = Exif.UNKNOWN;
    private int xmp = Exif.UNKNOWN;

    Reader(String where, byte[] bytes) {
      this.where = where;
      in = ByteBuffer.wrap(bytes).position(2);
      pixels = new ByteArrayOutputStream(bytes.length);
      pixels.write(bytes, 0, 2);
    }

    JpegSegments read() {
      for (int marker = marker(); marker != START_OF_SCAN; marker = marker()) {
        if (marker == END) {
          throw Picture.damaged(where, "it ends before its pixels", null);
        }
        if (marker > 0x01 && (marker < 0xd0 || marker > 0xd8)) { // Others have no length.
          take(marker, segment());
        }
      }
      if (frame == null || frame.remaining() < 6 || frame.remaining() < 6 + 3 * frame.get(5)) {
        throw Picture.damaged(where, "no header", null);
      }
      requireFewScans();
      pixels.write(0xff);
      pixels.write(START_OF_SCAN);
      pixels.write(in.array(), in.position(), in.remaining());
      Orientation orientation = Orientation.of(exif, xmp);
      return new JpegSegments(process, frame, jfif, adobe, orientation, pixels.toByteArray());
    }

    /** A scan of a few bytes goes over all pixels. */
    private void requireFewScans() {
      byte[] bytes = in.array();
      int scans = 1;
      for (int at = in.position(); at + 1 < bytes.length; at++) {
        int marker = bytes[at] == (byte) 0xff ? Byte.toUnsignedInt(bytes[at + 1]) : 0;
        boolean alone = marker <= 1 || marker == 0xff || marker >= 0xd0 && marker <= 0xd8;
        if (marker == END) {
          break;
        } else if (!alone && at + 3 < bytes.length) {
          scans += marker == START_OF_SCAN ? 1 : 0;
          at += 1 + Short.toUnsignedInt(in.getShort(at + 2)); // A segment, past its length.
        }
      }
      if (scans > MOST_SCANS) {
        throw new InputException(
            where,
            "a JPEG of " + scans + " scans",
            "at most " + MOST_SCANS + ", each of which takes time for all its pixels",
            "convert it to PNG, or take it out");
      }
    }

    private void take(int marker, ByteBuffer segment) {
      boolean kept = marker < APP0 || marker > COMMENT;
      if (isFrame(marker)) {
        process = marker;
        frame = segment;
      } else if (marker == APP0 && begins(segment, "JFIF\0", 14)) {
        jfif = true;
        kept = true;
      } else if (marker == APP14 && begins(segment, "Adobe", 12)) {
        adobe = Byte.toUnsignedInt(segment.get(11));
        kept = true;
      } else if (marker == APP1 && begins(segment, "Exif\0\0", 6) && exif == Exif.UNKNOWN) {
        exif = Exif.orientation(segment);
      } else if (marker == APP1 && begins(segment, "http://ns.adobe.com/xap/1.0/\0", 29)) {
        xmp = xmp == Exif.UNKNOWN ? Exif.orientationOfXmp(segment) : xmp;
      }
      if (kept) {
        int start = segment.arrayOffset();
        pixels.write(0xff);
        pixels.write(marker);
        pixels.write(in.array(), start - 2, segment.limit() + 2);
      }
    }

    /** The next marker's second byte; its first, 0xff, may be repeated. */
    private int marker() {
      boolean found = false;
      while (in.hasRemaining()) {
        int next = Byte.toUnsignedInt(in.get());
        if (found && next != 0xff && next != 0) {
          return next;
        }
        found = next == 0xff;
      }
      throw Picture.damaged(where, "cut short after " + in.limit() + " bytes", null);
    }

    private ByteBuffer segment() {
      int length = in.remaining() < 2 ? -1 : Short.toUnsignedInt(in.getShort()) - 2;
      if (length < 0 || length > in.remaining()) {
        throw Picture.damaged(where, "cut short after " + in.limit() + " bytes", null);
      }
      ByteBuffer segment = in.slice(in.position(), length);
      in.position(in.position() + length);
      return segment;
    }
  }

  /**
   * @throws InputException if it is damaged before its pixels, or goes over them too often
   */
  static JpegSegments of(String where, byte[] bytes) {
    return new Reader(where, bytes).read();
  }

  /** Number of components: 1 is grey, 3 colour, 4 CMYK. */
  int components() {
    return frame.get(5);
  }

  /** Whether three components are YCbCr, or four YCCK: the rule of libjpeg. */
  boolean isYcc() {
    if (components() == 4) {
      return adobe > 0;
    }
    if (jfif || adobe >= 0) {
      return components() == 3 && (jfif || adobe != 0);
    }
    return components() == 3
        && !(frame.get(6) == 'R' && frame.get(9) == 'G' && frame.get(12) == 'B');
  }

  /** Whether a marker starts the header of a frame (SOF0 to SOF15; DHT, JPG and DAC are none). */
  private static boolean isFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  private static boolean begins(ByteBuffer segment, String with, int atLeast) {
    byte[] bytes = with.getBytes(StandardCharsets.ISO_8859_1);
    return segment.remaining() >= atLeast
        && segment.slice(0, bytes.length).equals(ByteBuffer.wrap(bytes));
  }
}

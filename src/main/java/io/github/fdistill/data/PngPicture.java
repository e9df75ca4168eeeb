package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32;

/** A PNG of up to 8 bits a channel: grey, colour or palette (which counts as colour). */
record PngPicture(Path path, byte[] bytes, PictureSize size) implements Picture {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  /** The colour types of the header. */
  private static final int GREY = 0;

  private static final int GREY_ALPHA = 4;
  private static final int COLOUR_ALPHA = 6;

  static boolean isOne(byte[] bytes) {
    return Arrays.equals(
        SIGNATURE, 0, SIGNATURE.length, bytes, 0, Math.min(bytes.length, SIGNATURE.length));
  }

  /**
   * @throws InputException if a chunk is damaged, or the picture has 16 bits or is transparent
   */
  static PngPicture of(Path path, byte[] bytes) {
    Map<String, ByteBuffer> chunks = chunks(path, bytes);
    ByteBuffer header = chunks.get("IHDR");
    if (header == null || header.remaining() < 13) {
      throw Picture.damaged(path, "no header", null);
    }
    int colourType = header.get(9);
    if (header.get(8) > 8) {
      throw new InputException(
          path.toString(),
          header.get(8) + " bits a channel",
          "8, a byte for each value",
          "convert it, with ImageMagick: mogrify -depth 8 " + path.getFileName());
    }
    if (colourType == GREY_ALPHA || colourType == COLOUR_ALPHA || chunks.containsKey("tRNS")) {
      throw new InputException(
          path.toString(),
          "a transparent picture",
          "grey or red, green and blue alone",
          "lay it on a background, with ImageMagick: mogrify -background white -alpha remove"
              + " -alpha off "
              + path.getFileName());
    }
    if (chunks.containsKey("eXIf")) {
      Exif.refuseIfTurned(path, chunks.get("eXIf"));
    }
    return new PngPicture(
        path,
        bytes,
        PictureSize.of(path, header.getInt(4), header.getInt(0), colourType == GREY ? 1 : 3));
  }

  @Override
  public byte[] levels() {
    BufferedImage picture = Picture.decoded(path, bytes, "PNG", reader -> reader.read(0));
    Raster raster = picture.getRaster();
    int bands = picture.getColorModel() instanceof IndexColorModel ? 1 : size.channels();
    if (raster.getNumBands() != bands) {
      throw new IllegalStateException(path + ": read with " + raster.getNumBands() + " bands");
    }
    int[] samples = raster.getPixels(0, 0, size.width(), size.height(), (int[]) null);
    byte[] levels = new byte[size.values()];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (byte) samples[i * bands / size.channels()];
    }
    if (picture.getColorModel() instanceof IndexColorModel palette) {
      lookUp(palette, levels);
    }
    return levels;
  }

  /** Replaces each index by its red, green or blue; grey below 8 bits has a palette of greys. */
  private void lookUp(IndexColorModel palette, byte[] levels) {
    byte[][] colours = new byte[3][palette.getMapSize()];
    palette.getReds(colours[0]);
    palette.getGreens(colours[1]);
    palette.getBlues(colours[2]);
    for (int i = 0; i < levels.length; i++) {
      int index = Byte.toUnsignedInt(levels[i]);
      if (index >= palette.getMapSize()) {
        throw Picture.damaged(
            path, "colour " + index + " of a palette of " + palette.getMapSize(), null);
      }
      levels[i] = colours[i % size.channels()][index];
    }
  }

  /** The data of each chunk by its type (the last of several), after a check of all CRCs. */
  private static Map<String, ByteBuffer> chunks(Path path, byte[] bytes) {
    Map<String, ByteBuffer> chunks = new HashMap<>();
    ByteBuffer in = ByteBuffer.wrap(bytes).position(SIGNATURE.length);
    while (!chunks.containsKey("IEND")) {
      int length = in.remaining() < 12 ? -1 : in.getInt();
      if (length < 0 || length > in.remaining() - 8) {
        throw Picture.damaged(path, "cut short after " + bytes.length + " bytes", null);
      }
      int start = in.position();
      String type = new String(bytes, start, 4, StandardCharsets.ISO_8859_1);
      CRC32 sum = new CRC32();
      sum.update(bytes, start, 4 + length);
      if ((int) sum.getValue() != in.getInt(start + 4 + length)) {
        throw Picture.damaged(path, "the checksum of its part " + type + " is wrong", null);
      }
      chunks.put(type, in.slice(start + 4, length));
      in.position(start + 4 + length + 4);
    }
    return chunks;
  }
}

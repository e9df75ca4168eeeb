package io.github.fdistill.data;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/**
 * A PNG: grey, colour or palette (which counts as colour).
 *
 * @param bits a channel, or an index
 * @param key the part tRNS: the alpha of each colour of a palette, or the samples of the one grey
 *     or colour that is transparent
 */
record PngPicture(
    String where,
    byte[] bytes,
    PictureSize stored,
    int bits,
    int colourType,
    Optional<ByteBuffer> key,
    Orientation orientation,
    int frames)
    implements Picture {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  /** The colour types of the header. */
  private static final int GREY = 0;

  private static final int COLOUR = 2;
  private static final int PALETTE = 3;
  private static final int GREY_ALPHA = 4;
  private static final int COLOUR_ALPHA = 6;

  static boolean isOne(byte[] bytes) {
    return Arrays.equals(
        SIGNATURE, 0, SIGNATURE.length, bytes, 0, Math.min(bytes.length, SIGNATURE.length));
  }

  /**
   * @param whole whether the bytes are those of the whole file; else they end within its pixels
   * @throws io.github.fdistill.InputException if a part is damaged, or the size is absurd
   */
  static PngPicture of(String where, byte[] bytes, boolean whole) {
    PngChunks chunks = PngChunks.of(where, bytes, whole);
    ByteBuffer header = chunks.find("IHDR").orElse(ByteBuffer.allocate(0));
    if (header.remaining() < 13) {
      throw Picture.damaged(where, "no header", null);
    }
    int colourType = header.get(9);
    int bits = header.get(8);
    boolean known = header.get(10) == 0 && header.get(11) == 0 && (header.get(12) & ~1) == 0;
    if (!known || !bits(colourType).contains(bits)) {
      throw Picture.damaged(
          where, "a header of no PNG: kind " + colourType + " of " + bits + " bits", null);
    }
    if (colourType == PALETTE && chunks.find("PLTE").isEmpty()) {
      throw Picture.damaged(where, "no palette, and its pixels are places in one", null);
    }
    int channels = colourType == GREY || colourType == GREY_ALPHA ? 1 : 3;
    return new PngPicture(
        where,
        bytes,
        PictureSize.of(where, header.getInt(4), header.getInt(0), channels),
        bits,
        colourType,
        chunks.find("tRNS"),
        chunks.orientation(),
        chunks.find("acTL").filter(c -> c.remaining() >= 4).map(c -> c.getInt(0)).orElse(1));
  }

  /** Of a channel, or a place in a palette; none of other colour types. */
  private static List<Integer> bits(int colourType) {
    return switch (colourType) {
      case GREY -> List.of(1, 2, 4, 8, 16);
      case PALETTE -> List.of(1, 2, 4, 8);
      case COLOUR, GREY_ALPHA, COLOUR_ALPHA -> List.of(8, 16);
      default -> List.of();
    };
  }

  @Override
  public EnumSet<PictureNeed> needs() {
    EnumSet<PictureNeed> needs = EnumSet.noneOf(PictureNeed.class);
    if (bits > 8) {
      needs.add(PictureNeed.DEEP);
    }
    if (!orientation.isUpright()) {
      needs.add(PictureNeed.TURNED);
    }
    return needs;
  }

  @Override
  public boolean hasAlpha() {
    return colourType == GREY_ALPHA || colourType == COLOUR_ALPHA || key.isPresent();
  }

  @Override
  public Pixels pixels() {
    BufferedImage picture = Picture.decoded(where, bytes, "PNG", reader -> reader.read(0));
    Raster raster = Picture.sized(where, picture.getRaster(), stored);
    int bands = raster.getNumBands();
    int[] samples = raster.getPixels(0, 0, stored.width(), stored.height(), (int[]) null);
    if (picture.getColorModel() instanceof IndexColorModel palette) {
      return looked(samples, palette);
    }
    if (bands < stored.channels()) {
      throw new IllegalStateException(where + ": read with " + bands + " bands");
    }
    int most = bits > 8 ? 0xffff : 0xff;
    byte[] levels = Pixels.bands(samples, bands, stored.channels(), most);
    if (colourType == GREY_ALPHA || colourType == COLOUR_ALPHA) {
      return new Pixels(levels, Optional.of(Pixels.band(samples, bands, stored.channels(), most)));
    }
    return new Pixels(levels, key.map(k -> alphaOf(samples, bands, k)));
  }

  /** Each index's red, green and blue; grey below 8 bits has a palette of greys. */
  private Pixels looked(int[] indices, IndexColorModel palette) {
    byte[] levels = Palette.of(palette).look(where, indices, stored.channels());
    if (key.isEmpty()) {
      return Pixels.opaque(levels);
    }
    byte[] alpha = new byte[indices.length];
    ByteBuffer k = key.get();
    for (int i = 0; i < alpha.length; i++) {
      boolean whole =
          colourType == PALETTE ? indices[i] >= k.remaining() : indices[i] != sample(k, 0);
      alpha[i] = whole ? (byte) 255 : colourType == PALETTE ? k.get(indices[i]) : 0;
    }
    return new Pixels(levels, Optional.of(alpha));
  }

  /** 0 where all samples of a pixel are the key's. */
  private byte[] alphaOf(int[] samples, int bands, ByteBuffer k) {
    byte[] alpha = new byte[samples.length / bands];
    int scale = bits < 8 ? 255 / ((1 << bits) - 1) : 1;
    for (int i = 0; i < alpha.length; i++) {
      boolean same = true;
      for (int channel = 0; channel < stored.channels(); channel++) {
        same &= samples[i * bands + channel] == sample(k, channel) * scale;
      }
      alpha[i] = (byte) (same ? 0 : 255);
    }
    return alpha;
  }

  private static int sample(ByteBuffer key, int channel) {
    return key.remaining() < 2 * channel + 2 ? -1 : Short.toUnsignedInt(key.getShort(2 * channel));
  }
}

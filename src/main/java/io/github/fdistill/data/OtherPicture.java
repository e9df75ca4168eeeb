package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageReader;

/**
 * A GIF, BMP, TIFF or WebP; of several pictures in it, the first.
 *
 * @param colours how its samples are to be understood
 * @param hasAlpha whether the last sample of a pixel, or a palette's colour, says what is seen of
 *     it
 */
record OtherPicture(
    String where,
    byte[] bytes,
    Form form,
    PictureSize stored,
    ColorModel colours,
    boolean hasAlpha,
    int frames,
    Orientation orientation)
    implements Picture {

  /** The tag of what samples beyond grey or colour are, and its value where that is not said. */
  private static final int EXTRA_SAMPLES = 338;

  private static final int UNSPECIFIED = 0;

  /** The tag of how pixels are packed, and two values of it. */
  private static final int COMPRESSION = 259;

  private static final int OLD_JPEG = 6;
  private static final int JPEG = 7;

  /** Of red, green and blue in a BMP of 16 bits a pixel that says so. */
  private static final int[] BMP_BITS = {5, 6, 5};

  /** How a TIFF of more than 4 GiB begins, which others may be written as too. */
  private static final List<String> BIG_TIFF = List.of("II+\0", "MM\0+");

  /** A form, and how its files begin. */
  enum Form {
    GIF("GIF8"),
    BMP("BM"),
    TIFF("II*\0", "MM\0*"),
    WEBP("RIFF");

    private final String[] beginnings;

    Form(String... beginnings) {
      this.beginnings = beginnings;
    }

    private boolean isOf(byte[] bytes) {
      return Stream.of(beginnings).anyMatch(text -> begins(bytes, 0, text))
          && (this != WEBP || begins(bytes, 8, "WEBP"));
    }
  }

  /** Whether it is a TIFF for files of any length, which is not read. */
  static boolean isBigTiff(byte[] bytes) {
    return BIG_TIFF.stream().anyMatch(text -> begins(bytes, 0, text));
  }

  static boolean isOne(byte[] bytes) {
    return form(bytes).isPresent();
  }

  private static Optional<Form> form(byte[] bytes) {
    return Stream.of(Form.values()).filter(form -> form.isOf(bytes)).findFirst();
  }

  private static boolean begins(byte[] bytes, int at, String with) {
    boolean same = bytes.length >= at + with.length();
    for (int i = 0; same && i < with.length(); i++) {
      same = bytes[at + i] == with.charAt(i);
    }
    return same;
  }

  /**
   * @throws InputException if the header is damaged, or of a kind that is not read
   */
  static OtherPicture of(String where, byte[] bytes) {
    Form form = form(bytes).orElseThrow();
    if (form == Form.WEBP && new WebpBytes(bytes).saidLength() > bytes.length) {
      throw Picture.damaged(where, "cut short after " + bytes.length + " bytes", null);
    }
    return Picture.decoded(where, bytes, form.name(), reader -> header(where, bytes, form, reader));
  }

  private static OtherPicture header(String where, byte[] bytes, Form form, ImageReader reader)
      throws IOException {
    int height = reader.getHeight(0);
    int width = reader.getWidth(0);
    PictureSize.of(where, height, width, 3);
    if (form == Form.WEBP && !new WebpBytes(bytes).holds(height, width)) {
      throw Picture.damaged(
          where, "its pixels are of another size than " + height + " x " + width, null);
    }
    ColorModel colours = reader.getImageTypes(0).next().getColorModel();
    boolean inks = isInks(colours);
    int channels =
        colours instanceof IndexColorModel palette
            ? isGrey(form, bytes, palette) ? 1 : 3
            : inks ? 3 : colours.getNumColorComponents();
    int space = colours.getColorSpace().getType();
    boolean known =
        (space == ColorSpace.TYPE_GRAY || space == ColorSpace.TYPE_RGB || inks && !isJpeg(bytes))
            && (hasOneDepth(colours)
                || form == Form.BMP && Arrays.equals(colours.getComponentSize(), BMP_BITS));
    if (!known || !Images.areOf(channels) || partial(form, bytes, height, width)) {
      throw new InputException(
          where,
          known ? "a GIF whose first picture fills only a part of it" : "colours of another kind",
          "a picture in grey or in red, green and blue",
          "convert it to PNG, or take it out");
    }
    return new OtherPicture(
        where,
        bytes,
        form,
        new PictureSize(height, width, channels),
        colours,
        colours.hasAlpha() && !(form == Form.TIFF && isUnspecified(bytes)),
        form == Form.TIFF ? directories(bytes) : reader.getNumImages(true),
        orientation(form, bytes));
  }

  /** Whether a pixel is cyan, magenta, yellow and black, and no more. */
  private static boolean isInks(ColorModel colours) {
    return colours.getColorSpace().getType() == ColorSpace.TYPE_CMYK
        && colours.getNumComponents() == 4;
  }

  /** Whether a TIFF is packed as JPEG: of inks the decoder then reads others than are there. */
  private static boolean isJpeg(byte[] tiff) {
    double compression = Exif.number(ByteBuffer.wrap(tiff), COMPRESSION);
    return compression == OLD_JPEG || compression == JPEG;
  }

  /** Whether all samples have as many bits, at most 16, and none is below 0. */
  private static boolean hasOneDepth(ColorModel colours) {
    int bits = colours.getComponentSize(0);
    return colours instanceof IndexColorModel
        || (bits <= 16
            && colours.getTransferType() != DataBuffer.TYPE_SHORT
            && IntStream.of(colours.getComponentSize()).allMatch(each -> each == bits));
  }

  /** As Pillow has it: of TIFF, what is stored as grey, which the decoder makes a palette of. */
  private static boolean isGrey(Form form, byte[] bytes, IndexColorModel model) {
    return form == Form.TIFF ? !Palette.isInTiff(bytes) : Palette.of(model).isGrey();
  }

  private static Palette palette(Form form, byte[] bytes, IndexColorModel model) {
    return form == Form.TIFF ? Palette.ofTiff(bytes, model) : Palette.of(model);
  }

  /** As Pillow has it: a sample more, of which a TIFF does not say that it is alpha, is dropped. */
  private static boolean isUnspecified(byte[] tiff) {
    return Exif.number(ByteBuffer.wrap(tiff), EXTRA_SAMPLES) == UNSPECIFIED;
  }

  /** Whether a GIF's first picture is smaller than its screen. */
  private static boolean partial(Form form, byte[] bytes, int height, int width) {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return form == Form.GIF
        && (Short.toUnsignedInt(in.getShort(6)) != width
            || Short.toUnsignedInt(in.getShort(8)) != height);
  }

  /** Of a TIFF, 1 or more: whether a second follows, for they may be chained in a ring. */
  private static int directories(byte[] bytes) {
    ByteBuffer in =
        ByteBuffer.wrap(bytes)
            .order(bytes[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    long first = Integer.toUnsignedLong(in.getInt(4));
    if (first + 2 > bytes.length) {
      return 1;
    }
    long next = first + 2 + 12L * Short.toUnsignedInt(in.getShort((int) first));
    return next + 4 <= bytes.length && in.getInt((int) next) != 0 ? 2 : 1;
  }

  private static Orientation orientation(Form form, byte[] bytes) {
    return switch (form) {
      case GIF, BMP -> Orientation.UPRIGHT;
      case TIFF -> Orientation.of(Exif.orientation(ByteBuffer.wrap(bytes)));
      case WEBP -> {
        WebpBytes parts = new WebpBytes(bytes);
        int exif = parts.part("EXIF").map(Exif::orientation).orElse(Exif.UNKNOWN);
        int xmp = parts.part("XMP ").map(Exif::orientationOfXmp).orElse(Exif.UNKNOWN);
        yield Orientation.of(exif, xmp);
      }
    };
  }

  @Override
  public EnumSet<PictureNeed> needs() {
    EnumSet<PictureNeed> needs = EnumSet.noneOf(PictureNeed.class);
    if (!(colours instanceof IndexColorModel) && colours.getComponentSize(0) > 8) {
      needs.add(PictureNeed.DEEP);
    }
    if (isInks(colours)) {
      needs.add(PictureNeed.INKS);
    }
    if (!orientation.isUpright()) {
      needs.add(PictureNeed.TURNED);
    }
    return needs;
  }

  @Override
  public Pixels pixels() {
    BufferedImage picture = Picture.decoded(where, bytes, form.name(), reader -> reader.read(0));
    Raster raster = Picture.sized(where, picture.getRaster(), stored);
    int[] samples = raster.getPixels(0, 0, stored.width(), stored.height(), (int[]) null);
    int bands = raster.getNumBands();
    ColorModel model = picture.getColorModel();
    if (model instanceof IndexColorModel palette) {
      byte[] levels = palette(form, bytes, palette).look(where, samples, stored.channels());
      return new Pixels(levels, palette.hasAlpha() ? alpha(palette, samples) : Optional.empty());
    }
    int most = (1 << model.getComponentSize(0)) - 1;
    byte[] levels =
        Pixels.bands(
            samples, bands, stored.channels(), band -> (1 << model.getComponentSize(band)) - 1);
    if (isInks(colours)) {
      byte[] light = Pixels.invert(Pixels.band(samples, bands, 3, most));
      return Pixels.opaque(Pixels.inked(Pixels.invert(levels), light));
    }
    if (!hasAlpha || !model.hasAlpha()) {
      return Pixels.opaque(levels);
    }
    byte[] alpha = Pixels.band(samples, bands, bands - 1, most);
    if (model.isAlphaPremultiplied()) {
      Pixels.divide(levels, alpha);
    }
    return new Pixels(levels, Optional.of(alpha));
  }

  private static Optional<byte[]> alpha(IndexColorModel palette, int[] indices) {
    byte[] alpha = new byte[indices.length];
    for (int i = 0; i < alpha.length; i++) {
      alpha[i] = (byte) palette.getAlpha(indices[i]);
    }
    return Optional.of(alpha);
  }
}

package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** One picture file, held as its bytes: the header is checked, the pixels are not yet decoded. */
sealed interface Picture permits PngPicture, JpegPicture, OtherPicture {
  /** How ImageIO says that it does not read what may be whole. */
  Pattern UNSUPPORTED = Pattern.compile("^(Unsupported|Unknown) compression");

  /** What it is called in messages: the file, or the archive and the name in it. */
  String where();

  /** Height and width as they are stored; 1 channel of grey, 3 of colours. */
  PictureSize stored();

  Orientation orientation();

  /** What its header says that levels of an upright picture cannot hold; transparency not. */
  EnumSet<PictureNeed> needs();

  /** Whether the file holds something that says how transparent each pixel is. */
  boolean hasAlpha();

  /** How many pictures the file holds; the first is read. */
  default int frames() {
    return 1;
  }

  /** Whether the file, as far as is seen without decoding it, holds all its pixels. */
  default boolean hasEnd() {
    return true;
  }

  /**
   * Decodes the pixels: the levels that the file holds, past any colour profile or gamma, as they
   * are stored. 16 bits are made 8, CMYK is made red, green and blue.
   *
   * @throws InputException if they are damaged
   */
  Pixels pixels();

  /**
   * Reads the header of a picture; the content decides what it is, not the name.
   *
   * @param bytes of the whole file
   * @throws InputException if it is no picture of a form that is read, or damaged
   */
  static Picture of(String where, byte[] bytes) {
    if (PngPicture.isOne(bytes)) {
      return PngPicture.of(where, bytes, true);
    } else if (JpegPicture.isOne(bytes)) {
      return JpegPicture.of(where, bytes);
    } else if (OtherPicture.isOne(bytes)) {
      return OtherPicture.of(where, bytes);
    } else if (OtherPicture.isBigTiff(bytes)) {
      throw new InputException(
          where,
          "a BigTIFF, which is not read",
          "a TIFF",
          "write it as TIFF or PNG, or take it out");
    }
    throw new InputException(
        where,
        bytes.length == 0 ? "an empty file" : "no picture of a form that is read",
        "PNG, JPEG, WebP, GIF, BMP or TIFF",
        "copy the file again, convert it to PNG, or take it out");
  }

  /** What is read with an ImageIO reader. */
  @FunctionalInterface
  interface Decoding<T> {
    T from(ImageReader reader) throws IOException;
  }

  /**
   * Decodes with ImageIO; a warning counts as damage, for the pixels after it are made up.
   *
   * @param format such as PNG or JPEG
   */
  static <T> T decoded(String where, byte[] bytes, String format, Decoding<T> decoding) {
    List<String> warnings = new ArrayList<>();
    ImageReader reader = ImageIO.getImageReadersByFormatName(format).next();
    reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
    T result;
    try (ImageInputStream in =
        format.equals("WEBP")
            ? new WebpBytes(bytes).stream()
            : new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      reader.setInput(in, false, true);
      result = decoding.from(reader);
    } catch (InputException e) { // Told already, of a picture that is whole.
      throw e;
    } catch (IOException | RuntimeException e) { // Which of them damage brings is not documented.
      throw e instanceof IOException && UNSUPPORTED.matcher("" + e.getMessage()).find()
          ? unread(where, reason(e), e)
          : damaged(where, reason(e), e);
    } catch (OutOfMemoryError e) { // A damaged header may ask for any number of bytes.
      throw new InputException(
              where,
              "it needs more memory than there is",
              "a picture that fits into Java's memory",
              "copy the file again; make the picture smaller if it is that large",
              e)
          .inPassing();
    } finally {
      reader.dispose();
    }
    warnings.removeIf(JpegPicture::isHarmless);
    if (!warnings.isEmpty()) {
      throw damaged(where, warnings.get(0), null);
    }
    return result;
  }

  /** A raster of the size that the header says: a later one in the file may say another. */
  static Raster sized(String where, Raster raster, PictureSize size) {
    if (raster.getWidth() != size.width() || raster.getHeight() != size.height()) {
      throw damaged(where, "its data do not fit its header", null);
    }
    return raster;
  }

  /** What ImageIO says where it says it in words; other exceptions of it name its own inside. */
  private static String reason(Exception e) {
    return e instanceof IOException ? DiskRefusal.reason(e) : "its data do not fit its header";
  }

  /** A file that other programs may well read, refused. */
  private static InputException unread(String where, String why, Throwable cause) {
    return new InputException(
        where,
        "of a kind that is not read: " + why,
        "a picture as most programs write it",
        "convert it to PNG, or take it out",
        cause);
  }

  /** A damaged file, refused. */
  static InputException damaged(String where, String how, Throwable cause) {
    return new InputException(
        where,
        "damaged: " + how,
        "a whole picture",
        "copy the file again, or take it out of the folder",
        cause);
  }
}

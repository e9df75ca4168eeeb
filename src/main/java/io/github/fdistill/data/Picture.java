package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.RegularFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** One picture file, held as its bytes: the header is checked, the pixels are not yet decoded. */
sealed interface Picture permits PngPicture, JpegPicture {
  /** Height, width and channels. */
  PictureSize size();

  /**
   * Decodes the pixels: the levels that the file holds, past any colour profile or gamma.
   *
   * @return [height, width, channels] in C order
   * @throws InputException if they are damaged
   */
  byte[] levels();

  /**
   * Reads a PNG or JPEG; the content decides which, not the name.
   *
   * @throws InputException if the file is neither, is damaged, or means something that levels of
   *     grey or red, green and blue cannot hold
   */
  static Picture read(Path path) {
    byte[] bytes;
    try {
      bytes = RegularFile.bytes(path, FileKind.PICTURE);
    } catch (IOException e) {
      throw new InputException(
          path.toString(),
          "cannot be read: " + DiskRefusal.reason(e),
          "a readable file",
          "mend its permissions",
          e);
    }
    if (PngPicture.isOne(bytes)) {
      return PngPicture.of(path, bytes);
    } else if (JpegPicture.isOne(bytes)) {
      return JpegPicture.of(path, bytes);
    }
    throw new InputException(
        path.toString(),
        bytes.length == 0 ? "an empty file" : "neither PNG nor JPEG data",
        "a PNG or JPEG picture",
        "copy the file again, or convert it to PNG");
  }

  /** What is read with an ImageIO reader. */
  @FunctionalInterface
  interface Decoding<T> {
    T from(ImageReader reader) throws IOException;
  }

  /**
   * Decodes with ImageIO; a warning counts as damage, for the pixels after it are made up.
   *
   * @param format PNG or JPEG
   */
  static <T> T decoded(Path path, byte[] bytes, String format, Decoding<T> decoding) {
    List<String> warnings = new ArrayList<>();
    ImageReader reader = ImageIO.getImageReadersByFormatName(format).next();
    reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
    T result;
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      reader.setInput(in, true, true);
      result = decoding.from(reader);
    } catch (IOException | RuntimeException e) { // Which of them damage brings is not documented.
      throw damaged(path, reason(e), e);
    } finally {
      reader.dispose();
    }
    if (!warnings.isEmpty()) {
      throw damaged(path, warnings.get(0), null);
    }
    return result;
  }

  /** What ImageIO says where it says it in words; other exceptions of it name its own inside. */
  private static String reason(Exception e) {
    return e instanceof IOException ? DiskRefusal.reason(e) : "its data do not fit its header";
  }

  /** A damaged file, refused. */
  static InputException damaged(Path path, String how, Throwable cause) {
    return new InputException(
        path.toString(),
        "damaged: " + how,
        "a whole picture",
        "copy the file again, or take it out of the folder",
        cause);
  }
}

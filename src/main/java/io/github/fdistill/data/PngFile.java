package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.WholeFile;
import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Images as PNG files: grey from one channel, RGB from three. */
public final class PngFile {
  private PngFile() {}

  /**
   * Writes one image, a pixel for a pixel.
   *
   * @param index of the image among the others
   * @throws InputException if the file cannot be written
   */
  public static void write(Path png, Images images, int index) {
    WholeFile.write(png, content(images, index));
  }

  /** What the file of one image holds, a pixel for a pixel; drawn when it is written. */
  public static AtomicFile.Content content(Images images, int index) {
    return out -> {
      BufferedImage picture = blank(images.height(), images.width(), images.channels());
      draw(images, index, 1, picture.getRaster(), 0, 0);
      encode(picture, out);
    };
  }

  /** One image as a PNG's bytes, a pixel for a pixel. */
  public static byte[] bytes(Images images, int index) {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    try {
      content(images, index).writeTo(png);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return png.toByteArray();
  }

  /**
   * Writes a picture.
   *
   * @throws InputException if the file cannot be written
   */
  public static void write(Path png, BufferedImage picture) {
    WholeFile.write(png, out -> encode(picture, out));
  }

  /** A white picture. */
  static BufferedImage blank(int height, int width, int channels) {
    int type = channels == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_3BYTE_BGR;
    BufferedImage picture = new BufferedImage(width, height, type);
    int[] white = new int[width * channels];
    Arrays.fill(white, 255);
    for (int y = 0; y < height; y++) {
      picture.getRaster().setPixels(0, y, width, 1, white);
    }
    return picture;
  }

  /**
   * Draws an image into the levels of a picture (its samples, past any colour conversion).
   *
   * @param scale each value becomes a square of scale * scale pixels
   * @param top row of the image's first pixel
   * @param left column of the image's first pixel
   */
  static void draw(Images images, int index, int scale, WritableRaster picture, int top, int left) {
    for (int y = 0; y < images.height() * scale; y++) {
      for (int x = 0; x < images.width() * scale; x++) {
        for (int band = 0; band < picture.getNumBands(); band++) {
          int channel = Math.min(band, images.channels() - 1); // Grey is drawn into all bands.
          int level = images.level(index, y / scale, x / scale, channel);
          picture.setSample(left + x, top + y, band, level);
        }
      }
    }
  }

  private static void encode(BufferedImage picture, OutputStream out) throws IOException {
    try (ImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
      if (!ImageIO.write(picture, "png", stream)) {
        throw new IOException("this Java installation writes no PNG");
      }
    }
  }
}

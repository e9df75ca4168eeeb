package io.github.fdistill.report;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.Folders;
import io.github.fdistill.files.Heap;
import io.github.fdistill.files.RegularFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * A picture with its caption.
 *
 * @param name of its file, without ".png": letters, digits, "-", "_" and "."
 * @param picture shown pixel for pixel, or smaller where the page is narrower
 * @param caption under the picture
 * @param alt what the picture shows, for those who cannot see it
 * @param rows what its rows are called, of equal heights, from the top; may be none
 */
public record Figure(
    String name, BufferedImage picture, String caption, String alt, List<String> rows)
    implements Block {
  /** Four channels of 16 bits, and as much again while they are decoded. */
  private static final long BYTES_OF_A_PIXEL = 16;

  public Figure {
    rows = List.copyOf(rows);
    if (!Folders.isPlainName(name)) {
      throw new IllegalArgumentException("no name for a figure: \"" + name + "\"");
    }
    if (caption.isBlank() || alt.isBlank()) {
      throw new IllegalArgumentException("figure " + name + " without caption or description");
    }
  }

  /** Of a picture whose rows have no names. */
  public Figure(String name, BufferedImage picture, String caption, String alt) {
    this(name, picture, caption, alt, List.of());
  }

  /** The same with names of its rows. */
  public Figure withRows(List<String> names) {
    return new Figure(name, picture, caption, alt, names);
  }

  /**
   * A figure from a picture that is on disk already.
   *
   * @throws InputException if the file cannot be read as a picture, or there is no memory for as
   *     many pixels as its header says
   */
  public static Figure read(String name, Path file, String caption, String alt) {
    try {
      byte[] bytes = RegularFile.bytes(file, FileKind.PICTURE);
      return new Figure(name, decoded(file.toString(), bytes), caption, alt);
    } catch (IOException e) {
      throw new InputException(
          file.toString(),
          "cannot be read: " + DiskRefusal.reason(e),
          "a PNG file",
          "write the picture again, or give another file",
          e);
    }
  }

  private static BufferedImage decoded(String where, byte[] bytes) throws IOException {
    ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes));
    Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
    if (!readers.hasNext()) {
      throw new IOException("not a picture that Java reads");
    }
    ImageReader reader = readers.next();
    try {
      reader.setInput(in, true, true);
      long height = reader.getHeight(0);
      long width = reader.getWidth(0);
      Heap.require(where, height + " x " + width + " pixels", BYTES_OF_A_PIXEL * height * width);
      return reader.read(0);
    } finally {
      reader.dispose();
    }
  }

  /** The name of its file. */
  public String file() {
    return name + ".png";
  }

  /** The picture within the page, as a data URI. */
  @Override
  public String html() {
    StringBuilder beside = new StringBuilder();
    rows.forEach(row -> beside.append("<li>" + Html.escape(row) + "</li>"));
    String labels = rows.isEmpty() ? "" : "<div class=\"rows\"><ol>" + beside + "</ol>";
    return "<figure>"
        + labels
        + "<img src=\"data:image/png;base64,"
        + Base64.getEncoder().encodeToString(Png.bytes(picture))
        + "\" alt=\""
        + Html.escape(alt)
        + "\" width=\""
        + picture.getWidth()
        + "\" height=\""
        + picture.getHeight()
        + "\">"
        + (rows.isEmpty() ? "" : "</div>")
        + "<figcaption>"
        + Html.escape(caption)
        + "</figcaption></figure>";
  }

  /** A link to {@link #file()}, which stands beside the page. */
  @Override
  public String markdown() {
    String named = rows.isEmpty() ? "" : " Rows: " + String.join(", ", rows) + ".";
    return "!["
        + Markdown.escape(alt)
        + "]("
        + file()
        + ")\n\n*"
        + Markdown.escape(caption + named)
        + "*";
  }
}

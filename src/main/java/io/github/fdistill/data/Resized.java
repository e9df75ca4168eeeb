package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Sha256;

/** The images of another source in another size, or grey made colour, or colour made grey. */
public final class Resized implements ImageSource {
  /** ITU-R BT.601: the share of red, green and blue in grey. */
  private static final float[] LUMA = {0.299f, 0.587f, 0.114f};

  private final ImageSource source;
  private final TriangleFilter rows;
  private final TriangleFilter columns;
  private final int channels;

  private Resized(ImageSource source, TriangleFilter rows, TriangleFilter columns, int channels) {
    this.source = source;
    this.rows = rows;
    this.columns = columns;
    this.channels = channels;
  }

  /**
   * Resizes with an antialiased triangle filter ({@link TriangleFilter}), in floating point: values
   * are neither rounded nor clipped. Grey is repeated for red, green and blue; colour becomes grey
   * as 0.299 R + 0.587 G + 0.114 B. Holds nothing that needs closing.
   *
   * @param channels 1 or 3, or as many as the source has
   * @return the source itself if it is as asked for
   * @throws InputException if the source's channels cannot become those
   */
  public static ImageSource of(ImageSource source, int height, int width, int channels) {
    if (height < 1 || width < 1 || channels < 1) {
      throw new IllegalArgumentException("images of " + height + "x" + width + "x" + channels);
    }
    if (source.height() == height && source.width() == width && source.channels() == channels) {
      return source;
    }
    boolean pictures = isPicture(source.channels()) && isPicture(channels);
    if (source.channels() != channels && !pictures) {
      throw new InputException(
          "images of " + source.height() + "x" + source.width() + "x" + source.channels(),
          source.channels() + " channels",
          channels + " channels; only grey (1) and colour (3) become one another",
          "choose images of the kind that the other side has");
    }
    TriangleFilter rows = TriangleFilter.of(source.height(), height);
    TriangleFilter columns = TriangleFilter.of(source.width(), width);
    return new Resized(source, rows, columns, channels);
  }

  private static boolean isPicture(int channels) {
    return channels == 1 || channels == 3;
  }

  @Override
  public void copy(long index, float[] into, int offset) {
    float[] image = new float[source.valuesPerImage()];
    source.copy(index, image, 0);
    int narrow = Math.min(source.channels(), channels); // Colour is mixed before, grey split after.
    if (source.channels() > channels) {
      image = grey(image);
    }
    image = columns.apply(image, source.height(), narrow);
    image = rows.apply(image, 1, width() * narrow);
    int repeats = channels / narrow;
    for (int i = 0; i < image.length * repeats; i++) {
      into[offset + i] = image[i / repeats];
    }
  }

  private static float[] grey(float[] colour) {
    float[] grey = new float[colour.length / LUMA.length];
    for (int i = 0; i < colour.length; i++) {
      grey[i / LUMA.length] += LUMA[i % LUMA.length] * colour[i];
    }
    return grey;
  }

  @Override
  public long size() {
    return source.size();
  }

  @Override
  public int height() {
    return rows.to();
  }

  @Override
  public int width() {
    return columns.to();
  }

  @Override
  public int channels() {
    return channels;
  }

  @Override
  public int classes() {
    return source.classes();
  }

  @Override
  public int label(long index) {
    return source.label(index);
  }

  /** The SHA-256 of the source's fingerprint and the size. */
  @Override
  public String fingerprint() {
    return Sha256.ofText(
        source.fingerprint() + " triangle " + height() + "x" + width() + "x" + channels);
  }
}

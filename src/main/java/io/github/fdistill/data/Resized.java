package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.files.Sha256;
import java.util.Map;

/** The images of another source in another size, or grey made colour, or colour made grey. */
public final class Resized implements DerivedImages {
  private final ImageSource source;
  private final boolean crops;
  private final boolean greys;
  private final int height;
  private final int width;
  private final int channels;

  /**
   * @param crops whether the middle is cut out
   * @param greys whether a picture in colour becomes grey also where the source's are grey
   */
  private Resized(
      ImageSource source, boolean crops, boolean greys, int height, int width, int channels) {
    this.source = source;
    this.crops = crops;
    this.greys = greys;
    this.height = height;
    this.width = width;
    this.channels = channels;
  }

  /**
   * Resizes whole images, whatever their proportions become, as {@link SizedImage#resized} does.
   * Holds nothing that needs closing.
   *
   * @param channels 1 or 3, or as many as the source has
   * @return the source itself if it is as asked for
   * @throws InputException if the source's channels cannot become those
   */
  public static ImageSource of(ImageSource source, int height, int width, int channels) {
    requireChannels(source, height, width, channels);
    if (source.height() == height && source.width() == width && source.channels() == channels) {
      return source;
    }
    return new Resized(source, false, false, height, width, channels);
  }

  /**
   * Cuts the largest part of these proportions out of the middle of each image and resizes that.
   * The pictures of a folder may be of any sizes then.
   *
   * @param channels 1 or 3, or as many as the source has
   * @throws InputException if the source's channels cannot become those; later, from {@link #copy},
   *     if one image would lose its colours and the first had none
   */
  public static ImageSource cropped(ImageSource source, int height, int width, int channels) {
    requireChannels(source, height, width, channels);
    return new Resized(source, true, false, height, width, channels);
  }

  /** The same of what is asked for: where that is grey, of every picture. */
  static ImageSource cropped(ImageSource source, AskedSize asked) {
    int channels = asked.channels().orElse(source.channels());
    requireChannels(source, asked.height(), asked.width(), channels);
    boolean greys = asked.channels().isPresent();
    return new Resized(source, true, greys, asked.height(), asked.width(), channels);
  }

  private static void requireChannels(ImageSource source, int height, int width, int channels) {
    if (height < 1 || width < 1 || channels < 1) {
      throw new IllegalArgumentException("images of " + height + "x" + width + "x" + channels);
    }
    if (!SizedImage.canBecome(source.channels(), channels)) {
      throw new InputException(
          "images of " + source.height() + "x" + source.width() + "x" + source.channels(),
          source.channels() + " channels",
          channels + " channels; only grey (1) and colour (3) become one another",
          "choose images of the kind that the other side has");
    }
  }

  @Override
  public void copy(long index, float[] into, int offset) {
    SizedImage image = crops ? middle(index) : whole(index);
    float[] values = image.resized(height, width, channels).values();
    System.arraycopy(values, 0, into, offset, values.length);
  }

  private SizedImage whole(long index) {
    float[] values = new float[source.valuesPerImage()];
    source.copy(index, values, 0);
    return new SizedImage("", values, source.height(), source.width(), source.channels());
  }

  private SizedImage middle(long index) {
    SizedImage image = source.stored(index);
    if (!greys && image.channels() > Math.max(channels, source.channels())) {
      throw new InputException(
          image.origin(),
          "a picture in colour, where the first is grey",
          "grey pictures, or word that all are to be colour",
          "say so: resize to " + height + "x" + width + "x3");
    }
    return image.cropped(height, width);
  }

  @Override
  public ImageSource source() {
    return source;
  }

  @Override
  public int height() {
    return height;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public int channels() {
    return channels;
  }

  @Override
  public SizedImage stored(long index) {
    float[] values = new float[valuesPerImage()];
    copy(index, values, 0);
    return new SizedImage(where(index), values, height, width, channels);
  }

  @Override
  public ConditionRows examples() {
    return source.examples();
  }

  /** The SHA-256 of the source's fingerprint and of what is done to the images. */
  @Override
  public String fingerprint() {
    return resized(source.fingerprint());
  }

  @Override
  public String fingerprintWith(Map<String, String> others) {
    return resized(source.fingerprintWith(others));
  }

  private String resized(String fingerprint) {
    String how = crops ? " middle, triangle " : " triangle ";
    return Sha256.ofText(fingerprint + how + height + "x" + width + "x" + channels);
  }
}

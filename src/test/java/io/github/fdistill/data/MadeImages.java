package io.github.fdistill.data;

/**
 * Images that are made up as they are asked for. Image i is of class i mod classes.
 *
 * @param maker writes an image, [height, width, channels], where it is told to
 */
public record MadeImages(long size, int height, int width, int channels, int classes, Maker maker)
    implements ImageSource {

  /** Makes an image. */
  @FunctionalInterface
  public interface Maker {
    void make(long index, float[] into, int offset);
  }

  @Override
  public int label(long index) {
    return (int) (index % classes);
  }

  @Override
  public void copy(long index, float[] into, int offset) {
    maker.make(index, into, offset);
  }

  @Override
  public String fingerprint() {
    return "made up";
  }
}

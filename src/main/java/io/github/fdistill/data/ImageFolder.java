package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The pictures in a folder, or in its folders of classes, each decoded when it is copied. */
public final class ImageFolder implements ImageSource {
  private final PictureNames pictures;
  private final PictureSize size;
  private final int classes;
  private String fingerprint;

  private ImageFolder(PictureNames pictures, PictureSize size) {
    this.pictures = pictures;
    this.size = size;
    this.classes = 1 + Arrays.stream(pictures.labels()).max().orElseThrow();
  }

  /**
   * Opens a folder as {@link PictureNames} lists it. The first picture sets height, width and
   * channels; it alone is read here. The fingerprint is {@link FolderFingerprint}'s.
   *
   * @throws InputException if there is no picture, or it is not clear what class each is of; later,
   *     from {@link #copy}, if a picture is damaged or of another size
   */
  public static ImageFolder open(Path folder) {
    PictureNames pictures = PictureNames.in(folder);
    return new ImageFolder(pictures, Picture.read(pictures.file(0)).size());
  }

  @Override
  public long size() {
    return pictures.labels().length;
  }

  @Override
  public int height() {
    return size.height();
  }

  @Override
  public int width() {
    return size.width();
  }

  @Override
  public int channels() {
    return size.channels();
  }

  @Override
  public int classes() {
    return classes;
  }

  @Override
  public List<String> classNames() {
    return pictures.classNames();
  }

  @Override
  public int label(long index) {
    return pictures.labels()[Math.toIntExact(index)];
  }

  @Override
  public void copy(long index, float[] into, int offset) {
    Path file = pictures.file(index);
    Picture picture = Picture.read(file);
    if (!picture.size().equals(size)) {
      throw new InputException(
          file.toString(),
          picture.size().toString(),
          size + ", as " + pictures.names().get(0) + ", the first here",
          "make them all of one size: ./fdistill data FOLDER --resize HxW --out FILE.npy");
    }
    Images.toDataUnits(picture.levels(), 0, size.values(), into, offset);
  }

  /** A picture in its own size. */
  @Override
  public SizedImage stored(long index) {
    Path file = pictures.file(index);
    Picture picture = Picture.read(file);
    PictureSize own = picture.size();
    float[] values = new float[own.values()];
    Images.toDataUnits(picture.levels(), 0, values.length, values, 0);
    return new SizedImage(file.toString(), values, own.height(), own.width(), own.channels());
  }

  /** Computed when it is first asked for. */
  @Override
  public synchronized String fingerprint() {
    if (fingerprint == null) {
      fingerprint = FolderFingerprint.of(pictures.folder(), pictures.names());
    }
    return fingerprint;
  }
}

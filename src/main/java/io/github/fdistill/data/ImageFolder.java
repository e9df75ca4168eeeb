package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The pictures in a folder, each decoded when it is copied. */
public final class ImageFolder implements ImageSource {
  private static final Pattern PICTURE = Pattern.compile("(?i)[^.].*\\.(png|jpe?g)");

  /** What the command {@code sample} writes. */
  private static final Pattern SAMPLE = Pattern.compile("class-(\\d{1,9})-seed-(-?\\d+)\\.png");

  private final List<Path> files;
  private final PictureSize size;
  private final int[] labels;
  private final int classes;
  private final String fingerprint;

  private ImageFolder(List<Path> files, PictureSize size, int[] labels, String fingerprint) {
    this.files = files;
    this.size = size;
    this.labels = labels;
    this.classes = 1 + Arrays.stream(labels).max().orElseThrow();
    this.fingerprint = fingerprint;
  }

  /**
   * Opens the .png, .jpg and .jpeg files in a folder, in the order of their names; hidden ones
   * (named .*) and folders in it are left out. The first sets height, width and channels.
   *
   * <p>All have the label 0, the only class; but if every name is one that {@code sample --out
   * FOLDER} writes, class-C-seed-S.png, the labels are the Cs. The fingerprint is the SHA-256 of
   * what {@code sha256sum *} prints for these files; every file is read for it here.
   *
   * @throws InputException if there is no picture; later, from {@link #copy}, if a picture is
   *     damaged or of another size
   */
  public static ImageFolder open(Path folder) {
    List<Path> files = pictures(folder);
    if (files.isEmpty()) {
      throw new InputException(
          folder.toString(),
          "no pictures; it holds " + Listing.of(folder, path -> true),
          "files .png, .jpg or .jpeg in the folder itself",
          "choose the folder that holds them, or convert them to PNG");
    }
    PictureSize size = Picture.read(files.get(0)).size();
    StringBuilder sums = new StringBuilder();
    for (Path file : files) {
      sums.append(Checksums.sha256(file)).append("  ").append(file.getFileName()).append('\n');
    }
    return new ImageFolder(files, size, labels(files), Sha256.ofText(sums.toString()));
  }

  /**
   * The files that count as pictures, in order.
   *
   * @throws InputException if there is no such folder, or it cannot be read
   */
  static List<Path> pictures(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new InputException(
          folder.toString(), "no such folder", "a folder of pictures", "choose one that exists");
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(path -> PICTURE.matcher(path.getFileName().toString()).matches())
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new InputException(
          folder.toString(),
          "cannot be read: " + e,
          "a readable folder",
          "mend its permissions",
          e);
    }
  }

  private static int[] labels(List<Path> files) {
    int[] labels = new int[files.size()];
    for (int i = 0; i < labels.length; i++) {
      Matcher name = SAMPLE.matcher(files.get(i).getFileName().toString());
      if (!name.matches()) {
        return new int[files.size()];
      }
      labels[i] = Integer.parseInt(name.group(1));
    }
    return labels;
  }

  @Override
  public long size() {
    return files.size();
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
  public int label(long index) {
    return labels[Math.toIntExact(index)];
  }

  @Override
  public void copy(long index, float[] into, int offset) {
    Path file = files.get(Math.toIntExact(index));
    Picture picture = Picture.read(file);
    if (!picture.size().equals(size)) {
      throw new InputException(
          file.toString(),
          picture.size().toString(),
          size + ", as " + files.get(0).getFileName() + ", the first here",
          "give each kind a folder of its own, or convert them all to one");
    }
    Images.toDataUnits(picture.levels(), 0, size.values(), into, offset);
  }

  @Override
  public String fingerprint() {
    return fingerprint;
  }
}

package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Sha256;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A folder of the four files of MNIST and its relatives, each as it is or with gzip (.gz). */
public final class IdxDataset {
  private static final String IMAGES = "-images-idx3-ubyte";
  private static final String LABELS = "-labels-idx1-ubyte";

  private final Path folder;
  private final Optional<Checksums> checksums;

  /** A line of sha256sum for each file read, in the order of reading. */
  private final List<String> read = new ArrayList<>();

  private IdxDataset(Path folder, Optional<Checksums> checksums) {
    this.folder = folder;
    this.checksums = checksums;
  }

  /**
   * Reads one part of a dataset into memory. The number of classes is the greatest training label
   * plus one, for both parts, or the number of lines in classes.txt, which names them. The
   * fingerprint is the SHA-256 of what sha256sum prints for images, labels and, for {@link
   * Split#TEST}, training labels.
   *
   * @param folder holds train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte
   *     and t10k-labels-idx1-ubyte, or those of a name that {@link IdxNames} knows; if it has a
   *     file SHA256SUMS, what is read is checked against it
   * @throws InputException if a file is missing, damaged, or does not fit the others
   */
  public static ImageSource open(Path folder, Split split) {
    if (!Files.isDirectory(folder)) {
      throw new InputException(
          folder.toString(),
          "no such folder",
          "a dataset's folder",
          "choose " + Listing.beside(folder));
    }
    return new IdxDataset(folder, Checksums.in(folder)).open(split);
  }

  private ImageSource open(Split split) {
    IdxFile images = IdxFile.images(file(split, false));
    IdxFile file = IdxFile.labels(file(split, true));
    if (images.count() != file.count()) {
      throw new InputException(
          file.path().toString(),
          file.count() + " labels",
          images.count() + ", one for each image in " + images.path().getFileName(),
          "put images and labels of the same set there");
    }
    int[] labels = file.labels();
    IdxFile training = split == Split.TRAIN ? file : IdxFile.labels(file(Split.TRAIN, true));
    int greatest = greatest(training == file ? labels : training.labels());
    List<String> names = ClassesFile.read(folder.resolve(ClassesFile.NAME), 1 + greatest);
    int classes = Math.max(1 + greatest, names.size());
    if (greatest(labels) >= classes) {
      throw new InputException(
          file.path().toString(),
          "a label " + greatest(labels),
          "labels up to " + (classes - 1) + ", the greatest in " + training.path().getFileName(),
          "put both parts of the same set there");
    }
    int[] shape = images.dimensions();
    int channels = shape.length == 4 ? shape[3] : 1;
    if (!Images.areOf(channels)) {
      throw new InputException(
          images.path().toString(),
          "images of " + shape[1] + "x" + shape[2] + "x" + channels,
          "the channels last, 1 (grey) or 3 (red, green, blue)",
          "save them as an array, .npy, which may have the channels first, or alpha");
    }
    return new ByteImages(
        shape[1],
        shape[2],
        channels,
        classes,
        images.values(),
        labels,
        Sha256.ofText(String.join("", read)),
        names);
  }

  /** Finds a file, checks its SHA-256 and notes it for the fingerprint. */
  private Path file(Split split, boolean labels) {
    String name = split.idxPrefix + (labels ? LABELS : IMAGES);
    Path file =
        IdxNames.find(folder, split, labels)
            .orElseThrow(
                () ->
                    new InputException(
                        folder.toString(),
                        "no file " + name + ".gz or " + name,
                        "the four files of an IDX dataset",
                        "add the file; its README or source says where it is from"));
    String sha256 = Checksums.sha256(file);
    checksums.ifPresent(list -> list.check(file, sha256));
    read.add(Checksums.line(file, sha256));
    return file;
  }

  private static int greatest(int[] labels) {
    return Arrays.stream(labels).max().orElse(0);
  }

  /** Whether a folder holds files of images for tests. */
  static boolean hasTests(Path folder) {
    return IdxNames.find(folder, Split.TEST, false)
        .or(() -> IdxNames.find(folder, Split.TEST, true))
        .isPresent();
  }

  /** Whether a folder holds any of the four files, so that it is meant to be such a dataset. */
  static boolean isIn(Path folder) {
    return Files.isDirectory(folder) && IdxNames.areIn(folder);
  }
}

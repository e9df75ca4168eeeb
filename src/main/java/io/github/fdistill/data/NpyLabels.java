package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.LabelRange;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.Heap;
import io.github.fdistill.files.RegularFile;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * The labels beside a .npy file of images: NAME.labels.npy, a list of int32 or int64 as long as
 * there are images.
 *
 * @param classes the greatest label plus one
 */
record NpyLabels(Path path, int[] labels, int classes) {
  /** The longest array that every JVM can make. */
  private static final int MOST_LABELS = Integer.MAX_VALUE - 8;

  /** Where the labels of a file's images are, if they have any. */
  static Path path(Path npy) {
    String name = npy.getFileName().toString();
    return npy.resolveSibling(name.replaceFirst("(?i)(\\.npy)?$", ".labels.npy"));
  }

  /**
   * @param count of the images
   * @return nothing where there is no such file
   * @throws InputException if it is no list of so many labels from 0 on
   */
  static Optional<NpyLabels> beside(Path npy, long count) {
    Path path = path(npy);
    return Files.exists(path) ? Optional.of(read(path, npy, count)) : Optional.empty();
  }

  private static NpyLabels read(Path path, Path npy, long count) {
    NpyHeader header = NpyHeader.read(path);
    boolean wide = header.type().equals("<i8");
    if (!wide && !header.type().equals("<i4")) {
      throw new InputException(
          path.toString(),
          "labels of type '" + header.type() + "'",
          "'<i4' (int32, little-endian) or '<i8' (int64)",
          NpyHeader.convert(path, "$.astype(\"int32\")"));
    }
    if (!Arrays.equals(header.shape(), new long[] {count})) {
      throw new InputException(
          path.toString(),
          "shape " + Arrays.toString(header.shape()).replace(" ", ""),
          "[" + count + "], a label for each image in " + npy.getFileName(),
          "put images and labels of the same set there, or remove the labels");
    }
    if (count > MOST_LABELS) {
      throw new InputException(
          path.toString(),
          count + " labels",
          "at most " + MOST_LABELS + " images of classes in one file",
          "split the set");
    }
    Heap.require(path.toString(), count + " labels", Integer.BYTES * count);
    int[] labels = new int[(int) count];
    int greatest = 0;
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(RegularFile.open(path), 1 << 16))) {
      in.skipNBytes(header.offset());
      for (int i = 0; i < labels.length; i++) {
        long label = wide ? Long.reverseBytes(in.readLong()) : Integer.reverseBytes(in.readInt());
        if (label < 0 || label >= LabelRange.MOST_CLASSES) {
          throw new InputException(
              path + "[" + i + "]",
              "the label " + label,
              "classes from 0 on, below " + LabelRange.MOST_CLASSES,
              "number the classes from 0; every image has one");
        }
        labels[i] = (int) label;
        greatest = Math.max(greatest, labels[i]);
      }
    } catch (EOFException e) {
      throw new InputException(
          path.toString(), "cut short", count + " labels", "copy the file again", e);
    } catch (IOException e) {
      throw new InputException(
          path.toString(),
          "cannot be read: " + DiskRefusal.reason(e),
          "a readable file",
          "mend its permissions",
          e);
    }
    return new NpyLabels(path, labels, greatest + 1);
  }
}

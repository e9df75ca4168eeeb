package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.LabelRange;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.Heap;
import io.github.fdistill.files.RegularFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The labels beside a .npy file of images, NAME.labels.npy: a list as long as there are images, of
 * whole numbers or of names, or rows of one 1 among zeros.
 *
 * @param classes the greatest label plus one, or as many as a row is long
 * @param names of the classes, where the labels are names: these in the order of their letters
 */
record NpyLabels(Path path, int[] labels, int classes, List<String> names) {
  /** Of names, in bytes. */
  private static final int MOST_NAME_BYTES = 4096;

  private static final int VALUES_AT_ONCE = 1 << 16;

  /** The longest array that every JVM can make. */
  private static final int MOST_LABELS = Integer.MAX_VALUE - 8;

  /** Where the labels of a file's images are, if they have any. */
  static Path path(Path npy) {
    String name = npy.getFileName().toString();
    return npy.resolveSibling(name.replaceFirst("(?i)(\\.npy)?$", ".labels.npy"));
  }

  /**
   * @param count of the images
   * @return nothing where there is no such file, or all its labels are -1
   * @throws InputException if it is no list of so many labels from 0 on
   */
  static Optional<NpyLabels> beside(Path npy, long count) {
    Path path = path(npy);
    if (!RegularFile.isThere(path)) {
      return Optional.empty();
    }
    NpyHeader header = NpyHeader.read(path);
    try (FileChannel channel = RegularFile.channel(path)) {
      return of(header, NpyValues.of(path, channel), npy.getFileName().toString(), count);
    } catch (IOException e) {
      throw DiskRefusal.unreadable(path, e);
    }
  }

  /**
   * @param images what they are the labels of, in messages
   * @return nothing where all are -1
   */
  static Optional<NpyLabels> of(NpyHeader header, NpyValues values, String images, long count)
      throws IOException {
    Path path = header.path();
    long[] shape = header.shape();
    long columns = shape.length == 2 ? shape[1] : 1;
    boolean fits = shape.length >= 1 && shape.length <= 2 && shape[0] == count;
    if (!fits || columns < 1 || columns > 1 << 20) {
      throw new InputException(
          path.toString(),
          "shape " + Arrays.toString(shape).replace(" ", ""),
          "[" + count + "], a label for each image in " + images,
          "put images and labels of the same set there, or remove the labels");
    }
    if (count > MOST_LABELS) {
      throw new InputException(
          path.toString(),
          count + " labels",
          "at most " + MOST_LABELS + " images of classes in one file",
          "split the set");
    }
    Heap.require(path.toString(), count + " labels", (Integer.BYTES + 1) * count);
    boolean named = NpyNames.areIn(header);
    int bytes = named ? NpyNames.bytes(header) : NpyType.of(header).bytes();
    if (bytes > MOST_NAME_BYTES) {
      throw new InputException(
          path.toString(),
          "room for names of " + bytes + " bytes each",
          "at most " + MOST_NAME_BYTES + ", four for a character of U",
          "save shorter names, or the numbers of the classes, as numpy's unique gives them");
    }
    if (values.length() - header.offset() != count * columns * bytes) {
      throw new InputException(
          path.toString(),
          values.length() - header.offset() < count * columns * bytes
              ? "cut short"
              : "longer than its header says",
          count + " labels",
          "copy the file again");
    }
    if (named && columns == 1) {
      return Optional.of(NpyNames.read(header, values, Math.toIntExact(count)));
    }
    return numbers(header, values, Math.toIntExact(count), (int) columns);
  }

  private static Optional<NpyLabels> numbers(
      NpyHeader header, NpyValues values, int count, int columns) {
    NpyType type = NpyType.of(header);
    boolean byColumns = header.fortran() && columns > 1;
    int[] labels = byColumns ? byColumns(header, values, count, columns) : new int[count];
    ByteBuffer row = ByteBuffer.allocate(columns * type.bytes());
    int without = 0;
    for (int i = 0; i < count; i++) {
      double label = labels[i];
      if (!byColumns) {
        values.read(row.clear(), header.offset() + (long) i * row.capacity());
        label = columns == 1 ? type.at(row, 0) : oneHot(type, row, columns);
      }
      boolean none = columns == 1 && label == DatasetJson.NO_LABEL;
      if (none && without == i) { // So far all are without.
        without++;
      } else if (none || !DatasetJson.isClass(label)) {
        throw wrong(header, i, columns, label);
      }
      labels[i] = (int) label;
    }
    if (without > 0) {
      if (without < count) {
        throw wrong(header, 0, columns, labels[0]);
      }
      return Optional.empty();
    }
    int greatest = Arrays.stream(labels).max().orElse(0);
    int classes = columns == 1 ? greatest + 1 : columns;
    return Optional.of(new NpyLabels(header.path(), labels, classes, List.of()));
  }

  private static InputException wrong(NpyHeader header, int index, int columns, double label) {
    return new InputException(
        header.path() + "[" + index + "]",
        columns == 1
            ? "the label " + DatasetJson.text(label)
            : "a row that is not one 1 among zeros",
        "classes from 0 on, below " + LabelRange.MOST_CLASSES,
        "number the classes from 0; every image has one, or none has, and all labels are -1");
  }

  /** Of rows that are stored column by column, in Fortran's order, what {@link #oneHot} is. */
  private static int[] byColumns(NpyHeader header, NpyValues values, int count, int columns) {
    NpyType type = NpyType.of(header);
    int[] found = new int[count];
    Arrays.fill(found, -1);
    boolean[] wrong = new boolean[count];
    int atOnce = Math.min(count, VALUES_AT_ONCE);
    ByteBuffer some = ByteBuffer.allocate(atOnce * type.bytes());
    for (int column = 0; column < columns; column++) {
      for (int from = 0; from < count; from += atOnce) {
        int rows = Math.min(atOnce, count - from);
        long at = (long) column * count + from;
        values.read(some.clear().limit(rows * type.bytes()), header.offset() + at * type.bytes());
        for (int i = 0; i < rows; i++) {
          double value = type.at(some, i);
          wrong[from + i] |= value != 0 && (value != 1 || found[from + i] >= 0);
          found[from + i] = value == 0 ? found[from + i] : column;
        }
      }
    }
    for (int i = 0; i < count; i++) {
      found[i] = wrong[i] ? -1 : found[i];
    }
    return found;
  }

  /** Which column has the 1; -1 where it is not so. */
  private static int oneHot(NpyType type, ByteBuffer row, int columns) {
    int found = -1;
    for (int i = 0; i < columns; i++) {
      double value = type.at(row, i);
      if (value != 0) {
        if (value != 1 || found >= 0) {
          return -1;
        }
        found = i;
      }
    }
    return found;
  }
}

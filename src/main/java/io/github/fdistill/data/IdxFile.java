package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.LabelRange;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.Heap;
import io.github.fdistill.files.RegularFile;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * One file in the format of MNIST: a magic number 0x0000_08_rank for unsigned bytes, rank
 * dimensions of four bytes, and the values in C order. All are big-endian; some programs write them
 * little-endian. Labels may be of more bytes, and have more columns, as QMNIST's; the first counts.
 *
 * @param values of length dimensions[0] * dimensions[1] * ... in bytes of the type
 */
record IdxFile(Path path, ByteOrder order, int type, int[] dimensions, byte[] values) {
  private static final int UNSIGNED_BYTES = 0x08;
  private static final int SIGNED_BYTES = 0x09;
  private static final int SHORTS = 0x0b;
  private static final int INTS = 0x0c;
  private static final int LABELS = 0x0801;
  private static final int GREY_IMAGES = 0x0803;
  private static final int COLOUR_IMAGES = 0x0804;

  /** The longest array that every JVM can make. */
  private static final long MOST_VALUES = Integer.MAX_VALUE - 8;

  /** Reads images [N,H,W] or [N,H,W,C]. */
  static IdxFile images(Path path) {
    return read(path, "images (0x00000803 or 0x00000804)", GREY_IMAGES, COLOUR_IMAGES);
  }

  /** Reads labels [N]. */
  static IdxFile labels(Path path) {
    return read(path, "labels (0x00000801)", LABELS, 0x0901, 0x0b01, 0x0c01, 0x0c02);
  }

  /**
   * The labels, of a file of labels.
   *
   * @throws InputException if one is below 0, or too large for a class
   */
  int[] labels() {
    int[] labels = new int[count()];
    int columns = values.length / bytes(type) / labels.length;
    ByteBuffer in = ByteBuffer.wrap(values).order(order);
    for (int i = 0; i < labels.length; i++) {
      int at = i * columns * bytes(type);
      labels[i] =
          switch (type) {
            case UNSIGNED_BYTES -> Byte.toUnsignedInt(in.get(at));
            case SIGNED_BYTES -> in.get(at);
            case SHORTS -> in.getShort(at);
            default -> in.getInt(at);
          };
      if (labels[i] < 0 || labels[i] >= LabelRange.MOST_CLASSES) {
        throw new InputException(
            path + "[" + i + "]",
            "the label " + labels[i],
            "classes from 0 on, below " + LabelRange.MOST_CLASSES,
            "number the classes from 0; every image has one");
      }
    }
    return labels;
  }

  private static int bytes(int type) {
    return type == INTS ? Integer.BYTES : type == SHORTS ? Short.BYTES : 1;
  }

  /** The number of images or labels. */
  int count() {
    return dimensions[0];
  }

  /**
   * @param path gzip if its name ends in .gz
   * @throws InputException if the file is not whole, is not of that format, or holds something else
   */
  private static IdxFile read(Path path, String needed, int... magics) {
    try (InputStream bytes = RegularFile.open(path);
        DataInputStream in = new DataInputStream(unzipped(path, bytes))) {
      int first = header(path, in, 1, ByteOrder.BIG_ENDIAN)[0];
      boolean little = IntStream.of(magics).anyMatch(m -> m == Integer.reverseBytes(first));
      ByteOrder order = little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
      int magic = little ? Integer.reverseBytes(first) : first;
      if (IntStream.of(magics).noneMatch(accepted -> accepted == magic)) {
        throw wrongMagic(path, magic, needed);
      }
      int[] dimensions = header(path, in, magic & 0xff, order);
      int length = length(path, dimensions, bytes(magic >> 8));
      // Twice: in the pieces that they are read in, and together. A plain file has no more than it
      // has.
      long there = isZipped(path) ? length : Math.min(length, Files.size(path));
      Heap.require(path.toString(), "dimensions " + by(dimensions), 2 * there);
      byte[] values = in.readNBytes(length);
      if (values.length < length) {
        throw cut(path, values.length + " bytes of values", length + " for " + by(dimensions));
      }
      if (in.read() >= 0) {
        throw new InputException(
            path.toString(),
            "more bytes after the values",
            length + " bytes of values for " + by(dimensions),
            "copy the file again");
      }
      return new IdxFile(path, order, magic >> 8, dimensions, values);
    } catch (EOFException e) {
      throw cut(path, "its compressed data stops early", "the whole gzip file");
    } catch (ZipException e) {
      throw new InputException(
          path.toString(),
          "damaged gzip data: " + e.getMessage(),
          "gzip",
          "copy the file again",
          e);
    } catch (IOException e) {
      throw DiskRefusal.unreadable(path, e);
    }
  }

  /** Whether a file is compressed, by its name: .gz, or .GZ. */
  static boolean isZipped(Path path) {
    return path.toString().toLowerCase(Locale.ROOT).endsWith(".gz");
  }

  private static InputStream unzipped(Path path, InputStream in) throws IOException {
    if (!isZipped(path)) {
      return in;
    }
    try {
      return new GZIPInputStream(in, 1 << 16);
    } catch (ZipException | EOFException e) {
      throw new InputException(
          path.toString(),
          "not gzip data",
          "gzip, as its name says",
          "copy the file again; if it is not compressed, remove .gz from its name",
          e);
    }
  }

  private static int[] header(Path path, DataInputStream in, int numbers, ByteOrder order)
      throws IOException {
    byte[] bytes = in.readNBytes(4 * numbers);
    if (bytes.length < 4 * numbers) {
      throw cut(path, bytes.length + " bytes of header", 4 * numbers + " bytes");
    }
    return IntStream.range(0, numbers)
        .map(i -> ByteBuffer.wrap(bytes).order(order).getInt(4 * i))
        .toArray();
  }

  /** The product of the dimensions, in bytes, found before anything of that size is allocated. */
  private static int length(Path path, int[] dimensions, int bytes) {
    if (dimensions[0] == 0) {
      throw new InputException(
          path.toString(), "holds nothing (0 entries)", "at least one", "use another file");
    }
    long length = bytes;
    for (int dimension : dimensions) {
      if (dimension <= 0 || length > MOST_VALUES / dimension) {
        throw new InputException(
            path.toString(),
            "dimensions " + by(dimensions),
            "dimensions from 1, and at most " + MOST_VALUES + " bytes in all",
            "copy the file again; split the dataset if it is that large");
      }
      length *= dimension;
    }
    return (int) length;
  }

  private static InputException cut(Path path, String found, String needed) {
    return new InputException(
        path.toString(), "cut short: " + found, needed, "copy the file again");
  }

  private static InputException wrongMagic(Path path, int magic, String needed) {
    return new InputException(
        path.toString(),
        String.format("magic number 0x%08x: %s", magic, meaning(magic)),
        needed,
        "put the right file there");
  }

  private static String meaning(int magic) {
    if (magic == LABELS) {
      return "this is a label file";
    } else if (magic == GREY_IMAGES || magic == COLOUR_IMAGES) {
      return "this is an image file";
    } else if (magic >>> 16 == 0x1f8b) {
      return "this is gzip data; its name should end in .gz";
    } else if (magic >>> 8 == UNSIGNED_BYTES) {
      return "this is an IDX file of rank " + (magic & 0xff);
    } else if (magic >>> 16 == 0) {
      return "this may be an IDX file, but not one of unsigned bytes";
    }
    return "this is not an IDX file";
  }

  private static String by(int[] dimensions) {
    return Arrays.stream(dimensions)
        .mapToObj(Integer::toUnsignedString)
        .collect(Collectors.joining(" x "));
  }
}

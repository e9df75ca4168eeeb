package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * Rows of numbers that were computed once and are kept: float32, little-endian, in files of at most
 * 256 MiB, each whole or absent. They are mapped, so that there may be more of them than memory
 * has. Safe for use by several threads.
 */
public final class EncodedRows {
  private static final long FILE_BYTES = 1L << 28;

  /** Of the disk, left to others. */
  private static final long LEFT_BYTES = 1L << 28;

  private final int each;
  private final long perFile;
  private final FloatBuffer[] files;

  /** What computes rows that are not there. */
  public interface Encoder extends AutoCloseable {
    /** Values of the rows from one to before another, one row after the other. */
    float[] rows(long from, long to);

    @Override
    void close();
  }

  private EncodedRows(int each, long perFile, FloatBuffer[] files) {
    this.each = each;
    this.perFile = perFile;
    this.files = files;
  }

  /**
   * Maps the rows; those that are not there are computed first.
   *
   * @param folder whose name tells them from all others
   * @param each values of a row
   * @param atOnce rows that are computed together
   * @param opened gives what computes them, where some are not there; it is closed here
   * @throws InputException when the disk has no room for them
   */
  public static EncodedRows of(
      Path folder, long rows, int each, int atOnce, Supplier<? extends Encoder> opened)
      throws IOException {
    return of(folder, rows, each, atOnce, opened, FILE_BYTES);
  }

  /** The same in files of another size. */
  static EncodedRows of(
      Path folder,
      long rows,
      int each,
      int atOnce,
      Supplier<? extends Encoder> opened,
      long fileBytes)
      throws IOException {
    long row = (long) each * Float.BYTES;
    long perFile = Math.max(1, Math.min(rows, fileBytes / row));
    int count = Math.toIntExact((rows + perFile - 1) / perFile);
    List<Integer> absent = new ArrayList<>();
    long missing = 0;
    for (int i = 0; i < count; i++) {
      long bytes = row * (Math.min(rows, (i + 1) * perFile) - i * perFile);
      if (!isWhole(file(folder, i), bytes)) {
        absent.add(i);
        missing += bytes;
      }
    }
    if (!absent.isEmpty()) {
      requireRoom(folder, missing);
      try (Encoder encoder = opened.get()) {
        for (int i : absent) {
          write(file(folder, i), i * perFile, Math.min(rows, (i + 1) * perFile), atOnce, encoder);
        }
      }
    }
    FloatBuffer[] files = new FloatBuffer[count];
    for (int i = 0; i < count; i++) {
      files[i] = mapped(file(folder, i));
    }
    return new EncodedRows(each, perFile, files);
  }

  private static Path file(Path folder, int number) {
    return folder.resolve(String.format(Locale.ROOT, "%05d.f32", number));
  }

  private static boolean isWhole(Path file, long bytes) throws IOException {
    return Files.isRegularFile(file) && Files.size(file) == bytes;
  }

  private static void requireRoom(Path folder, long bytes) throws IOException {
    Files.createDirectories(folder);
    long free = Files.getFileStore(folder).getUsableSpace() - LEFT_BYTES;
    if (bytes > free) {
      throw new InputException(
          folder.toString(),
          "room for " + Math.max(0, free >> 20) + " MiB",
          (bytes >> 20) + 1 + " MiB for what is encoded ahead of training",
          "delete what is beside this folder and no run needs, or work where the disk is larger");
    }
  }

  private static void write(Path file, long first, long end, int atOnce, Encoder encoder)
      throws IOException {
    AtomicFile.write(
        file,
        out -> {
          for (long from = first; from < end; from += atOnce) {
            float[] values = encoder.rows(from, Math.min(end, from + atOnce));
            ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
            bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
            out.write(bytes.array());
          }
        });
  }

  private static FloatBuffer mapped(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return channel
          .map(FileChannel.MapMode.READ_ONLY, 0, channel.size())
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer();
    }
  }

  /** Copies a row. */
  public void copy(long row, float[] into, int offset) {
    copy(row, 0, each, into, offset);
  }

  /** Copies some values of a row. */
  public void copy(long row, int first, int count, float[] into, int offset) {
    int at = Math.toIntExact(row % perFile) * each + first;
    files[Math.toIntExact(row / perFile)].get(at, into, offset, count);
  }
}

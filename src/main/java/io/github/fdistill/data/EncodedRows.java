package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * Rows of numbers that were computed once and are kept, in files of at most 256 MiB, each whole or
 * absent. They are mapped, so that there may be more of them than memory has. Safe for use by
 * several threads.
 */
public final class EncodedRows {
  private static final long FILE_BYTES = 1L << 28;

  /** Of the disk, left to others. */
  private static final long LEFT_BYTES = 1L << 28;

  private final int each;
  private final long perFile;
  private final EncodedForm form;
  private final ByteBuffer[] files;

  /** What computes rows that are not there. */
  public interface Encoder extends AutoCloseable {
    /** Values of the rows from one to before another, one row after the other. */
    float[] rows(long from, long to);

    @Override
    void close();
  }

  private EncodedRows(int each, EncodedForm form, long perFile, ByteBuffer[] files) {
    this.form = form;
    this.each = each;
    this.perFile = perFile;
    this.files = files;
  }

  /**
   * Maps the rows; those that are not there are computed first.
   *
   * @param folder whose name tells them from all others
   * @param each values of a row
   * @param form in which they are kept
   * @param atOnce rows that are computed together
   * @param opened gives what computes them, where some are not there; it is closed here
   * @throws InputException when the disk has no room for them
   */
  public static EncodedRows of(
      Path folder,
      long rows,
      int each,
      EncodedForm form,
      int atOnce,
      Supplier<? extends Encoder> opened)
      throws IOException {
    return of(folder, rows, each, form, atOnce, opened, FILE_BYTES);
  }

  /** The same in files of another size. */
  static EncodedRows of(
      Path folder,
      long rows,
      int each,
      EncodedForm form,
      int atOnce,
      Supplier<? extends Encoder> opened,
      long fileBytes)
      throws IOException {
    long row = (long) each * form.bytes();
    long perFile = Math.max(1, Math.min(rows, fileBytes / row));
    int count = Math.toIntExact((rows + perFile - 1) / perFile);
    List<Integer> absent = new ArrayList<>();
    long missing = 0;
    for (int i = 0; i < count; i++) {
      long bytes = row * (Math.min(rows, (i + 1) * perFile) - i * perFile);
      if (!isWhole(file(folder, i, form), bytes)) {
        absent.add(i);
        missing += bytes;
      }
    }
    if (!absent.isEmpty()) {
      requireRoom(folder, missing);
      try (Encoder encoder = opened.get()) {
        for (int i : absent) {
          Span span = new Span(i * perFile, Math.min(rows, (i + 1) * perFile));
          write(file(folder, i, form), span, form, atOnce, encoder);
        }
      }
    }
    ByteBuffer[] files = new ByteBuffer[count];
    for (int i = 0; i < count; i++) {
      files[i] = mapped(file(folder, i, form));
    }
    return new EncodedRows(each, form, perFile, files);
  }

  /** The rows of a file, from one to before another. */
  private record Span(long first, long end) {}

  private static Path file(Path folder, int number, EncodedForm form) {
    return folder.resolve(String.format(Locale.ROOT, "%05d.%s", number, form.ending()));
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

  private static void write(Path file, Span span, EncodedForm form, int atOnce, Encoder encoder)
      throws IOException {
    AtomicFile.write(
        file,
        out -> {
          for (long from = span.first; from < span.end; from += atOnce) {
            float[] values = encoder.rows(from, Math.min(span.end, from + atOnce));
            ByteBuffer bytes =
                ByteBuffer.allocate(values.length * form.bytes()).order(ByteOrder.LITTLE_ENDIAN);
            for (float value : values) {
              form.put(value, bytes);
            }
            out.write(bytes.array());
          }
        });
  }

  private static ByteBuffer mapped(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return channel
          .map(FileChannel.MapMode.READ_ONLY, 0, channel.size())
          .order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /** Copies a row. */
  public void copy(long row, float[] into, int offset) {
    copy(row, 0, each, into, offset);
  }

  /** Copies some values of a row. */
  public void copy(long row, int first, int count, float[] into, int offset) {
    int at = Math.toIntExact(row % perFile) * each + first;
    form.get(files[Math.toIntExact(row / perFile)], at, count, into, offset);
  }
}

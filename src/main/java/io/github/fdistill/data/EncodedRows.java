package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.Logs;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.HeldFile;
import io.github.fdistill.files.RegularFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.apache.logging.log4j.Logger;

/**
 * Rows of numbers that were computed once and are kept, in files of at most 256 MiB, each whole or
 * absent. Each row is read when it is copied, so that there may be more of them than memory has.
 * Processes that want the same rows at once, as the workers of a run do, compute a file each, and
 * wait for those of the others. Safe for use by several threads.
 */
public final class EncodedRows {
  private static final Logger LOG = Logs.of(EncodedRows.class);
  private static final long FILE_BYTES = 1L << 28;

  /** Of the disk, left to others. */
  private static final long LEFT_BYTES = 1L << 28;

  /** Between two looks at whether others have written what they are computing. */
  private static final Duration PAUSE = Duration.ofMillis(200);

  private final int each;
  private final long perFile;
  private final EncodedForm form;
  private final NpyValues[] files;

  /** What computes rows that are not there. */
  public interface Encoder extends AutoCloseable {
    /** Values of the rows from one to before another, one row after the other. */
    float[] rows(long from, long to);

    @Override
    void close();
  }

  /**
   * Rows that are wanted.
   *
   * @param folder whose name tells them from all others
   * @param each values of a row
   * @param form in which they are kept
   * @param atOnce rows that are computed together
   * @param opened gives what computes them, where some are not there; it is closed here
   */
  public record Wanted(
      Path folder,
      long rows,
      int each,
      EncodedForm form,
      int atOnce,
      Supplier<? extends Encoder> opened) {
    private long perFile(long fileBytes) {
      return Math.max(1, Math.min(rows, fileBytes / ((long) each * form.bytes())));
    }

    private Path file(int number) {
      return folder.resolve(String.format(Locale.ROOT, "%05d.%s", number, form.ending()));
    }
  }

  private EncodedRows(int each, EncodedForm form, long perFile, NpyValues[] files) {
    this.form = form;
    this.each = each;
    this.perFile = perFile;
    this.files = files;
  }

  /**
   * Opens rows of several kinds; those that are not there are computed first.
   *
   * @return those of each kind
   * @throws InputException when the disk has no room for all of them; none is computed then
   */
  public static List<EncodedRows> of(List<Wanted> wanted) throws IOException {
    return of(wanted, FILE_BYTES);
  }

  /** The same in files of another size. */
  static List<EncodedRows> of(List<Wanted> wanted, long fileBytes) throws IOException {
    List<Span> absent = new ArrayList<>();
    for (Wanted each : wanted) {
      for (Span span : spans(each, fileBytes)) {
        if (!isWhole(span)) {
          absent.add(span);
        }
      }
    }
    if (!absent.isEmpty()) {
      requireRoom(wanted, absent.stream().mapToLong(Span::bytes).sum());
    }
    List<EncodedRows> all = new ArrayList<>();
    for (Wanted each : wanted) {
      write(each, absent.stream().filter(span -> span.wanted == each).toList());
      List<Span> spans = spans(each, fileBytes);
      NpyValues[] files = new NpyValues[spans.size()];
      for (int i = 0; i < files.length; i++) {
        Path file = spans.get(i).file();
        files[i] = NpyValues.of(file, RegularFile.channel(file));
      }
      all.add(new EncodedRows(each.each, each.form, each.perFile(fileBytes), files));
    }
    return all;
  }

  private static List<Span> spans(Wanted wanted, long fileBytes) {
    long perFile = wanted.perFile(fileBytes);
    List<Span> spans = new ArrayList<>();
    for (long first = 0; first < wanted.rows; first += perFile) {
      spans.add(new Span(wanted, spans.size(), first, Math.min(wanted.rows, first + perFile)));
    }
    return spans;
  }

  /** The rows of a file, from one to before another. */
  private record Span(Wanted wanted, int number, long first, long end) {
    private Path file() {
      return wanted.file(number);
    }

    /** Held by whoever computes it. */
    private Path lock() {
      return file().resolveSibling(file().getFileName() + ".lock");
    }

    private long bytes() {
      return (end - first) * wanted.each * wanted.form.bytes();
    }
  }

  private static boolean isWhole(Span span) throws IOException {
    return Files.isRegularFile(span.file()) && Files.size(span.file()) == span.bytes();
  }

  private static void requireRoom(List<Wanted> wanted, long bytes) throws IOException {
    for (Wanted each : wanted) {
      Files.createDirectories(each.folder);
    }
    Path folder = wanted.get(0).folder;
    long free = Files.getFileStore(folder).getUsableSpace() - LEFT_BYTES;
    if (bytes > free) {
      throw new InputException(
          folder.toString(),
          "room for " + Math.max(0, free >> 20) + " MiB",
          (bytes >> 20) + 1 + " MiB for what is encoded ahead of training",
          "delete what is beside this folder and no run needs, or work where the disk is larger");
    }
  }

  /** Computes what nobody else does; what others began and did not end, too. */
  private static void write(Wanted wanted, List<Span> absent) throws IOException {
    List<Span> left = new ArrayList<>(absent);
    boolean told = false;
    try (Opened encoder = new Opened(wanted.opened)) {
      while (!left.isEmpty()) {
        int before = left.size();
        for (Span span : List.copyOf(left)) {
          if (isWhole(span) || isWritten(span, encoder)) {
            left.remove(span);
          }
        }
        if (left.size() == before) {
          if (!told) {
            Path lock = left.get(0).lock();
            LOG.info("Waiting for what another process computes; where none does, delete {}", lock);
            told = true;
          }
          LockSupport.parkNanos(PAUSE.toNanos());
        }
      }
    }
  }

  /** Whether a file is there after this: not where another is computing it. */
  private static boolean isWritten(Span span, Opened encoder) throws IOException {
    Optional<HeldFile> held = HeldFile.take(span.lock());
    if (held.isEmpty()) {
      return false;
    }
    try (HeldFile lock = held.get()) {
      if (!isWhole(span)) { // Another may have written it before it let go.
        write(span, encoder.get());
      }
    }
    return true;
  }

  /** What computes rows, opened at the first that this process computes. */
  private static final class Opened implements AutoCloseable {
    private final Supplier<? extends Encoder> opening;
    private Optional<Encoder> opened = Optional.empty();

    Opened(Supplier<? extends Encoder> opening) {
      this.opening = opening;
    }

    Encoder get() {
      if (opened.isEmpty()) {
        opened = Optional.of(opening.get());
      }
      return opened.get();
    }

    @Override
    public void close() {
      opened.ifPresent(Encoder::close);
    }
  }

  private static void write(Span span, Encoder encoder) throws IOException {
    EncodedForm form = span.wanted.form;
    int atOnce = span.wanted.atOnce;
    AtomicFile.write(
        span.file(),
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

  /**
   * Copies some values of a row.
   *
   * @throws InputException if its file became shorter since it was opened, or cannot be read
   */
  public void copy(long row, int first, int count, float[] into, int offset) {
    long at = row % perFile * each + first;
    ByteBuffer bytes = ByteBuffer.allocate(count * form.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    files[Math.toIntExact(row / perFile)].read(bytes, at * form.bytes());
    form.get(bytes.flip(), count, into, offset);
  }
}

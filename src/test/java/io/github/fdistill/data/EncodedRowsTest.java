package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.fdistill.InputException;
import io.github.fdistill.files.HeldFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncodedRowsTest {
  private static final int ROWS = 7;
  private static final int EACH = 3;

  /** Two rows and a bit: there are four files. */
  private static final long FILE_BYTES = 2 * EACH * Float.BYTES + 1;

  @TempDir Path scratch;
  private final List<Long> computed = new ArrayList<>();
  private int closed;

  /** Row i is 10 i, 10 i + 1, 10 i + 2. */
  private final class Tens implements EncodedRows.Encoder {
    @Override
    public float[] rows(long from, long to) {
      float[] values = new float[(int) (to - from) * EACH];
      for (long row = from; row < to; row++) {
        computed.add(row);
        for (int i = 0; i < EACH; i++) {
          values[(int) (row - from) * EACH + i] = 10 * row + i;
        }
      }
      return values;
    }

    @Override
    public void close() {
      closed++;
    }
  }

  private EncodedRows open() throws IOException {
    return open(EncodedForm.FLOAT32);
  }

  private EncodedRows open(EncodedForm form) throws IOException {
    computed.clear();
    long bytes = FILE_BYTES * form.bytes() / Float.BYTES;
    return EncodedRows.of(List.of(wanted("key", ROWS, form, Tens::new)), bytes).get(0);
  }

  private EncodedRows.Wanted wanted(
      String name, long rows, EncodedForm form, Supplier<EncodedRows.Encoder> opened) {
    return new EncodedRows.Wanted(scratch.resolve(name), rows, EACH, form, 4, opened);
  }

  private static void assertTens(EncodedRows rows) {
    float[] into = new float[EACH + 1];
    for (int row = ROWS - 1; row >= 0; row--) {
      rows.copy(row, 0, EACH, into, 1);
      assertArrayEquals(
          new float[] {10 * row, 10 * row + 1, 10 * row + 2}, // one value each
          new float[] {into[1], into[2], into[3]});
    }
    rows.copy(5, 1, 2, into, 0);
    assertEquals(51, into[0]);
    assertEquals(52, into[1]);
  }

  @Test
  void rowsAreComputedOnceAndReadInAnyOrder() throws IOException {
    assertTens(open());
    assertEquals(List.of(0L, 1L, 2L, 3L, 4L, 5L, 6L), computed);
    assertTens(open());
    assertEquals(List.of(), computed);
    assertEquals(1, closed);
    try (Stream<Path> files = Files.list(scratch.resolve("key"))) {
      assertEquals(4, files.count());
    }
  }

  /** Whole numbers of so few bits are the same in both forms. */
  @Test
  void ofHalfPrecisionFilesAreHalfAsLarge() throws IOException {
    assertTens(open(EncodedForm.FLOAT16));
    assertEquals(7, computed.size());
    assertTens(open(EncodedForm.FLOAT16));
    assertEquals(List.of(), computed);
    assertEquals(2 * EACH * 2, Files.size(scratch.resolve("key/00000.f16")));
  }

  @Test
  void whatIsMissingOrCutShortIsComputedAgainAlone() throws IOException {
    open();
    Files.delete(scratch.resolve("key/00000.f32"));
    Files.write(scratch.resolve("key/00003.f32"), new byte[5]);
    assertTens(open());
    assertEquals(List.of(0L, 1L, 6L), computed);
  }

  /** As where somebody clears the folder of a run that goes on. */
  @Test
  void whatIsCutShortWhileItIsReadIsToldWithWhatToDo() throws IOException {
    for (EncodedForm form : EncodedForm.values()) {
      EncodedRows rows = open(form);
      Files.write(scratch.resolve("key/00000." + form.ending()), new byte[0]);
      Refusals.refused(
          () -> rows.copy(1, 0, EACH, new float[EACH], 0),
          "key/00000." + form.ending() + ": has been cut short while it was read",
          "give the command again that made it");
      assertTens(open(form));
    }
  }

  /**
   * One of two at work has the first two files; the other leaves them to it, and takes over one.
   */
  @Test
  void whatAnotherComputesIsWaitedFor() throws Exception {
    Path folder = Files.createDirectories(scratch.resolve("key"));
    open();
    byte[] second = Files.readAllBytes(folder.resolve("00001.f32"));
    for (int file = 0; file < 4; file++) {
      Files.delete(folder.resolve("0000" + file + ".f32"));
    }
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (FileChannel first = lock("key/00000.f32.lock");
        HeldFile other = HeldFile.take(folder.resolve("00001.f32.lock")).orElseThrow()) {
      Future<EncodedRows> opened = thread.submit(() -> open());
      while (!opened.isDone() && !Files.exists(folder.resolve("00003.f32"))) {
        Thread.sleep(5);
      }
      assertFalse(opened.isDone(), "two files are missing");
      Files.write(folder.resolve("00001.f32"), second);
      first.close(); // As of a process that was killed.
      assertTens(opened.get());
      assertEquals(List.of(4L, 5L, 6L, 0L, 1L), computed);
    } finally {
      thread.shutdown();
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(4, files.count(), "no lock is left");
    }
  }

  private FileChannel lock(String name) throws IOException {
    FileChannel channel =
        FileChannel.open(
            scratch.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    channel.lock();
    return channel;
  }

  @Test
  void aFailureLeavesNoFile() throws IOException {
    EncodedRows.Encoder failing =
        new EncodedRows.Encoder() {
          @Override
          public float[] rows(long from, long to) {
            throw new InputException("here", "nothing", "something", "bring it");
          }

          @Override
          public void close() {
            closed++;
          }
        };
    Path folder = scratch.resolve("key");
    assertThrows(
        InputException.class,
        () -> EncodedRows.of(List.of(wanted("key", ROWS, EncodedForm.FLOAT32, () -> failing))));
    assertEquals(1, closed);
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(0, files.count());
    }
  }

  /** Also of what is computed after others, for which there is room. */
  @Test
  void moreThanTheDiskHoldsIsRefusedBeforeAnyIsComputed() {
    List<EncodedRows.Wanted> both =
        List.of(
            wanted("small", ROWS, EncodedForm.FLOAT32, Tens::new),
            wanted("large", 1L << 42, EncodedForm.FLOAT16, Tens::new));
    InputException refused = assertThrows(InputException.class, () -> EncodedRows.of(both));
    assertEquals(List.of(), computed);
    assertEquals(true, refused.getMessage().contains("MiB"), refused.getMessage());
  }
}

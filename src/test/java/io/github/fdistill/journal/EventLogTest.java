package io.github.fdistill.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import io.github.fdistill.Eventually;
import io.github.fdistill.InputException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.HistogramProto;
import org.tensorflow.proto.Summary;

class EventLogTest {
  @TempDir Path parent;
  private Path folder;

  @BeforeEach
  void inAFolderThatIsNotThereYet() {
    folder = parent.resolve("run/events");
  }

  /** A session: at each step a scalar, at even ones a histogram and an image too. */
  private static void write(Path folder, long resumeStep, long... steps) throws IOException {
    try (EventLog log = new EventLog(folder, resumeStep)) {
      for (long step : steps) {
        log.scalars(step, Map.of("loss", step / 10.0));
        if (step % 2 == 0) {
          log.histogram(step, "ratio", new float[] {step, 1});
          log.image(step, "samples", new byte[] {(byte) step, 2}, 1, 2, 1);
        }
      }
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> inside = Files.list(folder)) {
      return inside.sorted().toList();
    }
  }

  private Path onlyFile() throws IOException {
    List<Path> files = files(folder);
    assertEquals(1, files.size(), files.toString());
    return files.get(0);
  }

  /** Their names, without what all have in common. */
  private List<String> numbers() throws IOException {
    return files(folder).stream()
        .map(file -> file.getFileName().toString().replace("events.out.tfevents.", ""))
        .toList();
  }

  /** The records of a file, up to where it ends or is damaged. */
  private static List<byte[]> records(Path file) throws IOException {
    List<byte[]> records = new ArrayList<>();
    try (InputStream in = Files.newInputStream(file)) {
      Optional<byte[]> data = TfRecord.read(in);
      while (data.isPresent()) {
        records.add(data.get());
        data = TfRecord.read(in);
      }
    }
    return records;
  }

  /** The events of all files, without their times. */
  private static List<Event> events(Path folder) throws IOException {
    List<Event> events = new ArrayList<>();
    for (Path file : files(folder)) {
      for (byte[] data : records(file)) {
        events.add(Event.parseFrom(data).toBuilder().clearWallTime().build());
      }
    }
    return events;
  }

  /** Those with something to show. */
  private static List<Event> shown(Path folder) throws IOException {
    return events(folder).stream().filter(Event::hasSummary).toList();
  }

  private Summary.Value onlyValue() throws IOException {
    assertEquals(1, shown(folder).size());
    return shown(folder).get(0).getSummary().getValue(0);
  }

  /** What events.py writes with Python's TensorFlow, to the byte. */
  @Test
  void itWritesWhatTensorFlowWrites() throws IOException {
    Map<String, Number> scalars = new LinkedHashMap<>();
    scalars.put("loss/student", 0.1);
    scalars.put("loss/gan", -2.5e-7f);
    scalars.put("ratio/mean", Double.NaN);
    scalars.put("gr\u00f6sse", Double.POSITIVE_INFINITY);
    try (EventLog log = new EventLog(folder, 0)) {
      log.scalars(7, scalars);
      log.histogram(1L << 40, "ratio", new float[] {-1, 0, 0, 2, 3});
    }
    ByteArrayOutputStream timeless = new ByteArrayOutputStream();
    for (Event event : events(folder)) {
      timeless.write(TfRecord.of(event.toByteArray()));
    }
    try (InputStream recorded = getClass().getResourceAsStream("events.tfrecord")) {
      assertArrayEquals(recorded.readAllBytes(), timeless.toByteArray());
    }
  }

  @Test
  void everyEventHasItsTime() throws IOException {
    double before = System.currentTimeMillis() / 1e3;
    write(folder, 0, 1);
    for (byte[] data : records(onlyFile())) {
      double time = Event.parseFrom(data).getWallTime();
      assertTrue(before <= time && time <= System.currentTimeMillis() / 1e3, time + " s");
    }
  }

  @Test
  void whatIsWrittenIsThereAtOnce() throws IOException {
    try (EventLog log = new EventLog(folder, 5)) {
      log.scalars(5, Map.of("loss", 0.5f));
      assertEquals(0.5f, onlyValue().getSimpleValue());
    }
  }

  /** Sum -1 + 2 + 3 = 4, squares 1 + 4 + 9 = 14; each value lies in its bucket. */
  @Test
  void aHistogramCountsTheFiniteValues() throws IOException {
    float inf = Float.POSITIVE_INFINITY;
    try (EventLog log = new EventLog(folder, 0)) {
      log.histogram(3, "h", new float[] {2, Float.NaN, 0, -1, inf, 3, 0, -inf});
    }
    HistogramProto h = onlyValue().getHisto();
    double[] whole = {h.getNum(), h.getMin(), h.getMax(), h.getSum(), h.getSumSquares()};
    assertArrayEquals(new double[] {5, -1, 3, 4, 14}, whole);
    List<Double> filled = new ArrayList<>();
    double[] inOrder = {-1, 0, 2, 3};
    for (int i = 0; i < h.getBucketCount(); i++) {
      if (h.getBucket(i) > 0) {
        double value = inOrder[filled.size()];
        filled.add(h.getBucket(i));
        assertTrue(h.getBucketLimit(i - 1) <= value && value < h.getBucketLimit(i), value + "");
      }
    }
    assertEquals(List.of(1.0, 2.0, 1.0, 1.0), filled);
  }

  @Test
  void nothingToShowIsNotWritten() throws IOException {
    try (EventLog log = new EventLog(folder, 0)) {
      log.histogram(1, "none", new float[0]);
      log.histogram(1, "no number", new float[] {Float.NaN, Float.NEGATIVE_INFINITY});
      log.scalars(1, Map.of());
    }
    assertEquals(List.of(), shown(folder));
  }

  /** Two rows of three pixels, grey and in colour. */
  @Test
  void anImageComesBackPixelByPixel() throws IOException {
    for (int channels : new int[] {1, 3}) {
      byte[] pixels = new byte[2 * 3 * channels];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (byte) (255 - 13 * i);
      }
      folder = parent.resolve(channels + "");
      try (EventLog log = new EventLog(folder, 0)) {
        log.image(2, "samples", pixels, 2, 3, channels);
      }
      assertEquals("samples/image", onlyValue().getTag());
      Summary.Image image = onlyValue().getImage();
      assertEquals(2, image.getHeight());
      assertEquals(3, image.getWidth());
      BufferedImage read =
          ImageIO.read(new ByteArrayInputStream(image.getEncodedImageString().toByteArray()));
      int[] levels = read.getRaster().getPixels(0, 0, 3, 2, (int[]) null);
      for (int i = 0; i < pixels.length; i++) {
        assertEquals(pixels[i] & 0xff, levels[i], channels + " channels, level " + i);
      }
    }
  }

  @Test
  void anImageOfAnotherShapeIsRefused() throws IOException {
    try (EventLog log = new EventLog(folder, 0)) {
      byte[] p = new byte[12];
      assertThrows(IllegalArgumentException.class, () -> log.image(1, "two", p, 2, 3, 2));
      assertThrows(IllegalArgumentException.class, () -> log.image(1, "few", p, 2, 3, 1));
      assertThrows(IllegalArgumentException.class, () -> log.image(1, "more", p, 2, 3, 3));
      assertThrows(IllegalArgumentException.class, () -> log.image(1, "below 0", p, -3, -4, 1));
      int sides = (1 << 30) + 3;
      assertThrows(IllegalArgumentException.class, () -> log.image(1, "2^32 + 12", p, sides, 4, 1));
    }
    assertEquals(List.of(), shown(folder));
  }

  @Test
  void aStepBeforeTheFirstIsRefused() throws IOException {
    try (EventLog log = new EventLog(folder, 10)) {
      Map<String, Integer> values = Map.of("loss", 1);
      assertThrows(IllegalArgumentException.class, () -> log.scalars(9, values));
      log.scalars(10, values);
    }
    assertEquals(10, shown(folder).get(0).getStep());
  }

  @Test
  void aResumedRunWritesEveryStepOnce() throws IOException {
    Path unbroken = parent.resolve("unbroken");
    write(unbroken, 0, 0, 5, 8, 9, 10, 11, 12);
    write(folder, 0, 0, 5, 8, 9, 10, 11);
    write(folder, 9, 9, 10);
    write(folder, 9, 9, 10, 11, 12);
    assertEquals(shown(unbroken), shown(folder));
    assertEquals(List.of("00000001", "00000002", "00000003"), numbers());
    assertEquals(0, Files.size(files(folder).get(1)), "the second held nothing before 9");
  }

  @Test
  void stepsMayStandInAnyOrder() throws IOException {
    write(folder, 0, 9, 2, 7, 3);
    write(folder, 4);
    assertEquals(List.of(2L, 2L, 2L, 3L), shown(folder).stream().map(Event::getStep).toList());
  }

  @Test
  void aRunThatStartsHasNoOldEventsButAnotherFile() throws IOException {
    write(folder, 0, 1, 2);
    write(folder, 2, 2, 3);
    write(folder, 0);
    assertEquals(List.of(), shown(folder));
    assertEquals(List.of("00000001", "00000002", "00000003"), numbers(), "a name never used");
    write(folder, 0, 1);
    assertEquals(List.of("00000003", "00000004"), numbers(), "those that stood empty are gone");
  }

  @Test
  void aSessionSaysWhereItStarts() throws IOException {
    write(folder, 0, 1, 2);
    write(folder, 2, 2);
    List<Event> all = events(folder);
    List<Event> second = all.subList(all.size() - 5, all.size());
    assertEquals("brain.Event:2", second.get(0).getFileVersion());
    assertTrue(second.get(1).hasSessionLog());
    assertEquals(2, second.get(1).getStep());
  }

  /** Whatever the last two records were cut to, the whole ones before stay, and no other. */
  @Test
  void anEventCutShortByACrashIsDropped() throws IOException {
    write(folder, 0, 1, 3, 5, 7);
    byte[] whole = Files.readAllBytes(onlyFile());
    List<byte[]> records = records(onlyFile());
    List<Event> all = shown(folder);
    int last = TfRecord.of(records.get(records.size() - 1)).length;
    int lastTwo = last + TfRecord.of(records.get(records.size() - 2)).length;
    for (int cut = 1; cut <= lastTwo; cut++) {
      Path file =
          Files.createDirectories(parent.resolve("cut " + cut)).resolve(onlyFile().getFileName());
      Files.write(file, Arrays.copyOf(whole, whole.length - cut));
      write(file.getParent(), 100);
      int dropped = cut <= last ? 1 : 2;
      assertEquals(all.subList(0, 4 - dropped), shown(file.getParent()), cut + " bytes cut off");
      int kept = whole.length - (dropped == 1 ? last : lastTwo);
      assertArrayEquals(Arrays.copyOf(whole, kept), Files.readAllBytes(file), "the times too");
    }
  }

  @Test
  void whatFollowsADamagedEventIsDropped() throws IOException {
    write(folder, 0, 1, 3, 5);
    byte[] bytes = Files.readAllBytes(onlyFile());
    int last = TfRecord.of(records(onlyFile()).get(4)).length;
    bytes[bytes.length - last - 6] ^= 1;
    Files.write(onlyFile(), bytes);
    write(folder, 4, 5);
    assertEquals(List.of(1L, 5L), shown(folder).stream().map(Event::getStep).toList());
  }

  @Test
  void whatIsNoEventIsDroppedAndOtherFilesStay() throws IOException {
    Files.createDirectories(folder);
    Files.write(folder.resolve("events.out.tfevents.00000001"), new byte[0]);
    Files.writeString(folder.resolve("events.out.tfevents.00000002"), "{\"step\":1}\n".repeat(99));
    byte[] noEvent = TfRecord.of(new byte[] {(byte) 0xff, (byte) 0xff});
    Files.write(folder.resolve("events.out.tfevents.00000003"), noEvent);
    Files.writeString(folder.resolve("events.out.tfevents.1700000000.host"), "another's");
    Files.writeString(folder.resolve("notes.txt"), "mine");
    write(folder, 5, 5);
    assertEquals(
        List.of("00000002", "00000003", "00000004", "1700000000.host", "notes.txt"), numbers());
    assertEquals(0, Files.size(files(folder).get(0)));
    assertEquals(0, Files.size(files(folder).get(1)));
    assertEquals(List.of(5L), shown(folder).stream().map(Event::getStep).toList());
  }

  @Test
  void aFileWithNothingToDropIsNotTouched() throws IOException {
    write(folder, 0, 1, 2);
    Path file = onlyFile();
    FileTime old = FileTime.fromMillis(1_000_000_000_000L);
    Files.setLastModifiedTime(file, old);
    write(folder, 3, 3);
    assertEquals(old, Files.getLastModifiedTime(file));
    write(folder, 2, 2);
    assertNotEquals(old, Files.getLastModifiedTime(file), "step 2 was dropped");
  }

  @Test
  void theSameRunsLeaveTheSame() throws IOException {
    Path other = parent.resolve("other");
    write(folder, 0, 1, 2, 3);
    write(other, 0, 1, 2, 3);
    assertEquals(events(folder), events(other));
    assertEquals(onlyFile().getFileName(), files(other).get(0).getFileName());
  }

  @Test
  void aFolderThatCannotBeWrittenIsRefused() throws IOException {
    Path file = Files.writeString(parent.resolve("file"), "");
    assertThrows(InputException.class, () -> new EventLog(file.resolve("events"), 0));
  }

  /** 2,100 writes and ten sessions. What is not closed counts until Java collects it. */
  @Test
  void nothingLeaks() throws Exception {
    write(folder, 0, 1, 2);
    writeAll(1); // What is opened once for good, such as the libraries for pictures.
    long nativeBefore = Pointer.totalCount();
    long filesBefore = openFiles();
    writeAll(700);
    for (int step = 0; step < 10; step++) {
      write(folder, step, step);
    }
    // Other threads of this process may just be opening something.
    Eventually.within(10, () -> Pointer.totalCount() <= nativeBefore && openFiles() <= filesBefore);
    assertTrue(Pointer.totalCount() <= nativeBefore, Pointer.totalCount() + " native objects");
    assertTrue(openFiles() <= filesBefore, openFiles() + " files");
  }

  /** Of every kind so many. */
  private void writeAll(int steps) throws IOException {
    try (EventLog log = new EventLog(folder, 0)) {
      for (int step = 0; step < steps; step++) {
        log.scalars(step, Map.of("a", 1, "b", 2));
        log.histogram(step, "h", new float[] {1, 2, 3});
        log.image(step, "i", new byte[12], 2, 2, 3);
      }
    }
  }

  /** Of this process; 0 where Java cannot tell. */
  private static long openFiles() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getOpenFileDescriptorCount()
        : 0;
  }
}

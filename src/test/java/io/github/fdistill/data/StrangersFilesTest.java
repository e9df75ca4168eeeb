package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of other people's sets that are neither whole and usual nor damaged. */
class StrangersFilesTest extends SetFolder {
  /** A file of names holds a name a line: others would be other classes when it is read again. */
  @ParameterizedTest
  @CsvSource({"a\\nb, a\\u000ab", "'', ''", "' ', ' '", "a\\r, a\\u000d"})
  void aClassIsCalledByOneLine(String escaped, String shown) throws IOException {
    String name = escaped.replace("\\n", "\n").replace("\\r", "\r");
    put("a.png");
    String json = name.replace("\n", "\\n").replace("\r", "\\r");
    write("metadata.jsonl", "{\"file_name\": \"a.png\", \"label\": \"" + json + "\"}");
    Refusals.refused(this::train, "metadata.jsonl: a class called '" + shown + "'");
    Path array = labelled(name);
    Refusals.refused(
        () -> ImageSources.open(array, Split.TRAIN), "x.labels.npy: a class called '" + shown);
  }

  @Test
  void aFolderOfTwoLinesIsReadAndNotWrittenAsANameALine() throws IOException {
    put("cats/a.png", "two\nlines/a.png");
    Path packed = folder.resolve("packed.npy");
    ImageSource both = train();
    assertEquals(List.of("cats", "two\nlines"), both.classNames());
    Refusals.refused(
        () -> PackedImages.write(both, packed, n -> {}),
        "packed.classes.txt: a class called 'two\\u000alines'");
    assertFalse(Files.exists(packed) || Files.exists(NpyLabels.path(packed)));
    Path array = labelled("x".repeat(300));
    Refusals.refused(() -> ImageSources.open(array, Split.TRAIN), "x' ...", "1 to 256 letters");
    npy("x.labels.npy", "'|S2'", "(1,)", new byte[] {'c', (byte) 0xe2});
    Refusals.refused(
        () -> ImageSources.open(array, Split.TRAIN), "labels.npy[0]: a name that is not UTF-8");
  }

  /** An array of one image, with a label of text. */
  private Path labelled(String name) throws IOException {
    npy("x.npy", "'|u1'", "(1,1,1,1)", new byte[1]);
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    byte[] padded = java.util.Arrays.copyOf(text, Math.max(2, text.length));
    npy("x.labels.npy", "'|S" + padded.length + "'", "(1,)", padded);
    return folder.resolve("x.npy");
  }

  private void npy(String name, String type, String shape, byte[] values) throws IOException {
    String header = "{'descr': " + type + ", 'fortran_order': False, 'shape': " + shape + "}\n";
    ByteBuffer file = ByteBuffer.allocate(10 + header.length() + values.length);
    file.order(ByteOrder.LITTLE_ENDIAN)
        .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    file.putShort((short) header.length()).put(header.getBytes(StandardCharsets.US_ASCII));
    Files.write(folder.resolve(name), file.put(values).array());
  }

  @Test
  void linksThatLeadNowhereAreTold() throws IOException {
    put("cats/a.png");
    Files.createSymbolicLink(folder.resolve("cats/b.png"), Path.of("gone.png"));
    Files.createSymbolicLink(folder.resolve("cats/c.png"), Path.of("c.png"));
    Files.createSymbolicLink(folder.resolve("cats/d.png"), Path.of("/dev/null"));
    Files.createSymbolicLink(folder.resolve("cats/notes"), Path.of("gone"));
    Files.createSymbolicLink(folder.resolve("dogs"), Path.of("/nope/dogs"));
    assertEquals(1, train().size());
    assertEquals(
        List.of(
            "5 names lead to no file or folder that can be read, left out: cats/notes, dogs,"
                + " cats/b.png, cats/c.png, cats/d.png"),
        train().notes());
  }

  /**
   * A disk that is not mounted makes of a set no other: with other classes, or without captions.
   */
  @ParameterizedTest
  @ValueSource(strings = {"dataset.json", "metadata.jsonl", "cats/a.txt", "b.tar"})
  void aLinkToNothingIsNotPassedOverWhereAFileIsRead(String name) throws IOException {
    if (!name.endsWith(".tar")) {
      put("cats/a.png");
    }
    Path link = folder.resolve(name);
    Files.createSymbolicLink(link, Path.of("/nope/gone"));
    String told = name + ": cannot be read: a link to nothing, no regular file";
    Refusals.refused(() -> Captions.of(train()), told);
    Files.delete(link);
    Files.createSymbolicLink(link, Path.of("/dev/null"));
    Refusals.refused(() -> Captions.of(train()), name, "a pipe, a socket or a device");
  }

  @Test
  void norIsOneBesideAnArray() throws IOException {
    Path array = labelled("a");
    npy("x.labels.npy", "'|u1'", "(1,)", new byte[1]);
    for (String ending : List.of("classes.txt", "captions.jsonl", "labels.npy")) {
      Path link = folder.resolve("x." + ending);
      Files.deleteIfExists(link);
      Files.createSymbolicLink(link, folder.resolve("gone"));
      Refusals.refused(
          () -> ImageSources.open(array, Split.TRAIN), ending + ": ", "a link to nothing");
      Files.delete(link);
    }
    // A link to a file is as good as the file.
    npy("x.labels.npy", "'|u1'", "(1,)", new byte[1]);
    write("gone", "cats");
    Files.createSymbolicLink(folder.resolve("x.classes.txt"), folder.resolve("gone"));
    assertEquals(List.of("cats"), ImageSources.open(array, Split.TRAIN).classNames());
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "2"})
  void soAreLinksInAnArchive(String type) throws IOException {
    put("a.png");
    byte[] png = Files.readAllBytes(folder.resolve("a.png"));
    tar("mine.tar", false, entry("cats/a.png", "0", png), entry("cats/b.png", type, new byte[0]));
    assertEquals(
        List.of("1 name leads to no file or folder that can be read, left out: cats/b.png"),
        ImageSources.open(folder.resolve("mine.tar"), Split.TRAIN).notes());
  }

  /** Programs and people name archives by what they were before, or are to be. */
  @ParameterizedTest
  @CsvSource({"mine.tar, true", "mine.tar.gz, false", "mine.tgz, false", "mine.TAR, true"})
  void theContentSaysWhetherAnArchiveIsCompressed(String name, boolean compressed)
      throws IOException {
    put("a.png");
    tar(name, compressed, entry("a.png", "0", Files.readAllBytes(folder.resolve("a.png"))));
    assertEquals(1, ImageSources.open(folder.resolve(name), Split.TRAIN).size());
  }

  @Test
  void aSizeBeyondAllFilesIsNone() throws IOException {
    byte[] entry = entry("a.png", "0", new byte[0]);
    entry[124] = (byte) 0x80;
    entry[128] = 0x7f;
    java.util.Arrays.fill(entry, 129, 136, (byte) 0xff);
    tar("mine.tar", false, summed(entry));
    Refusals.refused(
        () -> ImageSources.open(folder.resolve("mine.tar"), Split.TRAIN),
        "a size that is none, of a.png");
  }

  private void tar(String name, boolean compressed, byte[]... entries) throws IOException {
    try (OutputStream file = Files.newOutputStream(folder.resolve(name));
        OutputStream out = compressed ? new GZIPOutputStream(file) : file) {
      for (byte[] entry : entries) {
        out.write(entry);
      }
      out.write(new byte[1024]);
    }
  }

  private static byte[] entry(String name, String type, byte[] bytes) {
    ByteBuffer entry = ByteBuffer.allocate(512 + (bytes.length + 511) / 512 * 512);
    entry.put(name.getBytes(StandardCharsets.US_ASCII));
    entry
        .position(124)
        .put(String.format("%011o", bytes.length).getBytes(StandardCharsets.US_ASCII));
    entry.position(156).put(type.getBytes(StandardCharsets.US_ASCII));
    entry.position(512).put(bytes);
    return summed(entry.array());
  }

  private static byte[] summed(byte[] entry) {
    java.util.Arrays.fill(entry, 148, 156, (byte) ' ');
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += Byte.toUnsignedInt(entry[i]);
    }
    ByteBuffer.wrap(entry).position(148).put(String.format("%06o\0", sum).getBytes());
    return entry;
  }

  /** A whole archive needs more than another copy. */
  @ParameterizedTest
  @CsvSource({"1, 0, it is encrypted", "0, 12, files compressed in another way"})
  void aZipOfAnotherKindIsNotCalledDamaged(int flags, int method, String found) throws IOException {
    ByteBuffer zip = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
    zip.putInt(0x04034b50).putShort((short) 20).putShort((short) flags).putShort((short) method);
    zip.position(26).putShort((short) 5).putShort((short) 0).put("a.png".getBytes());
    int directory = zip.position();
    zip.putInt(0x02014b50).putShort((short) 20).putShort((short) 20).putShort((short) flags);
    zip.putShort((short) method).position(directory + 28).putShort((short) 5);
    zip.position(directory + 46).put("a.png".getBytes());
    int size = zip.position() - directory;
    zip.putInt(0x06054b50).putInt(0).putShort((short) 1).putShort((short) 1);
    zip.putInt(size).putInt(directory).putShort((short) 0);
    Path file = folder.resolve("mine.zip");
    Files.write(file, java.util.Arrays.copyOf(zip.array(), zip.position()));
    Refusals.refused(
        () -> ImageSources.open(file, Split.TRAIN), "mine.zip: " + found, "remedy: unpack it");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "dataset.json | {'labels': [['a.png', NaN]]} | no JSON at line 1 column",
        "dataset.json | // a note | no JSON at line 1 column",
        "dataset.json | [] | a list in the place of an object at line 1",
        "dataset.json | {'labels': [['a.png', {}]]} | an object in the place of a number at line 1",
        "dataset.json | {'labels': [['a.p | Unterminated string at line 1 column",
        "dataset.json | {'labels': | it breaks off at line 1 column",
        "metadata.jsonl | {'file_name': nope} | no JSON at line 1 column",
        "dataset.json | {'labels': [['a.png', 0]]} and | text after the end of the document at"
            + " line",
        "dataset.json | {'labels': null, 'labels': null} | the key 'labels' twice at line 1",
        "dataset.json | {'labels': {'a.png': 'a', 'a.png': 'b'}} | two captions of a.png",
        "metadata.jsonl | {'file_name': 'a.png'} {} | text after the end of the document at line 1",
        "metadata.jsonl | {'file_name': 'a.png', 'label': 1, 'label': 2} | the key 'label' twice",
        "metadata.jsonl | [1] | a list in the place of an object at line 1",
        "metadata.jsonl | {'file_name': {}} | an object in the place of a text at line 1",
      })
  void jsonThatIsNoneIsToldInWords(String file, String json, String found) throws IOException {
    put("a.png");
    write(file, json.replace('\'', '"'));
    InputException refused = assertThrows(InputException.class, this::train);
    assertTrue(refused.getMessage().contains(found), refused.getMessage());
    assertFalse(refused.getMessage().matches("(?s).*(JsonReader|BEGIN_|Exception).*"));
  }

  /** Types of TIFF: 5 and 10 are a fraction, 11 and 12 floating point, 13 is as 4. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13})
  void anOrientationIsANumberOfAnyType(int type) {
    for (ByteOrder order : List.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)) {
      assertEquals(6, Exif.orientation(note(order, type, 6)));
      assertEquals(Exif.UNKNOWN, Exif.orientation(note(order, type, 9)));
    }
  }

  private static ByteBuffer note(ByteOrder order, int type, int value) {
    ByteBuffer note = ByteBuffer.allocate(40).order(order);
    note.put((order == ByteOrder.BIG_ENDIAN ? "MM" : "II").getBytes()).putShort((short) 42);
    note.putInt(8).putShort((short) 1).putShort((short) 0x112).putShort((short) type).putInt(1);
    switch (type) {
      case 1, 6 -> note.put((byte) value);
      case 3, 8 -> note.putShort((short) value);
      case 5, 10 -> note.putInt(26).position(26).putInt(2 * value).putInt(2);
      case 11 -> note.putFloat(value);
      case 12 -> note.putInt(26).position(26).putDouble(value);
      default -> note.putInt(value);
    }
    return note.rewind();
  }

  @Test
  void anAnimatedPngHoldsSeveralPictures() throws IOException {
    put("a.png");
    byte[] png = Files.readAllBytes(folder.resolve("a.png"));
    Picture picture =
        Picture.of("a.png", with(png, 1, "acTL", new byte[] {0, 0, 0, 3, 0, 0, 0, 0}));
    assertEquals(3, picture.frames());
    assertArrayEquals(Picture.of("a.png", png).pixels().levels(), picture.pixels().levels());
  }

  /** A PNG with a part, so many times, behind its header. */
  private static byte[] with(byte[] png, int times, String type, byte[] data) {
    ByteBuffer out = ByteBuffer.allocate(png.length + times * (12 + data.length)).put(png, 0, 33);
    for (int i = 0; i < times; i++) {
      int start = out.position();
      out.putInt(data.length).put(type.getBytes(StandardCharsets.ISO_8859_1)).put(data);
      CRC32 sum = new CRC32();
      sum.update(out.array(), start + 4, 4 + data.length);
      out.putInt((int) sum.getValue());
    }
    return out.put(png, 33, png.length - 33).array();
  }

  /** A text of a thousand bytes unpacks to a million, and a part of twelve would be kept as 150. */
  @Test
  void ofThePartsOfAPngNoneIsKeptThatIsNotAskedFor() throws IOException {
    put("a.png");
    byte[] png = Files.readAllBytes(folder.resolve("a.png"));
    for (String keyword : List.of("XML:com.adobe.xmp", "Raw profile type exif", "Comment")) {
      png = with(png, 100, "zTXt", (keyword + "\0\0").getBytes(StandardCharsets.ISO_8859_1));
    }
    for (int i = 0; i < 100; i++) {
      png = with(png, 1, String.format("%04x", i), new byte[0]);
    }
    PngChunks parts = PngChunks.of("a.png", png, true);
    assertEquals(Set.of("IHDR", "IDAT"), parts.last().keySet());
    assertEquals(2, parts.texts().size());
    assertEquals(1, Picture.of("a.png", png).frames());
  }

  /** What is whole, and of a kind that is not read, is not mended by another copy. */
  @Test
  void aPictureOfAnotherKindIsToBeConverted() throws IOException {
    ByteBuffer gif = ByteBuffer.allocate(27).order(ByteOrder.LITTLE_ENDIAN);
    gif.put("GIF89a".getBytes()).putShort((short) 16).putShort((short) 16).put(new byte[3]);
    gif.put((byte) ',').putInt(0).putShort((short) 8).putShort((short) 8).put((byte) 0);
    Files.write(folder.resolve("a.gif"), gif.put(new byte[] {2, 1, 5, 0}).array());
    Refusals.refused(this::look, "a.gif: a GIF whose first", "remedy: convert it to PNG, or take");
    Files.write(folder.resolve("a.gif"), new byte[0]);
    Refusals.refused(this::look, "a.gif: an empty file", "remedy: copy the file again, or take");
  }

  private void look() {
    FolderFiles files = FolderFiles.of(folder);
    PictureReading strict = PictureReading.STRICT;
    Survey.of(PictureNames.in(files, Split.TRAIN), strict, Survey.Depth.HEADERS, done -> {})
        .require(files, new PackRemedy(folder, strict), true);
  }

  /** Names of old disks and archives; Java can make none, but a shell can. */
  @Test
  void aNameOfOtherBytesThanLettersIsToBeChanged() throws Exception {
    Assumptions.assumeTrue(System.getProperty("os.name").equals("Linux"));
    put("a.png");
    String copy = "cp a.png \"$(printf 'b\\377.png')\"";
    new ProcessBuilder("/bin/sh", "-c", copy).directory(folder.toFile()).start().waitFor();
    Refusals.refused(this::train, "a name whose bytes are no UTF-8", "remedy: rename it");
  }
}

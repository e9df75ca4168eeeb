package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against what Pillow reads; make_pictures.py made the pictures and its record of them. */
class PictureFormsTest {
  private static final Path PICTURES = Path.of("src/test/resources/pictures");
  private static final PictureReading ON_WHITE =
      new PictureReading(Optional.of(new Background(255, 255, 255)), true, false);

  /** The tag of how a TIFF is packed, and two values of it. */
  private static final int COMPRESSION = 259;

  private static final int JPEG = 7;
  private static final int ZSTANDARD = 50_000;

  @TempDir Path folder;

  static Stream<String> forms() throws IOException {
    return pictures("forms");
  }

  static Stream<String> odd() throws IOException {
    return pictures("odd");
  }

  static Stream<String> turned() throws IOException {
    return pictures("changed").filter(name -> name.contains("turned"));
  }

  private static Stream<String> pictures(String of) throws IOException {
    try (Stream<Path> files = Files.list(PICTURES.resolve(of))) {
      return files
          .map(file -> of + "/" + file.getFileName())
          .filter(name -> !name.endsWith(".npy"))
          .sorted()
          .toList()
          .stream();
    }
  }

  /** Lossy WebP may differ where colours are mixed between pixels. */
  @ParameterizedTest
  @MethodSource("forms")
  void everyFormHoldsPillowsLevels(String name) throws IOException {
    assertLevels(name + ".npy", name, PictureReading.STRICT, name.contains("lossy") ? 60 : 0);
  }

  /** What programs note beside the pixels, and bytes that belong to nothing, change none. */
  @ParameterizedTest
  @MethodSource("odd")
  void whatIsOddBesideThePixelsOfAJpegLeavesThem(String name) throws IOException {
    assertLevels("subsampled.jpg.npy", name, PictureReading.STRICT, 1);
  }

  @ParameterizedTest
  @MethodSource("turned")
  void whatIsStoredTurnedIsRefusedAndTurnedWhenAsked(String name) throws IOException {
    Refusals.refused(
        () -> levels(name, PictureReading.STRICT), name, "stored turned (EXIF orientation");
    boolean jpeg = name.endsWith(".jpg");
    boolean number = name.matches(".*turned-\\d\\.png");
    String record = number ? name + ".npy" : "changed/turned-6.png.npy";
    if (!jpeg) {
      assertLevels(record, name, ON_WHITE, 0);
    } else {
      assertEquals(new PictureSize(9, 7, 3), ON_WHITE.size(read(name)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rgba.png",
        "grey-alpha.png",
        "rgba.webp",
        "rgba.tif",
        "multiplied.tif",
        "key.png",
        "palette.png",
        "palette.gif"
      })
  void whatIsSeenThroughIsRefusedAndLaidOnWhiteWhenAsked(String name) throws IOException {
    Refusals.refused(
        () -> levels("changed/" + name, PictureReading.STRICT), "a transparent picture");
    assertLevels("changed/" + name + ".npy", "changed/" + name, ON_WHITE, 1);
  }

  /** A GIF of one picture, without its pixels. */
  private static byte[] gif(int screen, int side) {
    ByteBuffer file = ByteBuffer.allocate(27).order(ByteOrder.LITTLE_ENDIAN);
    file.put("GIF89a".getBytes(StandardCharsets.US_ASCII));
    file.putShort((short) screen).putShort((short) screen).put(new byte[] {0, 0, 0});
    file.put((byte) ',').putInt(0).putShort((short) side).putShort((short) side).put((byte) 0);
    return file.put(new byte[] {2, 1, 5, 0}).array();
  }

  /** What is whole, and is no picture for us, is not called damaged. */
  @Test
  void whatIsTooLargeOrFillsAPartIsToldSo() {
    Refusals.refused(
        () -> OtherPicture.of("a.gif", gif(20_000, 20_000)), "a.gif: 20000 x 20000 pixels");
    Refusals.refused(
        () -> OtherPicture.of("a.gif", gif(16, 8)), "whose first picture fills only a part of it");
    Refusals.refused(
        () -> levels(compressed("forms/colour.tif", ZSTANDARD), PictureReading.STRICT),
        "a.tif: of a kind that is not read: Unsupported compression",
        "convert it to PNG");
    Refusals.refused(() -> compressed("changed/inks.tif", JPEG), "a.tif: colours of another kind");
    Refusals.refused(
        () -> Picture.of("a.tif", new byte[] {'M', 'M', 0, '+', 0, 8}), "write it as TIFF or PNG");
  }

  /** The same TIFF, said to be packed in another way. */
  private static Picture compressed(String name, int how) throws IOException {
    byte[] tiff = Files.readAllBytes(PICTURES.resolve(name));
    ByteBuffer in = ByteBuffer.wrap(tiff).order(ByteOrder.LITTLE_ENDIAN);
    int entry = in.getInt(4) + 2;
    while (in.getShort(entry) != COMPRESSION) {
      entry += 12;
    }
    in.putShort(entry + 8, (short) how);
    return Picture.of("a.tif", tiff);
  }

  @Test
  void sixteenBitsAndInksAreConvertedWhenAsked() throws IOException {
    assertLevels("grey.npy", "sixteen-bits.png", ON_WHITE, 0);
    assertLevels("changed/cmyk.npy", "cmyk.jpg", ON_WHITE, 1);
    assertLevels("changed/adobe-1.npy", "changed/adobe-1.jpg", ON_WHITE, 1);
    Refusals.refused(
        () -> levels("changed/inks.tif", PictureReading.STRICT), "inks.tif: a picture in CMYK");
    assertLevels("changed/inks.tif.npy", "changed/inks.tif", ON_WHITE, 0);
    Refusals.refused(
        () -> levels("changed/signed.tif", ON_WHITE), "signed.tif: colours of another kind");
    assertLevels("changed/rgba.png.npy", "changed/rgba-16.png", ON_WHITE, 1);
  }

  @Test
  void opaqueAlphaIsDropped() throws IOException {
    assertLevels("colour.npy", "alpha.png", PictureReading.STRICT, 0);
    assertLevels("grey.npy", "grey-alpha.png", PictureReading.STRICT, 0);
    assertLevels("grey.npy", "grey-key.png", PictureReading.STRICT, 0);
  }

  @Test
  void greyOnAColourIsColour() {
    PictureReading onRed = new PictureReading(Optional.of(new Background(255, 0, 0)), false, false);
    byte[] levels = levels("changed/grey-alpha.png", onRed);
    assertEquals(7 * 9 * 3, levels.length);
    assertArrayEquals(new byte[] {(byte) 255, 0, 0}, Arrays.copyOf(levels, 3));
  }

  /** Damage is damage: a file cut anywhere is refused, or is whole but for its end. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "forms/lossless.webp",
        "forms/colours.gif",
        "forms/colour.bmp",
        "forms/colour.tif"
      })
  void whatIsCutIsNotMadeUp(String name) throws IOException {
    byte[] whole = Files.readAllBytes(PICTURES.resolve(name));
    byte[] expected = levels(name, PictureReading.STRICT);
    for (int length = 0; length < whole.length; length++) {
      Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, length));
      try {
        byte[] levels = levels(Picture.of("cut", Files.readAllBytes(cut)), PictureReading.STRICT);
        assertArrayEquals(expected, levels, name + " cut after " + length);
      } catch (InputException e) {
        assertFalse(e.getMessage().isEmpty());
      }
    }
  }

  /** Whatever bytes are wrong, there is a picture of the header's size or a refusal. */
  @ParameterizedTest
  @MethodSource("all")
  void wrongBytesAreRefusedOrRead(String name) throws IOException {
    byte[] whole = Files.readAllBytes(PICTURES.resolve(name));
    Random random = new Random(name.hashCode());
    for (int i = 0; i < 50; i++) {
      byte[] wrong = whole.clone();
      for (int n = random.nextInt(3); n >= 0; n--) {
        int at = random.nextInt(random.nextBoolean() ? Math.min(64, wrong.length) : wrong.length);
        wrong[at] = (byte) random.nextInt(256);
      }
      try {
        Picture picture = Picture.of(name, wrong);
        if (picture.stored().values() < 1 << 18) {
          assertEquals(picture.stored().values(), levels(picture, ON_WHITE).length);
        }
      } catch (InputException e) {
        assertTrue(e.getMessage().startsWith(name + ": "), e.getMessage());
      }
    }
  }

  static Stream<String> all() throws IOException {
    return Stream.of("forms", "odd", "changed").flatMap(PictureFormsTest::picturesOf);
  }

  private static Stream<String> picturesOf(String folder) {
    try {
      return pictures(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A size of many pixels in a file of few bytes: its decoder would make up the others, slowly.
   *
   * @param at of the header's bits, 14 for each side
   */
  @ParameterizedTest
  @CsvSource({"forms/lossless.webp, 21", "changed/turned.webp, 39"})
  void pixelsThatAreNotInAWebpAreNotMadeUp(String name, int at) throws IOException {
    byte[] webp = Files.readAllBytes(PICTURES.resolve(name));
    ByteBuffer in = ByteBuffer.wrap(webp).order(ByteOrder.LITTLE_ENDIAN);
    in.putInt(at, in.getInt(at) & 0xf0000000 | 8 << 14 | 15_999);
    boolean canvas = name.startsWith("changed");
    if (canvas) {
      Refusals.refused(
          () -> levels(Picture.of(name, webp), ON_WHITE), "of another size than 7 x 9");
      in.putInt(24, 15_999).putShort(27, (short) 8);
    }
    Refusals.refused(() -> levels(Picture.of(name, webp), ON_WHITE), "it ends before its pixels");
  }

  /** A scan has ten bytes, and goes over all pixels. */
  @Test
  void aJpegOfManyScansIsRefused() throws IOException {
    byte[] jpeg = Files.readAllBytes(PICTURES.resolve("progressive.jpeg"));
    String text = new String(jpeg, StandardCharsets.ISO_8859_1);
    int last = text.lastIndexOf("\u00ff\u00da");
    String scan = text.substring(last, text.length() - 2);
    String many = text.substring(0, last) + scan.repeat(92) + "\u00ff\u00d9";
    Refusals.refused(
        () -> Picture.of("a.jpg", many.getBytes(StandardCharsets.ISO_8859_1)), "of 101 scans");
  }

  /** A TIFF may name its first picture as the next. */
  @Test
  void aRingOfPicturesEnds() throws IOException {
    byte[] tiff = Files.readAllBytes(PICTURES.resolve("forms/grey.tif"));
    ByteBuffer in = ByteBuffer.wrap(tiff).order(ByteOrder.LITTLE_ENDIAN);
    int first = in.getInt(4);
    in.putInt(first + 2 + 12 * in.getShort(first), first);
    assertEquals(2, Picture.of("ring", tiff).frames());
    assertEquals(7 * 9, levels(Picture.of("ring", tiff), PictureReading.STRICT).length);
  }

  private static Picture read(String name) {
    Path file = PICTURES.resolve(name);
    return Picture.of(
        file.toString(), FolderFiles.of(file.getParent()).read(file.getFileName().toString()));
  }

  /** Where samples have fewer bits, so has the key. */
  @Test
  void theKeyOfFourBitsIsOneOfTheirLevels() {
    byte[] kept =
        levels(
            "changed/key-4.png",
            new PictureReading(Optional.of(new Background(1, 1, 1)), false, false));
    byte[] white = levels("changed/key-4.png", ON_WHITE);
    int differ = 0;
    for (int i = 0; i < kept.length; i++) {
      differ += kept[i] != white[i] ? 1 : 0;
      assertFalse(white[i] == 102, "the key's level");
    }
    assertEquals(2, differ);
  }

  private static byte[] levels(String name, PictureReading reading) {
    return levels(read(name), reading);
  }

  private static byte[] levels(Picture picture, PictureReading reading) {
    return reading.levels(picture, new PackRemedy(Path.of("mine"), reading));
  }

  private static void assertLevels(String npy, String name, PictureReading reading, int most)
      throws IOException {
    byte[] found = levels(name, reading);
    byte[] record = Files.readAllBytes(PICTURES.resolve(npy));
    byte[] expected = Arrays.copyOfRange(record, record.length - found.length, record.length);
    PictureSize size = reading.size(read(name));
    assertEquals(size.values(), found.length);
    NpyHeader header = NpyHeader.read(PICTURES.resolve(npy));
    assertArrayEquals(
        new long[] {1, size.height(), size.width(), size.channels()}, header.shape(), name);
    for (int i = 0; i < expected.length; i++) {
      int there = Byte.toUnsignedInt(expected[i]);
      assertEquals(there, Byte.toUnsignedInt(found[i]), most, name + " value " + i);
    }
  }
}

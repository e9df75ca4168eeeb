package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against what Pillow reads; make_pictures.py beside the pictures made them. */
class PictureTest {
  private static final Path PICTURES = Path.of("src/test/resources/pictures");

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "colour.png, colour.npy, 3",
    "grey.png, grey.npy, 1",
    "gamma.png, grey.npy, 1",
    "palette.png, palette.png.npy, 3",
    "black-white.png, black-white.png.npy, 1",
    "four-bits.png, four-bits.png.npy, 1",
  })
  void aPngHoldsPillowsLevels(String name, String expected, int channels) throws IOException {
    Picture picture = read(PICTURES.resolve(name));
    assertEquals(new PictureSize(7, 9, channels), size(picture));
    assertArrayEquals(levels(expected, channels), levels(picture));
  }

  /** Decoders of JPEG may differ by a level, where they round. */
  @ParameterizedTest
  @CsvSource({
    "progressive.jpeg, 3",
    "subsampled.jpg, 3",
    "upright.jpg, 3",
    "rgb.jpg, 3",
    "bare.jpg, 3",
    "grey.jpg, 1",
  })
  void aJpegHoldsPillowsLevelsButForRounding(String name, int channels) throws IOException {
    Picture picture = read(PICTURES.resolve(name));
    assertEquals(new PictureSize(7, 9, channels), size(picture));
    byte[] expected = levels(name + ".npy", channels);
    byte[] found = levels(picture);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(Byte.toUnsignedInt(expected[i]), Byte.toUnsignedInt(found[i]), 1, name + i);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "sixteen-bits.png, a picture of more than 8 bits a channel, --convert",
    "cmyk.jpg, a picture in CMYK, --convert",
    "turned.jpg, a picture stored turned (EXIF orientation 6), --convert",
    "turned.png, a picture stored turned (EXIF orientation 6), --convert",
    "array.npz, no picture of a form that is read, convert it to PNG",
  })
  void whatCannotBeReadRightIsRefused(String name, String found, String remedy) {
    Refusals.refused(() -> levels(read(PICTURES.resolve(name))), name + ": ", found, remedy);
  }

  @Test
  void whatPngFileWritesComesBackByteForByte() {
    byte[] every = new byte[256 * 3];
    for (int i = 0; i < every.length; i++) {
      every[i] = (byte) (i * 7);
    }
    float[] values = new float[every.length];
    Images.toDataUnits(every, 0, every.length, values, 0);
    PngFile.write(folder.resolve("grey.png"), new Images(values, 48, 16, 1), 0);
    PngFile.write(folder.resolve("colour.png"), new Images(values, 16, 16, 3), 0);
    assertArrayEquals(every, levels(read(folder.resolve("grey.png"))));
    assertArrayEquals(every, levels(read(folder.resolve("colour.png"))));
  }

  @Test
  void theContentSaysWhatAPictureIs() throws IOException {
    Path misnamed = Files.copy(PICTURES.resolve("grey.jpg"), folder.resolve("grey.png"));
    assertEquals(new PictureSize(7, 9, 1), size(read(misnamed)));
  }

  /** Every flipped bit is found: all of a PNG is under a checksum but for its signature. */
  @Test
  void aPngWithAWrongByteIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(PICTURES.resolve("grey.png"));
    for (int i = 0; i < whole.length; i++) {
      byte[] wrong = whole.clone();
      wrong[i] ^= 1;
      Path file = Files.write(folder.resolve("wrong.png"), wrong);
      Refusals.refused(() -> read(file), "wrong.png: ");
    }
    whole[whole.length - 20] ^= 1;
    Path file = Files.write(folder.resolve("wrong.png"), whole);
    Refusals.refused(
        () -> read(file), "wrong.png: damaged: the checksum of its part IDAT is wrong");
  }

  @Test
  void aPngCutShortIsRefusedWhereverItIsCut() throws IOException {
    byte[] whole = Files.readAllBytes(PICTURES.resolve("colour.png"));
    for (int length = 8; length < whole.length; length++) {
      Path file = Files.write(folder.resolve("cut.png"), Arrays.copyOf(whole, length));
      Refusals.refused(() -> read(file), "cut.png: damaged: cut short after " + length + " bytes");
    }
    Path empty = Files.write(folder.resolve("empty.png"), new byte[0]);
    Refusals.refused(() -> read(empty), "empty.png: an empty file");
  }

  /** A JPEG without its last two bytes is whole but for the mark of its end. */
  @ParameterizedTest
  @ValueSource(strings = {"subsampled.jpg", "progressive.jpeg"})
  void aJpegCutShortIsRefusedWhereverItIsCut(String name) throws IOException {
    byte[] whole = Files.readAllBytes(PICTURES.resolve(name));
    for (int length = 3; length < whole.length - 2; length++) {
      Path file = Files.write(folder.resolve("cut.jpg"), Arrays.copyOf(whole, length));
      Refusals.refused(() -> levels(read(file)), "cut.jpg: damaged: ");
    }
  }

  @Test
  void absurdSizesAreRefusedBeforeMemoryIsTaken() throws IOException {
    byte[] png = Files.readAllBytes(PICTURES.resolve("grey.png"));
    ByteBuffer.wrap(png).putInt(16, 1 << 20).putInt(20, 1 << 20);
    Path file = withHeader(png);
    Refusals.refused(() -> read(file), "a.png: 1048576 x 1048576 pixels", "in all");
  }

  private Path withHeader(byte[] png) throws IOException {
    CRC32 sum = new CRC32();
    sum.update(png, 12, 17);
    ByteBuffer.wrap(png).putInt(29, (int) sum.getValue());
    return Files.write(folder.resolve("a.png"), png);
  }

  /** A look at the header finds what no decoder reads: a byte of it, and what it becomes. */
  @ParameterizedTest
  @CsvSource({
    "24, 3, 'kind 0 of 3 bits'",
    "25, 1, 'kind 1 of 8 bits'",
    "25, 3, 'no palette'",
    "26, 1, 'a header of no PNG'",
    "27, 9, 'a header of no PNG'",
    "28, 2, 'a header of no PNG'"
  })
  void headersOfNoPngAreFoundAtALook(int at, byte value, String found) throws IOException {
    byte[] png = Files.readAllBytes(PICTURES.resolve("grey.png"));
    png[at] = value;
    Path file = withHeader(png);
    Refusals.refused(() -> read(file), "a.png: damaged: ", found);
  }

  @Test
  void aSecondHeaderOfAnotherSizeIsDamage() throws IOException {
    byte[] png = Files.readAllBytes(PICTURES.resolve("grey.png"));
    byte[] other = png.clone();
    ByteBuffer.wrap(other).putInt(20, 255);
    withHeader(other);
    int end = png.length - 12;
    byte[] both = Arrays.copyOf(png, png.length + 25);
    System.arraycopy(other, 8, both, end, 25);
    System.arraycopy(png, end, both, end + 25, 12);
    Path file = Files.write(folder.resolve("a.png"), both);
    Refusals.refused(() -> levels(read(file)), "a.png: damaged: ");
  }

  @Test
  void aPngWithoutPixelsIsFoundAtALook() throws IOException {
    byte[] png = Files.readAllBytes(PICTURES.resolve("grey.png"));
    byte[] without = Arrays.copyOf(png, 33 + 12);
    System.arraycopy(png, png.length - 12, without, 33, 12);
    Path file = Files.write(folder.resolve("a.png"), without);
    Refusals.refused(() -> read(file), "a.png: damaged: it has no pixels");
  }

  private static Picture read(Path file) {
    FolderFiles files = FolderFiles.of(file.getParent());
    String name = file.getFileName().toString();
    return Picture.of(files.where(name), files.read(name));
  }

  private static PictureSize size(Picture picture) {
    return PictureReading.STRICT.size(picture);
  }

  private static byte[] levels(Picture picture) {
    return levels(picture, PictureReading.STRICT);
  }

  private static byte[] levels(Picture picture, PictureReading reading) {
    return reading.levels(picture, new PackRemedy(Path.of("mine"), reading));
  }

  private static byte[] levels(String npy, int channels) throws IOException {
    byte[] bytes = Files.readAllBytes(PICTURES.resolve(npy));
    return Arrays.copyOfRange(bytes, bytes.length - 7 * 9 * channels, bytes.length);
  }
}

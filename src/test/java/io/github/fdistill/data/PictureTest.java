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
    Picture picture = Picture.read(PICTURES.resolve(name));
    assertEquals(new PictureSize(7, 9, channels), picture.size());
    assertArrayEquals(levels(expected, channels), picture.levels());
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
    Picture picture = Picture.read(PICTURES.resolve(name));
    assertEquals(new PictureSize(7, 9, channels), picture.size());
    byte[] expected = levels(name + ".npy", channels);
    byte[] found = picture.levels();
    for (int i = 0; i < expected.length; i++) {
      assertEquals(Byte.toUnsignedInt(expected[i]), Byte.toUnsignedInt(found[i]), 1, name + i);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "sixteen-bits.png, 16 bits a channel, mogrify -depth 8 sixteen-bits.png",
    "alpha.png, a transparent picture, -alpha remove",
    "grey-alpha.png, a transparent picture, -alpha remove",
    "grey-key.png, a transparent picture, -alpha remove",
    "cmyk.jpg, 8 bits in 4 channels (CMYK), -colorspace sRGB",
    "turned.jpg, stored turned (EXIF orientation 6), mogrify -auto-orient turned.jpg",
    "turned.png, stored turned (EXIF orientation 6), mogrify -auto-orient turned.png",
    "array.npz, neither PNG nor JPEG data, convert it to PNG",
  })
  void whatCannotBeReadRightIsRefused(String name, String found, String remedy) {
    Refusals.refused(() -> Picture.read(PICTURES.resolve(name)), name + ": ", found, remedy);
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
    assertArrayEquals(every, Picture.read(folder.resolve("grey.png")).levels());
    assertArrayEquals(every, Picture.read(folder.resolve("colour.png")).levels());
  }

  @Test
  void theContentSaysWhatAPictureIs() throws IOException {
    Path misnamed = Files.copy(PICTURES.resolve("grey.jpg"), folder.resolve("grey.png"));
    assertEquals(new PictureSize(7, 9, 1), Picture.read(misnamed).size());
  }

  /** Every flipped bit is found: all of a PNG is under a checksum but for its signature. */
  @Test
  void aPngWithAWrongByteIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(PICTURES.resolve("grey.png"));
    for (int i = 0; i < whole.length; i++) {
      byte[] wrong = whole.clone();
      wrong[i] ^= 1;
      Path file = Files.write(folder.resolve("wrong.png"), wrong);
      Refusals.refused(() -> Picture.read(file), "wrong.png: ");
    }
    whole[whole.length - 20] ^= 1;
    Path file = Files.write(folder.resolve("wrong.png"), whole);
    Refusals.refused(
        () -> Picture.read(file), "wrong.png: damaged: the checksum of its part IDAT is wrong");
  }

  @Test
  void aPngCutShortIsRefusedWhereverItIsCut() throws IOException {
    byte[] whole = Files.readAllBytes(PICTURES.resolve("colour.png"));
    for (int length = 8; length < whole.length; length++) {
      Path file = Files.write(folder.resolve("cut.png"), Arrays.copyOf(whole, length));
      Refusals.refused(
          () -> Picture.read(file), "cut.png: damaged: cut short after " + length + " bytes");
    }
    Path empty = Files.write(folder.resolve("empty.png"), new byte[0]);
    Refusals.refused(() -> Picture.read(empty), "empty.png: an empty file");
  }

  /** A JPEG without its last two bytes is whole but for the mark of its end. */
  @ParameterizedTest
  @ValueSource(strings = {"subsampled.jpg", "progressive.jpeg"})
  void aJpegCutShortIsRefusedWhereverItIsCut(String name) throws IOException {
    byte[] whole = Files.readAllBytes(PICTURES.resolve(name));
    for (int length = 3; length < whole.length - 2; length++) {
      Path file = Files.write(folder.resolve("cut.jpg"), Arrays.copyOf(whole, length));
      Refusals.refused(() -> Picture.read(file).levels(), "cut.jpg: damaged: ");
    }
  }

  @Test
  void absurdSizesAreRefusedBeforeMemoryIsTaken() throws IOException {
    byte[] png = Files.readAllBytes(PICTURES.resolve("grey.png"));
    ByteBuffer header = ByteBuffer.wrap(png).putInt(16, 1 << 20).putInt(20, 1 << 20);
    CRC32 sum = new CRC32();
    sum.update(png, 12, 17);
    header.putInt(29, (int) sum.getValue());
    Path file = Files.write(folder.resolve("huge.png"), png);
    Refusals.refused(() -> Picture.read(file), "huge.png: 1048576 x 1048576 pixels", "in all");
  }

  private static byte[] levels(String npy, int channels) throws IOException {
    byte[] bytes = Files.readAllBytes(PICTURES.resolve(npy));
    return Arrays.copyOfRange(bytes, bytes.length - 7 * 9 * channels, bytes.length);
  }
}

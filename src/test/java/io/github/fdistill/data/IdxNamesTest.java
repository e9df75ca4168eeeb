package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdxNamesTest {
  @TempDir Path folder;

  private static byte[] images(ByteOrder order) {
    ByteBuffer file = ByteBuffer.allocate(16 + 8).order(order);
    return file.putInt(0x803).putInt(2).putInt(2).putInt(2).put(new byte[8]).array();
  }

  private static byte[] labels(ByteOrder order, int type, int... labels) {
    int columns = type == 0x0c02 ? 2 : 1;
    ByteBuffer file = ByteBuffer.allocate(12 + 4 * columns * labels.length).order(order);
    file.putInt(type).putInt(labels.length);
    if (columns == 2) {
      file.putInt(columns);
    }
    for (int label : labels) {
      for (int column = 0; column < columns; column++) {
        switch (type >> 8) {
          case 0x0c -> file.putInt(column == 0 ? label : 77);
          case 0x0b -> file.putShort((short) label);
          default -> file.put((byte) label);
        }
      }
    }
    byte[] bytes = new byte[file.position()];
    file.flip().get(bytes);
    return bytes;
  }

  private static int[] read(Path folder, Split split) {
    ImageSource images = ImageSources.open(folder, split);
    return IntStream.range(0, (int) images.size()).map(images::label).toArray();
  }

  @ParameterizedTest
  @CsvSource({
    "train-images.idx3-ubyte, train-labels.idx1-ubyte",
    "train_images_idx3_ubyte, train_labels_idx1_ubyte",
    "emnist-letters-train-images-idx3-ubyte, emnist-letters-train-labels-idx1-ubyte",
    "qmnist-train-images-idx3-ubyte, qmnist-train-labels-idx2-int",
    "train-images.idx, train-labels.idx",
    "train-images-idx3-ubyte/train-images-idx3-ubyte, train-labels.idx1-ubyte",
  })
  void filesAreFoundUnderTheNamesTheyHave(String images, String labels) throws IOException {
    Files.createDirectories(folder.resolve(images).getParent());
    Files.write(folder.resolve(images), images(ByteOrder.BIG_ENDIAN));
    Files.write(folder.resolve(labels), labels(ByteOrder.BIG_ENDIAN, 0x801, 1, 3));
    assertArrayEquals(new int[] {1, 3}, read(folder, Split.TRAIN));
    assertFalse(ImageSources.hasParts(folder));
  }

  @Test
  void endingsInCapitalsAreOnesToo() throws IOException {
    Path images = folder.resolve("TRAIN-IMAGES-IDX3-UBYTE.GZ");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(images))) {
      out.write(images(ByteOrder.BIG_ENDIAN));
    }
    Files.write(
        folder.resolve("TRAIN-LABELS-IDX1-UBYTE"), labels(ByteOrder.BIG_ENDIAN, 0x801, 1, 3));
    assertArrayEquals(new int[] {1, 3}, read(folder, Split.TRAIN));
  }

  @Test
  void testsMayBeCalledSo() throws IOException {
    for (String part : List.of("train", "test")) {
      Files.write(folder.resolve("a-" + part + "-images-idx3-ubyte"), images(ByteOrder.BIG_ENDIAN));
      Files.write(
          folder.resolve("a-" + part + "-labels-idx1-ubyte"),
          labels(ByteOrder.BIG_ENDIAN, 0x801, 1, part.equals("test") ? 0 : 2));
    }
    assertArrayEquals(new int[] {1, 0}, read(folder, Split.TEST));
    assertTrue(ImageSources.hasParts(folder));
    Files.write(folder.resolve("b-train-labels-idx1-ubyte"), new byte[0]);
    Refusals.refused(() -> read(folder, Split.TRAIN), "several sets: a, b", "folder of its own");
  }

  @ParameterizedTest
  @CsvSource({"0x801", "0x901", "0xb01", "0xc01", "0xc02"})
  void eitherOrderOfBytesAndEveryWidthOfLabelsIsRead(String type) throws IOException {
    int number = Integer.decode(type);
    for (ByteOrder order : List.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)) {
      Files.write(folder.resolve("train-images-idx3-ubyte"), images(order));
      Files.write(folder.resolve("train-labels-idx1-ubyte"), labels(order, number, 5, 0));
      assertArrayEquals(new int[] {5, 0}, read(folder, Split.TRAIN));
    }
    if (number != 0x801) {
      Files.write(
          folder.resolve("train-labels-idx1-ubyte"), labels(ByteOrder.BIG_ENDIAN, number, 0, -1));
      Refusals.refused(() -> read(folder, Split.TRAIN), "[1]: the label -1", "from 0 on");
    }
    if (type.startsWith("0xc")) {
      Files.write(
          folder.resolve("train-labels-idx1-ubyte"),
          labels(ByteOrder.BIG_ENDIAN, number, 0, 2_000_000_000));
      Refusals.refused(() -> read(folder, Split.TRAIN), "[1]: the label 2000000000", "1000000");
    }
  }

  @Test
  void aLabelOf255IsOne() throws IOException {
    Files.write(folder.resolve("train-images-idx3-ubyte"), images(ByteOrder.BIG_ENDIAN));
    Files.write(
        folder.resolve("train-labels-idx1-ubyte"), labels(ByteOrder.BIG_ENDIAN, 0x801, 0, 255));
    ImageSource images = ImageSources.open(folder, Split.TRAIN);
    assertEquals(256, images.classes());
    assertEquals(
        List.of("254 of 256 classes have no images; they are neither drawn nor measured"),
        images.notes());
    assertFalse(IdxNames.areIn(folder.getParent()));
  }
}

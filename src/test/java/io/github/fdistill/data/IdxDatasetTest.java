package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxDatasetTest {
  private static final String IMAGES = "train-images-idx3-ubyte";
  private static final String LABELS = "train-labels-idx1-ubyte";
  private static final String TEST_IMAGES = "t10k-images-idx3-ubyte";
  private static final String TEST_LABELS = "t10k-labels-idx1-ubyte";

  @TempDir Path datasets;
  private Path folder;

  /** Two training images of 2x2 with labels 0 and 2; one test image with label 1. */
  @BeforeEach
  void aSmallDataset() throws IOException {
    folder = Files.createDirectory(datasets.resolve("small"));
    put(IMAGES, idx(0x803, new int[] {2, 2, 2}, 0, 51, 102, 153, 204, 255, 1, 2));
    put(LABELS, idx(0x801, new int[] {2}, 0, 2));
    put(TEST_IMAGES, idx(0x803, new int[] {1, 2, 2}, 0, 0, 0, 0));
    put(TEST_LABELS, idx(0x801, new int[] {1}, 1));
  }

  @Test
  void bytesBecomeDataUnits() {
    ImageSource train = IdxDataset.open(folder, Split.TRAIN);
    float[] into = new float[6];
    train.copy(0, into, 1);
    assertArrayEquals(new float[] {0, -1, -0.6f, -0.2f, 0.2f, 0}, into, 1e-6f);
    train.copy(1, into, 0);
    assertArrayEquals(new float[] {0.6f, 1}, Arrays.copyOf(into, 2), 1e-6f);
    assertEquals(0, train.label(0));
    assertEquals(2, train.label(1));
  }

  @Test
  void bothPartsHaveTheClassesOfTheTrainingLabels() {
    assertEquals(3, IdxDataset.open(folder, Split.TRAIN).classes());
    assertEquals(3, IdxDataset.open(folder, Split.TEST).classes());
  }

  @Test
  void filesMayBeCompressed() throws IOException {
    float[] plain = first(IdxDataset.open(folder, Split.TRAIN));
    zip(IMAGES);
    zip(LABELS);
    assertArrayEquals(plain, first(IdxDataset.open(folder, Split.TRAIN)));
  }

  @Test
  void imagesMayHaveChannels() throws IOException {
    put(IMAGES, idx(0x804, new int[] {2, 1, 1, 3}, 0, 255, 0, 255, 0, 255));
    ImageSource train = IdxDataset.open(folder, Split.TRAIN);
    assertEquals(3, train.channels());
    assertArrayEquals(new float[] {-1, 1, -1}, first(train));
    put(IMAGES, idx(0x804, new int[] {2, 3, 1, 2}, new int[12]));
    refused(IMAGES + ": images of 3x1x2", "the channels last", "save them as an array, .npy");
  }

  @Test
  void theFingerprintChangesWithAnyFileRead() throws IOException {
    String train = IdxDataset.open(folder, Split.TRAIN).fingerprint();
    assertEquals(train, IdxDataset.open(folder, Split.TRAIN).fingerprint());
    assertTrue(train.matches("[0-9a-f]{64}"));
    put(LABELS, idx(0x801, new int[] {2}, 1, 2));
    assertNotEquals(train, IdxDataset.open(folder, Split.TRAIN).fingerprint());
  }

  @Test
  void aMissingFolderShowsTheDatasetsThereAre() {
    folder = datasets.resolve("smal");
    refused("smal: no such folder", "small");
    folder = Path.of("no", "such", "place");
    refused("no such folder");
  }

  @Test
  void aMissingFileIsNamed() throws IOException {
    Files.delete(folder.resolve(LABELS));
    refused("no file " + LABELS + ".gz or " + LABELS);
  }

  @Test
  void aFileCutShortSaysHowMuchIsThere() throws IOException {
    byte[] whole = Files.readAllBytes(folder.resolve(IMAGES));
    put(IMAGES, Arrays.copyOf(whole, whole.length - 3));
    refused(IMAGES + ": cut short: 5 bytes of values", "8 for 2 x 2 x 2");
    put(IMAGES, Arrays.copyOf(whole, 9));
    refused("cut short: 5 bytes of header", "12 bytes");
    put(IMAGES, new byte[0]);
    refused("cut short: 0 bytes of header", "4 bytes");
  }

  @Test
  void aCompressedFileCutShortIsRefused() throws IOException {
    zip(IMAGES);
    byte[] whole = Files.readAllBytes(folder.resolve(IMAGES + ".gz"));
    put(IMAGES + ".gz", Arrays.copyOf(whole, whole.length - 12));
    refused(IMAGES + ".gz: cut short: its compressed data stops early");
  }

  @Test
  void bytesAfterTheValuesAreRefused() throws IOException {
    byte[] whole = Files.readAllBytes(folder.resolve(IMAGES));
    put(IMAGES, Arrays.copyOf(whole, whole.length + 1));
    refused("more bytes after the values", "8 bytes");
  }

  @Test
  void aFileNamedGzMustBeGzip() throws IOException {
    Files.move(folder.resolve(IMAGES), folder.resolve(IMAGES + ".gz"));
    refused("not gzip data", "remove .gz from its name");
    put(IMAGES + ".gz", new byte[0]);
    refused("not gzip data");
  }

  @Test
  void damagedGzipIsRefused() throws IOException {
    zip(IMAGES);
    byte[] bytes = Files.readAllBytes(folder.resolve(IMAGES + ".gz"));
    bytes[bytes.length - 8] ^= 1; // The checksum in the trailer.
    put(IMAGES + ".gz", bytes);
    refused("damaged gzip data", "copy the file again");
    bytes[10] = (byte) 0xff; // The first block's type.
    put(IMAGES + ".gz", bytes);
    refused("damaged gzip data");
  }

  @Test
  void aWrongMagicNumberSaysWhatTheFileIs() throws IOException {
    put(IMAGES, Files.readAllBytes(folder.resolve(LABELS)));
    refused("0x00000801: this is a label file", "images (0x00000803 or 0x00000804)");
    put(IMAGES, idx(0x802, new int[] {1, 1}, 0));
    refused("0x00000802: this is an IDX file of rank 2");
    put(IMAGES, idx(0xd03, new int[] {1, 1, 1}, 0, 0, 0, 0));
    refused("0x00000d03: this may be an IDX file, but not one of unsigned bytes");
    zip(LABELS);
    put(IMAGES, Files.readAllBytes(folder.resolve(LABELS + ".gz")));
    refused("0x1f8b0800: this is gzip data; its name should end in .gz");
    put(IMAGES, "hello world!".getBytes());
    refused("0x68656c6c: this is not an IDX file");
    aSmallImageFileInPlaceOfLabels();
    refused("0x00000803: this is an image file", "labels (0x00000801)");
  }

  private void aSmallImageFileInPlaceOfLabels() throws IOException {
    Files.deleteIfExists(folder.resolve(LABELS + ".gz"));
    put(IMAGES, idx(0x803, new int[] {1, 1, 1}, 0));
    put(LABELS, idx(0x803, new int[] {1, 1, 1}, 0));
  }

  @Test
  void eachImageNeedsALabel() throws IOException {
    put(LABELS, idx(0x801, new int[] {3}, 0, 1, 2));
    refused(LABELS + ": 3 labels", "2, one for each image in " + IMAGES);
  }

  @Test
  void anEmptySetIsRefused() throws IOException {
    put(IMAGES, idx(0x803, new int[] {0, 2, 2}));
    refused(IMAGES + ": holds nothing");
  }

  @Test
  void absurdDimensionsAreRefusedBeforeMemoryIsTaken() throws IOException {
    put(IMAGES, idx(0x803, new int[] {1 << 16, 1 << 16, 1 << 16}));
    refused("dimensions 65536 x 65536 x 65536", "at most");
    put(IMAGES, idx(0x803, new int[] {2, 32768, 32768}));
    refused("dimensions 2 x 32768 x 32768", "at most");
    put(IMAGES, idx(0x803, new int[] {2, -1, 1}));
    refused("dimensions 2 x 4294967295 x 1");
    put(IMAGES, idx(0x803, new int[] {2, 0, 28}));
    refused("dimensions 2 x 0 x 28");
  }

  @Test
  void aHeaderThatPromisesTooMuchTakesNoMemory() throws IOException {
    put(IMAGES, idx(0x803, new int[] {2, 32767, 32767}, 1, 2, 3));
    refused("cut short: 3 bytes of values", "2147352578");
  }

  @Test
  void aTestLabelThatTrainingLacksIsRefused() throws IOException {
    put(TEST_LABELS, idx(0x801, new int[] {1}, 3));
    InputException refused =
        assertThrows(InputException.class, () -> IdxDataset.open(folder, Split.TEST));
    assertTrue(refused.getMessage().contains("a label 3"), refused.getMessage());
    assertTrue(refused.getMessage().contains("labels up to 2"), refused.getMessage());
  }

  @Test
  void filesAreCheckedAgainstTheListOfChecksums() throws IOException {
    String sums = sum(IMAGES, "  ") + sum(LABELS, " *");
    Files.writeString(folder.resolve("SHA256SUMS"), sums);
    assertEquals(2, IdxDataset.open(folder, Split.TRAIN).size());

    String needed = Checksums.sha256(folder.resolve(LABELS));
    put(LABELS, idx(0x801, new int[] {2}, 2, 0));
    String found = Checksums.sha256(folder.resolve(LABELS));
    refused(LABELS + ": its SHA-256 is " + found, needed, "or delete SHA256SUMS if the change");
  }

  @Test
  void aListOfChecksumsMustBeWholeAndWellFormed() throws IOException {
    Files.writeString(folder.resolve("SHA256SUMS"), sum(IMAGES, "  "));
    refused("SHA256SUMS: no line for " + LABELS);
    Files.writeString(folder.resolve("SHA256SUMS"), "\nabc  " + IMAGES + "\n");
    refused("SHA256SUMS:2: not a checksum");
  }

  private String sum(String name, String between) {
    return Checksums.sha256(folder.resolve(name)) + between + name + "\n";
  }

  private static float[] first(ImageSource source) {
    float[] image = new float[source.valuesPerImage()];
    source.copy(0, image, 0);
    return image;
  }

  private static byte[] idx(int magic, int[] dimensions, int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * dimensions.length + values.length);
    bytes.putInt(magic);
    Arrays.stream(dimensions).forEach(bytes::putInt);
    Arrays.stream(values).forEach(value -> bytes.put((byte) value));
    return bytes.array();
  }

  private void put(String name, byte[] bytes) throws IOException {
    Files.write(folder.resolve(name), bytes);
  }

  private void zip(String name) throws IOException {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
      out.write(Files.readAllBytes(folder.resolve(name)));
    }
    Files.delete(folder.resolve(name));
    put(name + ".gz", zipped.toByteArray());
  }

  private void refused(String... parts) {
    InputException refused =
        assertThrows(InputException.class, () -> IdxDataset.open(folder, Split.TRAIN));
    for (String part : parts) {
      assertTrue(refused.getMessage().contains(part), part + " in:\n" + refused.getMessage());
    }
  }
}

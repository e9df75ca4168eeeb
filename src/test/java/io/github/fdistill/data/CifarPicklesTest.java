package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Batches as Python and NumPy pickle them, their makers' in protocol 2 of Python 2, against the
 * same in binary form.
 */
class CifarPicklesTest {
  @TempDir Path folder;

  private static byte[] planes(int images) {
    byte[] planes = new byte[images * 3072];
    new Random(1).nextBytes(planes);
    return planes;
  }

  private static byte[] binary(int[] labels, byte[] planes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < labels.length; i++) {
      out.write(labels[i]);
      out.write(planes, i * 3072, 3072);
    }
    return out.toByteArray();
  }

  @Test
  void theyHoldWhatTheBinaryBatchesHold() throws IOException {
    int[] labels = {3, 9, 0, 4, 3};
    byte[] planes = planes(5);
    List<String> names = IntStream.range(0, 10).mapToObj(i -> "class " + i).toList();
    Path pickles = Files.createDirectories(folder.resolve("cifar-10-batches-py"));
    Files.write(pickles.resolve("data_batch_1"), MadePickles.batch("labels", labels, planes, "u1"));
    Files.write(
        pickles.resolve("test_batch"), MadePickles.batch("labels", new int[] {1}, planes(1), "u1"));
    Files.write(pickles.resolve("batches.meta"), MadePickles.names("label_names", names));
    Path plain = Files.createDirectories(folder.resolve("bin"));
    Files.write(plain.resolve("data_batch_1.bin"), binary(labels, planes));

    ImageSource found = ImageSources.open(pickles, Split.TRAIN);
    ImageSource expected = ImageSources.open(plain, Split.TRAIN);
    assertEquals(expected.size(), found.size());
    assertEquals(names, found.classNames());
    for (int i = 0; i < 5; i++) {
      assertEquals(labels[i], found.label(i));
      float[] a = new float[3072];
      float[] b = new float[3072];
      expected.copy(i, a, 0);
      found.copy(i, b, 0);
      assertArrayEquals(a, b);
    }
    assertEquals(1, ImageSources.open(pickles, Split.TEST).size());
    assertTrue(ImageSources.hasParts(pickles));
  }

  /** Keys and names that are byte strings, labels that are an array or NumPy's own numbers. */
  @Test
  void theyMayBeOfPython3() throws IOException {
    byte[] planes = planes(2);
    byte[] labels = {3, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0};
    MadePickles.Pickle names = new MadePickles.Pickle().op(0x80, 3, "}", "(", "C", 11);
    names.op("label_names", "]", "(");
    IntStream.range(0, 10).forEach(i -> names.op("C", 2, "c" + i));
    Files.write(folder.resolve("batches.meta"), names.op("e", "u").end());
    MadePickles.Pickle two = new MadePickles.Pickle().op(0x80, 2, "}", "(");
    two.encoded("data").reconstructed("u1", 2, 3072).encoded(planes).op("t", "b");
    two.encoded("labels").reconstructed("i8", 2).encoded(labels).op("t", "b", "u");
    MadePickles.Pickle five = new MadePickles.Pickle().op(0x80, 5, "}", "(").str("data");
    five.op("cnumpy._core.numeric\n_frombuffer\n", "(", 0x96).long4(6144).long4(0).bytes(planes);
    five.dtype("u1", "|").shape(2, 3072).str("C").op("t", "R").str("labels").op("]", "(");
    for (int i = 0; i < 2; i++) {
      five.op("cnumpy._core.multiarray\nscalar\n").dtype("i8", "<").op("C", 8);
      five.bytes(Arrays.copyOfRange(labels, 8 * i, 8 * i + 8)).op(0x86, "R");
    }
    byte[] known = binary(new int[] {3, 9}, planes);
    NamedFiles files = FolderFiles.of(folder);
    for (byte[] pickle : List.of(two.end(), five.op("e", "u").end())) {
      Files.write(folder.resolve("data_batch_1"), pickle);
      assertArrayEquals(known, CifarPickles.TEN.batch(files, "data_batch_1"));
      assertEquals("c9", ImageSources.open(folder, Split.TRAIN).classNames().get(9));
    }
    MadePickles.Pickle big = new MadePickles.Pickle().op(0x80, 2, "}", "(").str("data");
    big.array(1, planes(1), "u1").str("labels");
    big.reconstructed("i8", 2).str("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0").op("t", "b", "u");
    Files.write(folder.resolve("data_batch_1"), big.end());
    refused("labels of another kind or shape", "labels, a whole number for each of 1");
  }

  @Test
  void cifar100HasItsFineLabels() throws IOException {
    List<String> names = IntStream.range(0, 100).mapToObj(i -> "fine " + i).toList();
    Files.write(
        folder.resolve("train"),
        MadePickles.batch("fine_labels", new int[] {99, 7}, planes(2), "u1"));
    Files.write(folder.resolve("meta"), MadePickles.names("fine_label_names", names));
    ImageSource found = ImageSources.open(folder, Split.TRAIN);
    assertEquals(100, found.classes());
    assertEquals(99, found.label(0));
    assertEquals("fine 7", found.classNames().get(7));
  }

  /** A copy would give every image twice, and of pictures no file of such a name makes batches. */
  @Test
  void batchesLieInOneFolderWithoutPictures() throws IOException {
    byte[] batch = binary(new int[] {3}, planes(1));
    Path first = Files.createDirectories(folder.resolve("a")).resolve("data_batch_1.bin");
    Files.write(first, batch);
    assertEquals(1, ImageSources.open(folder, Split.TRAIN).size());
    assertFalse(ImageSources.hasParts(folder));
    Refusals.refused(() -> ImageSources.open(folder, Split.TEST), ": no file test_batch.bin");
    Path copy = Files.createDirectories(folder.resolve("b")).resolve("test_batch.bin");
    Files.write(copy, batch);
    refused("a folder that holds a/, b/");
    Files.move(copy, first.resolveSibling("test_batch.bin"));
    assertTrue(ImageSources.hasParts(folder));
    Files.write(folder.resolve("train"), new byte[1]);
    Files.write(folder.resolve("meta"), new byte[1]);
    PngFile.write(folder.resolve("a.png"), new Images(new float[1], 1, 1, 1), 0);
    refused("batches of CIFAR and pictures", "move one of them elsewhere");
  }

  @Test
  void whatIsNoBatchIsRefused() throws IOException {
    Path file = folder.resolve("data_batch_1");
    Files.write(folder.resolve("batches.meta"), MadePickles.names("label_names", List.of()));
    Files.write(file, MadePickles.batch("labels", new int[] {3}, planes(1), "f4"));
    refused(
        "data_batch_1", "data of another kind or shape", "data, an array of uint8", "protocol 4");
    Files.write(file, MadePickles.batch("labels", new int[] {3, 3}, planes(1), "u1"));
    refused("data_batch_1", "data of another kind or shape");
    Files.write(file, MadePickles.batch("coarse", new int[] {3}, planes(1), "u1"));
    refused("data_batch_1", "a pickle without labels");
    Files.write(file, MadePickles.batch("labels", new int[] {10}, planes(1), "u1"));
    refused("data_batch_1", "labels from 0 to 9");
    Files.write(
        file, new MadePickles.Pickle().op(0x80, 2, "cos\nsystem\n").str("ls").op(0x85, "R").end());
    refused("data_batch_1", "os.system", "nothing was called");
    Files.write(file, new MadePickles.Pickle().op(0x80, 4, "]", "]", 0x93).end());
    refused("data_batch_1", "PickleList in the place of a name");
    Files.write(file, new MadePickles.Pickle().op(0x80, 2, "X").long4((1 << 26) + 1).end());
    refused("more than 67108864 bytes of text", "as text up to protocol 2", "anew in protocol 4");
    byte[] whole = MadePickles.batch("labels", new int[] {3}, planes(1), "u1");
    Files.write(file, Arrays.copyOf(whole, 1000));
    refused("data_batch_1", "a pickle that is whole");
  }

  private void refused(String... parts) {
    Refusals.refused(() -> ImageSources.open(folder, Split.TRAIN), parts);
  }
}

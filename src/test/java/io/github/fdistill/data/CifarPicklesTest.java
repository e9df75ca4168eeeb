package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches as Python 2 and NumPy pickled them, protocol 2, against the same in binary form. */
class CifarPicklesTest {
  @TempDir Path folder;

  /** Opcodes one after another: numbers are bytes, texts are themselves. */
  private static final class Pickle {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Pickle op(Object... parts) {
      for (Object part : parts) {
        if (part instanceof Integer number) {
          bytes.write(number);
        } else {
          bytes.writeBytes(part.toString().getBytes(StandardCharsets.ISO_8859_1));
        }
      }
      return this;
    }

    /** A str of Python 2. */
    Pickle str(String text) {
      return op("U", text.length(), text);
    }

    Pickle long4(int value) {
      return op(value & 255, value >> 8 & 255, value >> 16 & 255, value >>> 24);
    }

    Pickle array(int rows, byte[] values, String type) {
      op("cnumpy.core.multiarray\n_reconstruct\n", "cnumpy\nndarray\n", "K", 0, 0x85);
      str("b").op(0x87, "R", "(", "K", 1, "J").long4(rows).op("J").long4(3072).op(0x86);
      op("cnumpy\ndtype\n").str(type).op("K", 0, "K", 1, 0x87, "R", "(", "K", 3);
      str("|").op("N", "N", "N", "J").long4(-1).op("J").long4(-1).op("K", 0, "t", "b");
      op(0x89, "T").long4(values.length);
      bytes.writeBytes(values);
      return op("t", "b");
    }

    byte[] end() {
      return op(".").bytes.toByteArray();
    }
  }

  private static byte[] batch(String labelsName, int[] labels, byte[] planes, String type) {
    Pickle pickle = new Pickle().op(0x80, 2, "}", "(");
    pickle.str("data").array(labels.length, planes, type).str(labelsName).op("]", "(");
    for (int label : labels) {
      pickle.op("K", label);
    }
    return pickle.op("e").str("batch_label").str("training batch 1 of 5").op("u").end();
  }

  private static byte[] names(String key, List<String> names) {
    Pickle pickle = new Pickle().op(0x80, 2, "}", "(").str(key).op("]", "(");
    names.forEach(pickle::str);
    return pickle.op("e", "u").end();
  }

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
    Files.write(pickles.resolve("data_batch_1"), batch("labels", labels, planes, "u1"));
    Files.write(pickles.resolve("test_batch"), batch("labels", new int[] {1}, planes(1), "u1"));
    Files.write(pickles.resolve("batches.meta"), names("label_names", names));
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

  @Test
  void cifar100HasItsFineLabels() throws IOException {
    List<String> names = IntStream.range(0, 100).mapToObj(i -> "fine " + i).toList();
    Files.write(folder.resolve("train"), batch("fine_labels", new int[] {99, 7}, planes(2), "u1"));
    Files.write(folder.resolve("meta"), names("fine_label_names", names));
    ImageSource found = ImageSources.open(folder, Split.TRAIN);
    assertEquals(100, found.classes());
    assertEquals(99, found.label(0));
    assertEquals("fine 7", found.classNames().get(7));
  }

  @Test
  void whatIsNoBatchIsRefused() throws IOException {
    Path file = folder.resolve("data_batch_1");
    Files.write(folder.resolve("batches.meta"), names("label_names", List.of()));
    Files.write(file, batch("labels", new int[] {3}, planes(1), "f4"));
    refused("data_batch_1", "a pickle without data");
    Files.write(file, batch("labels", new int[] {3, 3}, planes(1), "u1"));
    refused("data_batch_1", "a pickle without data");
    Files.write(file, batch("labels", new int[] {10}, planes(1), "u1"));
    refused("data_batch_1", "labels from 0 to 9");
    Files.write(file, new Pickle().op(0x80, 2, "cos\nsystem\n").str("ls").op(0x85, "R").end());
    refused("data_batch_1", "os.system", "nothing was called");
    byte[] whole = batch("labels", new int[] {3}, planes(1), "u1");
    Files.write(file, java.util.Arrays.copyOf(whole, 1000));
    refused("data_batch_1", "a pickle that is whole");
  }

  private void refused(String... parts) {
    Refusals.refused(() -> ImageSources.open(folder, Split.TRAIN), parts);
  }
}

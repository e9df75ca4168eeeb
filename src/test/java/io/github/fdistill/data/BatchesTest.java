package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchesTest {
  /** Image i of 100 holds the bytes i and i + 100, and has the label i. */
  private static final ImageSource SOURCE = numbered(100);

  @Test
  void batchNIsAFunctionOfSeedAndNAlone() {
    Batches batches = new Batches(SOURCE, 8, 3);
    Batch once = batches.at(5);
    batches.at(70);
    for (Batches other : new Batches[] {batches, new Batches(numbered(100), 8, 3)}) {
      assertArrayEquals(once.images(), other.at(5).images());
      assertArrayEquals(labels(once), labels(other.at(5)));
    }
  }

  @Test
  void seedsAndBatchesDiffer() {
    int[] labels = labels(new Batches(SOURCE, 50, 3).at(0));
    assertFalse(Arrays.equals(labels, labels(new Batches(SOURCE, 50, 4).at(0))));
    assertFalse(Arrays.equals(labels, labels(new Batches(SOURCE, 50, 3).at(2))));
  }

  @Test
  void imagesComeWithTheirLabels() {
    Batch batch = new Batches(SOURCE, 8, 3).at(4);
    assertEquals(8, batch.conditions().count());
    for (int i = 0; i < batch.conditions().count(); i++) {
      int label = labels(batch)[i];
      assertEquals(label / 127.5f - 1, batch.images()[2 * i]);
      assertEquals((label + 100) / 127.5f - 1, batch.images()[2 * i + 1]);
    }
  }

  /** Batches of 8 do not divide 100 images: 25 of them are two epochs, and the 13th is in both. */
  @Test
  void everyImageComesOnceAnEpochHoweverItIsCut() {
    Batches batches = new Batches(SOURCE, 8, 3);
    int[] stream =
        IntStream.range(0, 25).flatMap(n -> IntStream.of(labels(batches.at(n)))).toArray();
    int[] all = IntStream.range(0, 100).toArray();
    for (int epoch = 0; epoch < 2; epoch++) {
      int[] labels = Arrays.copyOfRange(stream, 100 * epoch, 100 * (epoch + 1));
      Arrays.sort(labels);
      assertArrayEquals(all, labels);
    }
    assertArrayEquals(stream, labels(new Batches(SOURCE, 200, 3).at(0)), "the same stream");
  }

  @Test
  void impossibleArgumentsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Batches(SOURCE, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> new Batches(SOURCE, 1, 1).at(-1));
  }

  private static ImageSource numbered(int size) {
    int[] labels = new int[size];
    byte[] pixels = new byte[2 * size];
    for (int i = 0; i < size; i++) {
      labels[i] = i;
      pixels[2 * i] = (byte) i;
      pixels[2 * i + 1] = (byte) (i + 100);
    }
    return new ByteImages(1, 2, 1, size, pixels, labels, "", List.of());
  }

  private static int[] labels(Batch batch) {
    return batch.conditions().labels().orElseThrow();
  }
}

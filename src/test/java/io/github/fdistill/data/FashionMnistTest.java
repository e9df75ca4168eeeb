package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The dataset in this repository is the published one. */
class FashionMnistTest {
  private static final Path FOLDER = Path.of("datasets", "fashion-mnist");

  @Test
  void everyClassHasSixThousandTrainingAndOneThousandTestImages() {
    ImageSource train = IdxDataset.open(FOLDER, Split.TRAIN);
    ImageSource test = IdxDataset.open(FOLDER, Split.TEST);
    assertArrayEquals(new long[] {60_000, 10_000}, new long[] {train.size(), test.size()});
    for (ImageSource source : new ImageSource[] {train, test}) {
      assertArrayEquals(
          new int[] {28, 28, 1, 10},
          new int[] {source.height(), source.width(), source.channels(), source.classes()});
      long[] images = new long[source.classes()];
      for (long i = 0; i < source.size(); i++) {
        images[source.label(i)]++;
      }
      for (long ofClass : images) {
        assertEquals(source.size() / 10, ofClass);
      }
    }
    assertNotEquals(train.fingerprint(), test.fingerprint());
  }

  @Test
  void pixelsHaveThePublishedMeanAndDeviation() {
    ImageSource train = IdxDataset.open(FOLDER, Split.TRAIN);
    float[] image = new float[train.valuesPerImage()];
    double sum = 0;
    double squares = 0;
    for (long i = 0; i < train.size(); i++) {
      train.copy(i, image, 0);
      for (float value : image) {
        assertTrue(value >= -1 && value <= 1);
        double unit = (value + 1) / 2;
        sum += unit;
        squares += unit * unit;
      }
    }
    double n = (double) train.size() * image.length;
    assertEquals(0.2860, sum / n, 5e-5);
    assertEquals(0.3530, Math.sqrt(squares / n - Math.pow(sum / n, 2)), 5e-5);
  }
}

package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.EagerSession;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.image.ScaleAndTranslate;
import org.tensorflow.types.TFloat32;

class ResizedTest {
  private static final Path PICTURES = Path.of("src/test/resources/pictures");
  private static final float ROUNDING = 1e-6f;

  @TempDir Path folder;

  /** make_pictures.py beside the pictures made the record. */
  @ParameterizedTest
  @CsvSource({"3, 4", "20, 31", "4, 30", "7, 5"})
  void aSizeIsThatOfPillow(int height, int width) {
    String record = "resized-" + height + "x" + width + ".npy";
    float[] expected = first(NpyImages.open(PICTURES.resolve(record)));
    ImageSource colour = NpyImages.open(PICTURES.resolve("colour.npy"));
    assertArrayEquals(expected, first(Resized.of(colour, height, width, 3)), ROUNDING);
  }

  @ParameterizedTest
  @CsvSource({"28, 32", "64, 28", "28, 299", "17, 5"})
  void aSizeIsThatOfTensorFlow(int from, int to) {
    float[] values = new float[from * from];
    Random random = new Random(from);
    for (int i = 0; i < values.length; i++) {
      values[i] = 2 * random.nextFloat() - 1;
    }
    float[] resized = first(Resized.of(images(from, from, 1, values), to, to, 1));
    // TensorFlow's own weights are rounded more often than ours.
    assertArrayEquals(scaleAndTranslate(values, from, to), resized, 2e-5f);
  }

  @Test
  void imagesOfTheSizeAskedForAreTheSourceItself() {
    ImageSource source = images(1, 2, 1, -1, 0.5f);
    assertSame(source, Resized.of(source, 1, 2, 1));
    ImageSource points = images(1, 1, 2, -1, 0.5f);
    assertSame(points, Resized.of(points, 1, 1, 2));
  }

  @Test
  void greyIsRepeated() {
    ImageSource colour = Resized.of(images(1, 2, 1, -1, 0.5f), 1, 2, 3);
    assertEquals(3, colour.channels());
    assertArrayEquals(new float[] {-1, -1, -1, 0.5f, 0.5f, 0.5f}, first(colour));
  }

  @Test
  void colourIsWeighedAsTheEyeDoes() {
    ImageSource grey = Resized.of(images(1, 4, 3, 1, 0, 0, 0, 1, 0, 0, 0, 1, -1, -1, -1), 1, 4, 1);
    assertEquals(1, grey.channels());
    assertArrayEquals(new float[] {0.299f, 0.587f, 0.114f, -1}, first(grey), ROUNDING);
  }

  @Test
  void aSizeAndAKindMayChangeAtOnce() {
    ImageSource colour = NpyImages.open(PICTURES.resolve("colour.npy"));
    float[] apart = first(Resized.of(Resized.of(colour, 3, 4, 3), 3, 4, 1));
    ImageSource atOnce = Resized.of(colour, 3, 4, 1);
    assertArrayEquals(apart, first(atOnce), ROUNDING);
    float[] back = first(Resized.of(atOnce, 7, 9, 3));
    assertArrayEquals(first(Resized.of(Resized.of(atOnce, 7, 9, 1), 7, 9, 3)), back);
  }

  @Test
  void anImageGoesToItsPlaceInTheBatch() {
    NpyFile.writeFloat32(
        folder.resolve("a.npy"), new long[] {2, 1, 1, 1}, new float[] {-0.5f, 0.5f});
    ImageSource wide = Resized.of(NpyImages.open(folder.resolve("a.npy")), 1, 2, 1);
    assertEquals(2, wide.size());
    float[] into = new float[4];
    wide.copy(1, into, 1);
    assertArrayEquals(new float[] {0, 0.5f, 0.5f, 0}, into, ROUNDING);
  }

  @Test
  void labelsAreThoseOfTheSourceAndTheFingerprintHasTheSize() {
    Images white = new Images(new float[] {1}, 1, 1, 1);
    PngFile.write(folder.resolve("class-4-seed-0.png"), white, 0);
    ImageSource source = ImageFolder.open(folder);
    ImageSource resized = Resized.of(source, 2, 3, 1);
    assertEquals(5, resized.classes());
    assertEquals(4, resized.label(0));
    assertNotEquals(source.fingerprint(), resized.fingerprint());
    assertNotEquals(resized.fingerprint(), Resized.of(source, 3, 2, 1).fingerprint());
    assertEquals(resized.fingerprint(), Resized.of(source, 2, 3, 1).fingerprint());
  }

  @Test
  void onlyGreyAndColourBecomeOneAnother() {
    ImageSource points = images(1, 1, 2, -1, 0.5f);
    Refusals.refused(
        () -> Resized.of(points, 1, 1, 3), "images of 1x1x2: 2 channels", "only grey (1) and");
    assertThrows(IllegalArgumentException.class, () -> Resized.of(points, 0, 1, 2));
  }

  private static float[] scaleAndTranslate(float[] values, int from, int to) {
    try (EagerSession eager = EagerSession.create();
        TFloat32 image = TFloat32.tensorOf(Shape.of(1, from, from, 1), DataBuffers.of(values))) {
      Ops tf = Ops.create(eager);
      float scale = (float) to / from;
      TFloat32 scaled =
          tf.image
              .scaleAndTranslate(
                  tf.constantOf(image),
                  tf.constant(new int[] {to, to}),
                  tf.constant(new float[] {scale, scale}),
                  tf.constant(new float[] {0, 0}),
                  ScaleAndTranslate.kernelType("triangle").antialias(true))
              .asTensor();
      float[] result = new float[to * to];
      scaled.copyTo(DataBuffers.of(result));
      return result;
    }
  }

  private ImageSource images(int height, int width, int channels, float... values) {
    Path npy = folder.resolve("images.npy");
    NpyFile.writeFloat32(npy, new long[] {1, height, width, channels}, values);
    return NpyImages.open(npy);
  }

  private static float[] first(ImageSource source) {
    float[] image = new float[source.valuesPerImage()];
    source.copy(0, image, 0);
    return image;
  }
}

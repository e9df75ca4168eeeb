package io.github.fdistill.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class NoiseImagesTest {
  private static final NoiseImages IMAGES = new NoiseImages(16, 16, 3, 7);

  private static float[] image(long index) {
    float[] image = new float[IMAGES.valuesPerImage()];
    IMAGES.copy(index, image, 0);
    return image;
  }

  @Test
  void anImageIsAFunctionOfItsIndex() {
    assertArrayEquals(image(5), image(5));
    assertFalse(Arrays.equals(image(5), image(6)));
    float[] two = new float[2 * IMAGES.valuesPerImage()];
    IMAGES.copy(5, two, IMAGES.valuesPerImage());
    assertArrayEquals(
        image(5), Arrays.copyOfRange(two, IMAGES.valuesPerImage(), two.length), "where it is told");
    assertEquals(0f, two[0], "and nowhere else");
  }

  @Test
  void itsValuesAreThoseOfBytes() {
    for (float value : image(3)) {
      float level = (value + 1) * 127.5f;
      assertEquals(Math.round(level), level, 1e-3);
      assertTrue(value >= -1 && value <= 1);
    }
  }

  @Test
  void otherImagesHaveAnotherFingerprint() {
    assertEquals(IMAGES.fingerprint(), new NoiseImages(16, 16, 3, 7).fingerprint());
    assertNotEquals(IMAGES.fingerprint(), new NoiseImages(16, 16, 3, 8).fingerprint());
    assertNotEquals(IMAGES.fingerprint(), new NoiseImages(16, 17, 3, 7).fingerprint());
  }
}

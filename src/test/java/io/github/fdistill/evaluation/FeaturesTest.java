package io.github.fdistill.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeaturesTest {
  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -1e20f})
  void whatIsNoUsableNumberIsRefusedWithItsPlace(float value) {
    float[] values = {1, 2, 3, 4, 5, value};
    InputException refused =
        assertThrows(InputException.class, () -> new Features("samples.npy", 2, values));
    assertTrue(refused.getMessage().startsWith("samples.npy: feature 1 of image 2 is " + value));
  }

  @Test
  void distancesAreTakenInFloat64() {
    Features a = new Features("a", 2, new float[] {0, 0, 1e8f, 3});
    Features b = new Features("b", 2, new float[] {1e8f, 4});
    assertEquals(1e16 + 16, a.squaredDistance(0, b, 0));
    assertEquals(1, a.squaredDistance(1, b, 0));
  }
}

package io.github.fdistill.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.tensors.NumberType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EncodedFormTest {
  /** What is read of a number that was written. */
  private static float kept(EncodedForm form, float value) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * form.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    form.put(7, bytes);
    form.put(value, bytes);
    float[] into = new float[3];
    form.get(bytes.position(form.bytes()), 1, into, 2);
    return into[2];
  }

  @Test
  void everyHalfIsItself() {
    for (int bits = 0; bits < 0x10000; bits++) {
      float value = NumberType.ofHalf(bits);
      if (Float.isFinite(value)) {
        assertEquals(value, kept(EncodedForm.FLOAT16, value));
      }
    }
  }

  /** Between two neighbours the nearer is taken, half-way the one whose bits are even. */
  @Test
  void whatLiesBetweenTwoHalvesBecomesTheNearer() {
    Random random = new Random(3);
    for (int bits = 0; bits < 0x7bff; bits++) {
      float low = NumberType.ofHalf(bits);
      float high = NumberType.ofHalf(bits + 1);
      float middle = (low + high) / 2;
      float even = bits % 2 == 0 ? low : high;
      assertEquals(even, kept(EncodedForm.FLOAT16, middle));
      assertEquals(low, kept(EncodedForm.FLOAT16, Math.nextDown(middle)));
      assertEquals(-high, kept(EncodedForm.FLOAT16, -Math.nextUp(middle)));
      float any = low + random.nextFloat() * (high - low);
      assertTrue(Math.abs(kept(EncodedForm.FLOAT16, any) - any) <= (high - low) / 2);
    }
  }

  @Test
  void whatIsLargerThanAnyHalfIsRefused() {
    assertEquals(65504, kept(EncodedForm.FLOAT16, Math.nextDown(65520f)));
    for (float value : new float[] {65520, -1e6f, Float.NaN}) {
      assertThrows(InputException.class, () -> kept(EncodedForm.FLOAT16, value));
      assertEquals(value, kept(EncodedForm.FLOAT32, value));
    }
  }
}

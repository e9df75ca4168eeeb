package io.github.fdistill.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.Noise;
import io.github.fdistill.expr.TestGraph;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.types.TInt32;

class HalvesTest {

  private static float[] heldAndRead(float[] numbers) {
    try (TestGraph g = new TestGraph()) {
      Operand<TInt32> chance =
          new Noise(1, g.tf.constant(7L)).bits(g.tf, "rounding", numbers.length);
      Expr held = Halves.hold(g.tf, Expr.of(g.tf, g.tf.constant(numbers)), chance);
      assertEquals(numbers.length / 2, g.value(held).length, "two in the place of one");
      return g.value(Halves.read(g.tf, held));
    }
  }

  @Test
  void whatBfloat16HasStaysAsItIs() {
    float[] numbers = {0, -0f, 1, -2, 0.5f, 1.0078125f, -3e38f, 0x1p-126f, 0x1p-133f, 1.5e-20f};
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = Float.intBitsToFloat(Float.floatToRawIntBits(numbers[i]) & 0xFFFF0000);
    }
    assertArrayEquals(numbers, heldAndRead(numbers));
  }

  /** One of the two neighbours, each as often as it takes to be the number in the mean. */
  @ParameterizedTest
  @ValueSource(floats = {1.001f, -1.001f, 3.3333e-7f, -123456, 255.9f})
  void whatItHasNotIsItselfInTheMean(float number) {
    int count = 1 << 16;
    float[] many = new float[count];
    Arrays.fill(many, number);
    float[] found = heldAndRead(many);

    float below = Float.intBitsToFloat(Float.floatToRawIntBits(number) & 0xFFFF0000);
    float above = Float.intBitsToFloat((Float.floatToRawIntBits(number) & 0xFFFF0000) + 0x10000);
    double sum = 0;
    for (float each : found) {
      assertTrue(each == below || each == above, each + " is " + below + " or " + above);
      sum += each;
    }
    double deviation = Math.abs(above - below) / 2 / Math.sqrt(count);
    assertEquals(number, sum / count, 4 * deviation);
  }
}

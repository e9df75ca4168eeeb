package io.github.fdistill.serving;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.condition.Conditioning;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;

class ExpectedTest {

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.NEGATIVE_INFINITY})
  void aStudentThatDivergedIsNotExported(float value) {
    float[] samples = {0.5f, value};
    Expected expected =
        new Expected(
            new long[] {1},
            Conditioning.NONE,
            ConditionRows.none(1),
            Shape.of(1, 2, 1),
            samples,
            1);
    String message =
        assertThrows(InputException.class, () -> expected.check(null, Path.of("nowhere")))
            .getMessage();
    assertTrue(message.contains("diverged") && message.contains("" + value), message);
  }
}

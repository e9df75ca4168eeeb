package io.github.fdistill.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.device.Sessions;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** The teacher that comes with the program, loaded by TensorFlow alone, as others load it. */
class BundledTeacherTest {
  private static Shape denoised(SavedModelBundle teacher, int... labels) {
    int rows = labels.length;
    try (Tensor x = TFloat32.tensorOf(Shape.of(rows, 28, 28, 1));
        Tensor sigma = TFloat32.tensorOf(Shape.of(rows), DataBuffers.of(new float[rows]));
        Tensor label = TInt32.tensorOf(Shape.of(rows), DataBuffers.of(labels));
        Result result =
            teacher.function("denoise").call(Map.of("x", x, "sigma", sigma, "label", label))) {
      return result.get(0).shape();
    }
  }

  @Test
  void itRefusesLabelsOutOfRangeAndTakesNoRows() {
    try (SavedModelBundle teacher = Sessions.load(Path.of("savedmodels/fashion-mnist-teacher/1"))) {
      for (int label : new int[] {11, -1, Integer.MAX_VALUE}) {
        String said =
            assertThrows(TFInvalidArgumentException.class, () -> denoised(teacher, 0, label))
                .getMessage();
        assertTrue(said.contains("expected 0 to 9, or 10 for no class"), said);
      }
      assertEquals(2, denoised(teacher, 9, 10).get(0));
      assertEquals(0, denoised(teacher).get(0));
    }
  }
}

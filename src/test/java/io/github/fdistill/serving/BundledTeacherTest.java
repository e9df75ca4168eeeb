package io.github.fdistill.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.network.ModelTokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** The teachers that come with the program, loaded by TensorFlow alone, as others load them. */
class BundledTeacherTest {
  /** Of an image of 32x32 in colour. */
  private static final int VALUES = 32 * 32 * 3;

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

  /** Red minus blue, the mean over an image of what is expected of each text alone. */
  private static float[] redness(Path teacher, List<String> texts) {
    ConditionRows.Ints tokens =
        (ConditionRows.Ints)
            ModelTokenizer.all(teacher).orElseThrow().tell(texts).rows().columns().get("tokens");
    int rows = texts.size();
    float[] sigmas = new float[rows];
    Arrays.fill(sigmas, 80);
    float[] redness = new float[rows];
    try (SavedModelBundle model = Sessions.load(teacher);
        Tensor x =
            TFloat32.tensorOf(Shape.of(rows, 32, 32, 3), DataBuffers.of(new float[rows * VALUES]));
        Tensor sigma = TFloat32.tensorOf(Shape.of(rows), DataBuffers.of(sigmas));
        Tensor told =
            TInt32.tensorOf(Shape.of(rows, tokens.each().get(0)), DataBuffers.of(tokens.values()));
        Result result =
            model.function("denoise").call(Map.of("x", x, "sigma", sigma, "tokens", told))) {
      FloatDataBuffer all = result.get("denoised").orElseThrow().asRawTensor().data().asFloats();
      for (long i = 0; i < all.size(); i++) {
        int sign = i % 3 == 0 ? 1 : i % 3 == 2 ? -1 : 0;
        redness[(int) (i / VALUES)] += sign * all.getFloat(i) / (VALUES / 3);
      }
      return redness;
    }
  }

  @Test
  void theTeacherOfTextsFollowsThem() {
    List<String> texts = List.of("red heart, noto style", "blue heart, noto style");
    float[] redness = redness(Path.of("savedmodels/emoji-teacher/1"), texts);
    assertTrue(redness[0] > 0.1 && redness[1] < -0.1, Arrays.toString(redness));
  }
}

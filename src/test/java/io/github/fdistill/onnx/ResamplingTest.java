package io.github.fdistill.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResamplingTest {
  /** Which pixel ONNX Runtime 1.32 takes, where it hangs on the last bit of a place in float32. */
  @ParameterizedTest
  @CsvSource({
    "asymmetric, floor, 14, 18, 9, 7",
    "asymmetric, floor, 28, 36, 18, 14",
    "asymmetric, floor, 14, 36, 18, 7",
    "asymmetric, round_prefer_floor, 7, 76, 38, 3",
    "asymmetric, round_prefer_ceil, 7, 4, 2, 4",
    "half_pixel, round_prefer_floor, 14, 19, 9, 6",
    "half_pixel, round_prefer_ceil, 28, 1, 0, 14",
    "tf_half_pixel_for_nn, floor, 4, 3, 1, 2"
  })
  void theNearestPixelIsThatOfOnnxRuntime(
      String places, String nearest, int from, int to, int pixel, int expected) {
    Map<String, Attribute> attributes =
        Map.of("coordinate_transformation_mode", text(places), "nearest_mode", text(nearest));
    OnnxNode node = new OnnxNode("r", "Resize", "", List.of("x"), List.of("y"), attributes);
    Call call = new Call("network.onnx", 17, node, List.of(), false, null);
    double[] row = new Resampling(from, to, (double) to / from).weights(call)[pixel];
    assertEquals(1, row[expected], 0);
  }

  private static Attribute text(String value) {
    return new Attribute("", 0, 0, value, new long[0], new double[0], null);
  }
}

package io.github.fdistill.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
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
    double[] row = weights(attributes, from, to)[pixel];
    assertEquals(1, row[expected], 0);
  }

  /**
   * ONNX Runtime 1.32's weights of eight pixels for the first of four. Those beyond the edge are
   * the edge's, or left out, whether the kernel is made wider or not.
   */
  @ParameterizedTest
  @CsvSource({
    "linear, 0, 0.5 0.375 0.125",
    "linear, 1, 0.428571 0.428571 0.142857",
    "cubic, 0, 0.5 0.439453 0.130859 -0.052734 -0.017578",
    "cubic, 1, 0.467775 0.467775 0.139293 -0.056133 -0.018711"
  })
  void aSmoothEdgeIsThatOfOnnxRuntime(String mode, int exclude, String expected) {
    Map<String, Attribute> attributes =
        Map.of("mode", text(mode), "antialias", flag(1), "exclude_outside", flag(exclude));
    double[] row = weights(attributes, 8, 4)[0];
    double[] wanted = Arrays.stream(expected.split(" ")).mapToDouble(Double::parseDouble).toArray();
    assertArrayEquals(Arrays.copyOf(wanted, 8), row, 1e-6);
  }

  private static double[][] weights(Map<String, Attribute> attributes, int from, int to) {
    OnnxNode node = new OnnxNode("r", "Resize", "", List.of("x"), List.of("y"), attributes);
    Call call = new Call("network.onnx", 18, node, List.of(), false, null);
    return new Resampling(from, to, (double) to / from).weights(call);
  }

  private static Attribute flag(long value) {
    return new Attribute("", value, 0, null, new long[0], new double[0], null);
  }

  private static Attribute text(String value) {
    return new Attribute("", 0, 0, value, new long[0], new double[0], null);
  }
}

package io.github.fdistill.onnx;

import static io.github.fdistill.OnnxBytes.attribute;
import static io.github.fdistill.OnnxBytes.model;
import static io.github.fdistill.OnnxBytes.node;
import static io.github.fdistill.OnnxBytes.numbers;
import static io.github.fdistill.OnnxBytes.tensor;
import static io.github.fdistill.OnnxBytes.weights;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.OnnxBytes;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
import io.github.fdistill.graph.NetworkFunction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.types.TFloat32;

/** Windows that move over images and lines: of convolutions and of pools. */
class WindowTest {
  @TempDir Path scratch;

  /** Whoever asks for SAME instead of counting pixels gets the padding counted on all sides. */
  @ParameterizedTest
  @ValueSource(strings = {"SAME_UPPER", "SAME_LOWER"})
  void aMeanMayCountPaddingThatIsNotSaid(String auto) throws IOException {
    OnnxBytes pool =
        node("AveragePool", "y", "x")
            .part(5, numbers("kernel_shape", 3, 3))
            .part(5, new OnnxBytes().text(1, "auto_pad").text(4, auto).number(20, 3))
            .part(5, new OnnxBytes().text(1, "count_include_pad").number(3, 1).number(20, 2));
    OnnxBytes graph =
        new OnnxBytes().part(1, pool).part(11, tensor("x", 1, 3, 3)).part(12, tensor("y", 1, 3, 3));
    Path file = scratch.resolve("pool.onnx");
    Files.write(file, model(17, graph));
    NetworkFunction function = OnnxNetwork.read(file, Map.of()).function();
    try (TestGraph g = new TestGraph()) {
      Expr ones = g.constant(9, 9, 9, 9, 9, 9, 9, 9, 9).reshape(1, 1, 3, 3);
      float[] y =
          g.value(
              function
                  .call(g.tf, "pool", Map.of("x", ones), Map.of())
                  .get("y")
                  .expect(TFloat32.class));
      assertArrayEquals(new float[] {4, 6, 4, 6, 9, 6, 4, 6, 4}, y, 1e-5f);
    }
  }

  /**
   * Two channels of 5 x 6 pixels, two kernels of 3 x 2 each, against a sum in loops. The kernels of
   * TensorFlow's depthwise convolution pass over their attribute of dilations: there is none.
   */
  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 1, 1, 0, 1",
    "2, 3, 1, 2, 1, 2, 3",
    "2, 1, 2, 0, 0, 2, 0",
    "2, 2, 1, 2, 1, 2, 1"
  })
  void aDepthwiseConvolutionMayBeDilated(
      int dh, int dw, int stride, int top, int left, int below, int right) throws IOException {
    float[] w = new float[4 * 3 * 2];
    float[] x = new float[2 * 5 * 6];
    for (int i = 0; i < w.length; i++) {
      w[i] = (i * 7 % 11 - 5) / 4f;
    }
    for (int i = 0; i < x.length; i++) {
      x[i] = (i * 5 % 13 - 6) / 4f;
    }
    int h = (5 + top + below - 2 * dh - 1) / stride + 1;
    int v = (6 + left + right - dw - 1) / stride + 1;
    float[] expected = new float[4 * h * v];
    for (int i = 0; i < expected.length; i++) {
      int o = i / (h * v);
      for (int k = 0; k < 6; k++) {
        int row = i / v % h * stride + k / 2 * dh - top;
        int column = i % v * stride + k % 2 * dw - left;
        if (row >= 0 && row < 5 && column >= 0 && column < 6) {
          expected[i] += w[o * 6 + k] * x[(o / 2 * 5 + row) * 6 + column];
        }
      }
    }
    OnnxBytes conv =
        node("Conv", "y", "x", "w")
            .part(5, numbers("kernel_shape", 3, 2))
            .part(5, numbers("strides", stride, stride))
            .part(5, numbers("dilations", dh, dw))
            .part(5, numbers("pads", top, left, below, right))
            .part(5, new OnnxBytes().text(1, "group").number(3, 2).number(20, 2));
    OnnxBytes graph =
        new OnnxBytes()
            .part(5, weights("w", new long[] {4, 1, 3, 2}, w))
            .part(11, tensor("x", 2, 5, 6))
            .part(12, tensor("y", 4, h, v))
            .part(1, conv);
    Path file = scratch.resolve("conv.onnx");
    Files.write(file, model(17, graph));
    NetworkFunction function = OnnxNetwork.read(file, Map.of()).function();
    try (TestGraph g = new TestGraph()) {
      Expr images = Expr.of(g.tf, g.tf.constant(x)).reshape(1, 2, 5, 6);
      float[] last = new float[w.length]; // As its parameter has it, [h, w, in, out].
      for (int i = 0; i < w.length; i++) {
        last[i] = w[i % 4 * 6 + i / 4];
      }
      Expr kernel = Expr.of(g.tf, g.tf.constant(last)).reshape(3, 2, 1, 4);
      float[] y =
          g.value(
              function
                  .call(g.tf, "conv", Map.of("x", images), Map.of("w", kernel))
                  .get("y")
                  .expect(TFloat32.class));
      assertArrayEquals(expected, y, 1e-5f);
      Iterator<GraphOperation> all = ((Graph) g.tf.scope().env()).operations();
      while (all.hasNext()) {
        GraphOperation op = all.next();
        if (op.type().equals("DepthwiseConv2dNative")) {
          assertArrayEquals(new long[] {1, 1, 1, 1}, op.attributes().getAttrIntList("dilations"));
        }
      }
    }
  }

  private static Stream<Arguments> lines() {
    OnnxBytes two = numbers("kernel_shape", 2);
    OnnxBytes step = numbers("strides", 2);
    OnnxBytes pads = numbers("pads", 1, 0);
    OnnxBytes ceil = attribute("ceil_mode", 1);
    return Stream.of(
        Arguments.of(
            node("Conv", "y", "x", "w").part(5, step).part(5, pads).part(5, attribute("group", 2)),
            new long[] {2, 1, 2},
            new float[] {10, 32, 54, -5, 1, 1}),
        Arguments.of(
            node("Conv", "y", "x", "w").part(5, numbers("dilations", 2)),
            new long[] {1, 2, 2},
            new float[] {33, 44, 55}),
        Arguments.of(
            node("ConvTranspose", "y", "x", "w")
                .part(5, step)
                .part(5, pads)
                .part(5, numbers("output_padding", 1)),
            new long[] {2, 1, 2},
            new float[] {5, 6, 16, 6, 27, 6, 38, 6, 49, 0}),
        Arguments.of(
            node("MaxPool", "y", "x").part(5, two).part(5, step).part(5, ceil),
            new long[] {4},
            new float[] {2, 4, 5, 5, 3, 1}),
        Arguments.of(
            node("AveragePool", "y", "x").part(5, two).part(5, step).part(5, pads),
            new long[] {4},
            new float[] {1, 2.5f, 4.5f, 5, 3.5f, 1.5f}));
  }

  /** TensorFlow may compute a Pad with the convolution after it, and pads no channels then. */
  @ParameterizedTest
  @CsvSource({"0, Pad", "1, PadV2"})
  void channelsAreNotPaddedWithAConvolution(int channel, String op) throws IOException {
    OnnxBytes graph =
        new OnnxBytes()
            .part(5, weights("w", new long[] {1, 1, 1, 1}, 2))
            .part(5, weights("v", new long[] {1, 1 + channel, 1, 1}, new float[1 + channel]))
            .part(5, OnnxBytes.wholes("pads", 0, channel, 1, 1, 0, 0, 1, 1))
            .part(11, tensor("x", 1, 2, 2))
            .part(12, tensor("y", 1, 4, -1))
            .part(1, node("Conv", "a", "x", "w"))
            .part(1, node("Pad", "b", "a", "pads"))
            .part(1, node("Conv", "y", "b", "v"));
    List<String> ops =
        OnnxRun.read(scratch, graph).function().graph().getNodeList().stream()
            .map(made -> made.getOp())
            .filter(made -> made.startsWith("Pad"))
            .toList();
    assertEquals(List.of(op), ops);
  }

  /** As the attention of guided-diffusion's networks has it. By hand: two lines of five. */
  @ParameterizedTest
  @MethodSource("lines")
  void linesAreConvolvedAndPooledToo(OnnxBytes node, long[] kernel, float[] expected)
      throws IOException {
    OnnxBytes graph =
        new OnnxBytes()
            .part(5, weights("w", kernel, 1, 10, 1, -1))
            .part(11, tensor("x", 2, 5))
            .part(12, tensor("y", -1, -1))
            .part(1, node);
    OnnxNetwork network = OnnxRun.read(scratch, graph);
    double[] x = {1, 2, 3, 4, 5, 5, 4, 3, 2, 1};
    assertArrayEquals(expected, OnnxRun.y(network, new long[] {1, 2, 5}, x), 1e-5f);
  }
}

package io.github.fdistill.onnx;

import static io.github.fdistill.OnnxBytes.attribute;
import static io.github.fdistill.OnnxBytes.fixed;
import static io.github.fdistill.OnnxBytes.node;
import static io.github.fdistill.OnnxBytes.numbers;
import static io.github.fdistill.OnnxBytes.weights;
import static io.github.fdistill.OnnxBytes.wholes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.OnnxBytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of one image, x [1,3,4] to y, whose batch is freed: each of N is what it is alone. */
class OneImageTest {
  private static final double[] IMAGES = {
    1, -2, 3, 0.5, 0, 1, -1, 2, 0.2, 0.1, 3, -3, // The first.
    2, 1, 0, -1, 0.3, 0.7, 1, 1, -2, 0.4, 1, 0.6
  };

  @TempDir Path scratch;

  private static OnnxBytes graph(OnnxBytes... nodes) {
    OnnxBytes graph = new OnnxBytes().part(11, fixed("x", 1, 3, 4)).part(12, fixed("y", 1, 3, 4));
    for (OnnxBytes node : nodes) {
      graph.part(1, node);
    }
    return graph;
  }

  private static OnnxBytes turned(String output, String input, long... perm) {
    return node("Transpose", output, input).part(5, numbers("perm", perm));
  }

  private OnnxNetwork freed(OnnxBytes graph) throws IOException {
    return OnnxRun.read(scratch, graph, Map.of("x", new long[] {OnnxNetwork.FREE, 3, 4}));
  }

  /** Both images by the network that is freed, and each by the file as it is. */
  private void isOfEachAlone(OnnxBytes graph, long... shape) throws IOException {
    OnnxNetwork network = freed(graph);
    assertArrayEquals(shape, network.shapes().get("y").asArray());
    float[] both = OnnxRun.y(network, new long[] {2, 3, 4}, IMAGES);
    OnnxNetwork one = OnnxRun.read(scratch, graph);
    float[] first = OnnxRun.y(one, new long[] {1, 3, 4}, Arrays.copyOf(IMAGES, 12));
    float[] second = OnnxRun.y(one, new long[] {1, 3, 4}, Arrays.copyOfRange(IMAGES, 12, 24));
    assertArrayEquals(first, Arrays.copyOf(both, first.length), 1e-5f);
    assertArrayEquals(second, Arrays.copyOfRange(both, first.length, both.length), 1e-5f);
  }

  /** As PyTorch's MultiheadAttention: tokens first, heads beside the batch, then rows of both. */
  @Test
  void tokensAttendToThoseOfTheirOwnImage() throws IOException {
    isOfEachAlone(
        graph(
                turned("tokens", "x", 1, 0, 2),
                node("Reshape", "cut", "tokens", "heads"),
                turned("q", "cut", 1, 0, 2),
                turned("k", "cut", 1, 2, 0),
                node("MatMul", "scores", "q", "k"),
                node("Softmax", "weights", "scores"),
                node("MatMul", "seen", "weights", "q"),
                turned("back", "seen", 1, 0, 2),
                node("Reshape", "rows", "back", "flat"),
                node("Gemm", "mapped", "rows", "w"),
                node("Reshape", "whole", "mapped", "batch"),
                turned("y", "whole", 1, 0, 2))
            .part(5, wholes("heads", 3, 2, 2))
            .part(5, wholes("flat", 3, 4))
            .part(5, weights("w", new long[] {4, 2}, 1, 2, 3, 4, 5, 6, 7, -8))
            .part(5, wholes("batch", 3, 1, 2)),
        -1,
        3,
        2);
  }

  /** Of one image, axes change places by a Reshape where one of them is the batch. */
  @Test
  void rowsStayWithTheirImage() throws IOException {
    OnnxBytes graph =
        graph(
                node("Reshape", "rows", "x", "flat"),
                node("Reshape", "tokens", "rows", "batch"),
                turned("y", "tokens", 1, 0, 2))
            .part(5, wholes("flat", 3, 4))
            .part(5, wholes("batch", 3, 1, 4));
    isOfEachAlone(graph, -1, 3, 4);
  }

  /** As Swin's windows: they stand beside the batch, and what is picked of them by number. */
  @Test
  void windowsStayWithTheirImage() throws IOException {
    isOfEachAlone(
        graph(
                node("Reshape", "cut", "x", "windows"),
                node("Softmax", "each", "cut"),
                node("Gather", "picked", "each", "order"),
                node("Reshape", "y", "picked", "one"))
            .part(5, wholes("windows", 6, 2))
            .part(5, wholes("order", 5, 0, 0, 3))
            .part(5, wholes("one", 1, 4, 2)),
        -1,
        4,
        2);
  }

  /** What would compute one image's numbers of another's. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "Softmax ; x ; axis ; 0 ; along axis 0 of [N, 3, 4]",
        "Concat ; x x ; axis ; 0 ; along axis 0 of [N, 3, 4]",
        "CumSum ; x zero ; reverse ; 0 ; along axis 0 of [N, 3, 4]",
        "Tile ; x twice ; none ; 0 ; along axis 0 of [N, 3, 4]",
        "GatherND ; x zeros ; batch_dims ; 0 ; along axis 0 of [N, 3, 4]",
        "Gather ; x row ; axis ; 0 ; along axis 0 of [N, 3, 4]",
        "Split ; rows ; axis ; 0 ; along axis 0 of [3N, 4]",
        "MatMul ; rows turned ; none ; 0 ; each image with each: [3N, 3N]",
        "MaxPool ; turned3 ; none ; 0 ; along axis 2 of [3, 4, N]",
        "Squeeze ; x ; none ; 0 ; no axes, of [N, 3, 4]",
      })
  void whatMixesImagesIsRefused(String op, String inputs, String name, long value, String found)
      throws IOException {
    OnnxBytes graph =
        graph(
                node("Reshape", "rows", "x", "flat"),
                turned("turned", "rows", 1, 0),
                turned("turned3", "x", 1, 2, 0),
                node(op, "y", inputs.split(" ")).part(5, attribute(name, value)))
            .part(5, wholes("flat", 3, 4))
            .part(5, wholes("zero", 0))
            .part(5, wholes("zeros", 0))
            .part(5, new OnnxBytes().number(2, 7).number(7, 0).text(8, "row"))
            .part(5, wholes("twice", 2, 1, 1));
    String said = assertThrows(InputException.class, () -> freed(graph)).getMessage();
    assertTrue(said.contains(found) && said.contains("with a batch that is free"), said);
  }
}

package io.github.fdistill.onnx;

import static io.github.fdistill.OnnxBytes.graph;
import static io.github.fdistill.OnnxBytes.listed;
import static io.github.fdistill.OnnxBytes.node;
import static io.github.fdistill.OnnxBytes.tensor;
import static io.github.fdistill.OnnxBytes.weights;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.OnnxBytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightsTest {
  @TempDir Path scratch;

  /** Numbers [size,size], in turn 0 and another, that are added to x twice. */
  @ParameterizedTest
  @CsvSource({
    "-Infinity, 2, 0",
    "-Infinity, 257, 0",
    "-100, 2, 0",
    "-100, 257, 0",
    "-1, 2, 1",
    "-1, 257, 1",
    "Infinity, 257, 1",
    "NaN, 2, 1"
  })
  void aMaskIsNotTrainedHoweverLargeItIs(float other, int size, int parameters) throws IOException {
    float[] mask = new float[size * size];
    for (int i = 1; i < mask.length; i += 2) {
      mask[i] = other;
    }
    OnnxBytes graph =
        new OnnxBytes()
            .part(5, weights("mask", new long[] {size, size}, mask))
            .part(11, tensor("x", size, size))
            .part(12, tensor("y", size, size))
            .part(1, node("Add", "once", "x", "mask"))
            .part(1, node("Add", "y", "once", "mask"));
    OnnxNetwork network = OnnxRun.read(scratch, graph);
    assertEquals(parameters, network.function().parameters().names().size());
    int bytes = network.function().graph().getSerializedSize();
    assertTrue(bytes < 4 * mask.length + 10_000, bytes + " bytes: it is there twice");
  }

  /** As their bits: float16's 1, bfloat16's 2, and float16's 0.5 and -2, which are weights. */
  @Test
  void fractionsOf16BitsMayBeListed() throws IOException {
    OnnxBytes graph =
        graph(node("Sum", "y", "x", "a", "b", "w"))
            .part(5, listed("a", 10, 5, 0x3c00))
            .part(5, listed("b", 16, 5, 0x4000))
            .part(5, listed("w", 10, 5, 0x3800, 0xc000));
    OnnxNetwork network = OnnxRun.read(scratch, graph);
    assertEquals(List.of("w"), network.function().parameters().names());
    assertArrayEquals(new float[] {13.5f, 21}, OnnxRun.y(network, new long[] {1, 2}, 10, 20), 0);
  }
}

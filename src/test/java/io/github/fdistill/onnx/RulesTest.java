package io.github.fdistill.onnx;

import static io.github.fdistill.OnnxBytes.model;
import static io.github.fdistill.OnnxBytes.node;
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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.types.TFloat32;

class RulesTest {
  /** The page lists just what is translated, or worked out while a file is read. */
  @Test
  void thePageListsTheOps() throws IOException {
    Set<String> listed = new TreeSet<>();
    for (String line : Files.readAllLines(Path.of("docs/import.md"))) {
      String[] cells = line.split("\\|");
      Set<String> kinds =
          Set.of("images", "products", "norms", "activations", "numbers", "sums", "shapes");
      if (cells.length == 3 && kinds.contains(cells[1].strip())) {
        listed.addAll(Arrays.asList(cells[2].strip().split(", ")));
      }
    }
    Set<String> known = new TreeSet<>(Rules.names());
    known.addAll(List.of("Constant", "Shape", "Size", "Trilu"));
    assertEquals(known, listed);
  }

  /** Whoever asks for SAME instead of counting pixels gets the padding counted on all sides. */
  @ParameterizedTest
  @ValueSource(strings = {"SAME_UPPER", "SAME_LOWER"})
  void aMeanMayCountPaddingThatIsNotSaid(String auto, @TempDir Path scratch) throws IOException {
    OnnxBytes pool =
        node("AveragePool", "y", "x")
            .part(
                5, new OnnxBytes().text(1, "kernel_shape").number(8, 3).number(8, 3).number(20, 7))
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

  /** Each product takes the one before it twice: 2^60 ways lead from a weight to its wave. */
  @ParameterizedTest
  @ValueSource(strings = {"Sin", "Tanh"})
  void aFrequencyIsFoundHoweverManyWaysLeadToItsWave(String last, @TempDir Path scratch)
      throws IOException {
    OnnxBytes graph =
        new OnnxBytes()
            .part(5, weights("w", new long[] {2}, 1, 2))
            .part(11, tensor("x", 2))
            .part(12, tensor("y", 2))
            .part(1, node("Mul", "m0", "x", "w"));
    for (int i = 1; i <= 60; i++) {
      graph.part(1, node("Mul", "m" + i, "m" + (i - 1), "m" + (i - 1)));
    }
    Path file = scratch.resolve("waves.onnx");
    Files.write(file, model(17, graph.part(1, node(last, "y", "m60"))));
    int weights = last.equals("Sin") ? 0 : 1;
    assertEquals(weights, OnnxNetwork.read(file, Map.of()).function().parameters().names().size());
  }
}

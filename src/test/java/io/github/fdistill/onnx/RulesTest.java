package io.github.fdistill.onnx;

import static io.github.fdistill.OnnxBytes.attribute;
import static io.github.fdistill.OnnxBytes.fixed;
import static io.github.fdistill.OnnxBytes.graph;
import static io.github.fdistill.OnnxBytes.listed;
import static io.github.fdistill.OnnxBytes.model;
import static io.github.fdistill.OnnxBytes.node;
import static io.github.fdistill.OnnxBytes.numbers;
import static io.github.fdistill.OnnxBytes.tensor;
import static io.github.fdistill.OnnxBytes.weights;
import static io.github.fdistill.OnnxBytes.wholes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.OnnxBytes;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.TestGraph;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Graph;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

class RulesTest {
  @TempDir Path scratch;

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
    known.addAll(List.of("Constant", "ScatterElements", "ScatterND", "Shape", "Size"));
    assertEquals(known, listed);
  }

  /** Each product takes the one before it twice: 2^60 ways lead from a weight to its wave. */
  @ParameterizedTest
  @ValueSource(strings = {"Sin", "Tanh"})
  void aFrequencyIsFoundHoweverManyWaysLeadToItsWave(String last) throws IOException {
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

  /** In float32 ten times 0.7 are 7. */
  @Test
  void aResizeGivesTheSizeThatOnnxSays() throws IOException {
    OnnxBytes graph =
        new OnnxBytes()
            .part(5, weights("scales", new long[] {4}, 1, 1, 0.7f, 0.7f))
            .part(11, tensor("x", 1, 10, 10))
            .part(12, tensor("y", 1, 7, 7))
            .part(1, node("Resize", "y", "x", "", "scales"));
    Shape y = OnnxRun.read(scratch, graph).shapes().get("y");
    assertArrayEquals(new long[] {-1, 1, 7, 7}, y.asArray());
  }

  /** As a token of a class is put before the patches of an image, and a map is resized. */
  @Test
  void whatIsJoinedToOneImageIsJoinedToEachOfMore() throws IOException {
    OnnxBytes graph =
        new OnnxBytes()
            .part(5, weights("token", new long[] {1, 1, 2}, 7, 8))
            .part(5, wholes("sizes", 1, 6, 2))
            .part(11, fixed("x", 1, 2, 2))
            .part(12, fixed("y", 1, 6, 2))
            .part(1, node("Concat", "joined", "token", "x").part(5, attribute("axis", 1)))
            .part(1, node("Resize", "y", "joined", "", "", "sizes"));
    long[] free = {OnnxNetwork.FREE, 2, 2};
    OnnxNetwork network = OnnxRun.read(scratch, graph, Map.of("x", free));
    try (TestGraph g = new TestGraph()) {
      Map<String, Expr> token = OnnxRun.weights(g, network);
      Map<String, Expr> images = Map.of("x", g.constant(1, 2, 3, 4, 5, 6, 9, 0).reshape(2, 2, 2));
      Map<String, Output<?>> made = network.function().call(g.tf, "network", images, token);
      Expr y = Expr.of(g.tf, made.get("y").expect(TFloat32.class));
      float[] first = {7, 8, 7, 8, 1, 2, 1, 2, 3, 4, 3, 4};
      float[] second = {7, 8, 7, 8, 5, 6, 5, 6, 9, 0, 9, 0};
      assertArrayEquals(first, Arrays.copyOf(g.value(y), 12), 1e-5f);
      assertArrayEquals(second, Arrays.copyOfRange(g.value(y), 12, 24), 1e-5f);
      Output<?>[] of = {token.get("token").asOutput()};
      Output<?> slope = ((Graph) g.tf.scope().env()).addGradients(y.sum().asOutput(), of)[0];
      assertArrayEquals(new float[] {4, 4}, g.value(slope.expect(TFloat32.class)), 1e-5f);
    }
  }

  @Test
  void vectorsMakeANumber() throws IOException {
    OnnxBytes graph =
        graph(node("MatMul", "number", "a", "b"), node("Mul", "y", "x", "number"))
            .part(5, weights("a", new long[] {2}, 1, 2))
            .part(5, weights("b", new long[] {2}, 3, 4));
    OnnxNetwork network = OnnxRun.read(scratch, graph);
    assertArrayEquals(new float[] {11, 22}, OnnxRun.y(network, new long[] {1, 2}, 1, 2), 1e-5f);
  }

  /** Of 257 x 257 twos: 256 x 257 / 2 above the diagonal, 255 x 256 / 2 below the next one. */
  @Test
  void aTriangleMayBeOfMoreNumbersThanAreFolded() throws IOException {
    OnnxBytes two = weights("", new long[] {1}, 2);
    OnnxBytes filled =
        node("ConstantOfShape", "c", "n")
            .part(5, new OnnxBytes().text(1, "value").part(5, two).number(20, 4));
    OnnxBytes keep = attribute("keepdims", 0);
    OnnxBytes graph =
        graph(
                filled,
                node("Trilu", "u", "c", "above"),
                node("Trilu", "l", "c", "below").part(5, attribute("upper", 0)),
                node("ReduceSum", "us", "u").part(5, keep),
                node("ReduceSum", "ls", "l").part(5, keep),
                node("Sub", "d", "us", "ls"),
                node("Add", "y", "x", "d"))
            .part(5, wholes("n", 257, 257))
            .part(5, wholes("above", 1))
            .part(5, wholes("below", -2));
    OnnxNetwork network = OnnxRun.read(scratch, graph);
    assertArrayEquals(new float[] {513, 514}, OnnxRun.y(network, new long[] {1, 2}, 1, 2), 0);
  }

  /** -1 is the last; below -depth there is nothing. Its two values are no weights. */
  @Test
  void oneHotCountsFromTheEndToo() throws IOException {
    OnnxBytes graph =
        new OnnxBytes()
            .part(5, wholes("indices", -1, 0, -4))
            .part(5, wholes("depth", 3))
            .part(5, weights("values", new long[] {2}, 0, 1))
            .part(11, tensor("x", 3, 3))
            .part(12, tensor("y", 3, 3))
            .part(1, node("OneHot", "hot", "indices", "depth", "values"))
            .part(1, node("Add", "y", "x", "hot"));
    OnnxNetwork network = OnnxRun.read(scratch, graph);
    assertArrayEquals(
        new float[] {0, 0, 1, 1, 0, 0, 0, 0, 0},
        OnnxRun.y(network, new long[] {1, 3, 3}, new double[9]),
        0);
  }

  /** Powers by a half, known and not, are cut; 2^24 + 1 is no float, and is read all the same. */
  @Test
  void wholeNumbersAreWholeAndAllOfThem() throws IOException {
    OnnxBytes toFloat = attribute("to", 1);
    byte[] bits = {1, 0, 0, 1};
    OnnxBytes odd = new OnnxBytes().number(1, 1).number(2, 6).text(8, "c").part(9, bits);
    OnnxBytes graph =
        graph(
                node("Sub", "one", "c", "m"),
                node("Cast", "first", "one").part(5, toFloat),
                node("Pow", "root", "five", "half"),
                node("Cast", "second", "root").part(5, toFloat),
                node("Cast", "w", "x").part(5, attribute("to", 7)),
                node("Pow", "roots", "w", "half"),
                node("Cast", "third", "roots").part(5, toFloat),
                node("Sum", "y", "first", "second", "third"))
            .part(5, odd)
            .part(5, listed("m", 6, 5, 1 << 24))
            .part(5, wholes("five", 5))
            .part(5, weights("half", new long[] {1}, 0.5f));
    OnnxNetwork network = OnnxRun.read(scratch, graph);
    assertArrayEquals(new float[] {5, 6}, OnnxRun.y(network, new long[] {1, 2}, 4, 9), 0);
  }

  /** As exporters name the outputs of an op that they do not use. */
  @Test
  void outputsBesideTheFirstMayBeThereUnused() throws IOException {
    OnnxBytes graph =
        graph(
                node("Unsqueeze", "image", "x", "at"),
                node("MaxPool", "most", "image")
                    .part(5, numbers("kernel_shape", 1, 1))
                    .text(2, "where"),
                node("Squeeze", "whole", "most", "at"),
                node("BatchNormalization", "scaled", "whole", "twos", "zeros", "zeros", "ones")
                    .text(2, "mean")
                    .text(2, "variance"),
                node("LayerNormalization", "y", "scaled", "scale").text(2, "").text(2, "deviation"))
            .part(5, wholes("at", 1, 2))
            .part(5, weights("twos", new long[] {2}, 2, 2))
            .part(5, weights("zeros", new long[] {2}, 0, 0))
            .part(5, weights("ones", new long[] {2}, 1, 1))
            .part(5, weights("scale", new long[] {2}, 2, 3));
    OnnxNetwork network = OnnxRun.read(scratch, graph);
    assertArrayEquals(new float[] {-2, 3}, OnnxRun.y(network, new long[] {1, 2}, 1, 5), 1e-4f);
  }

  /** Four equal numbers: a quarter each before opset 13, a half each of two since. */
  @ParameterizedTest
  @CsvSource({"11, 2", "12, 2", "13, 4"})
  void beforeOpset13ASoftmaxJoinsTheAxesBehindItsOwn(long opset, float expected)
      throws IOException {
    OnnxBytes graph =
        new OnnxBytes()
            .part(11, tensor("x", 2, 2))
            .part(12, tensor("y", 2))
            .part(1, node("Softmax", "shares", "x"))
            .part(1, node("LogSoftmax", "logs", "x"))
            .part(1, node("Exp", "others", "logs"))
            .part(1, node("Add", "both", "shares", "others"))
            .part(1, node("ReduceSum", "sum", "both").part(5, numbers("axes", 1, 2)))
            .part(1, node("Squeeze", "y", "sum").part(5, numbers("axes", 1)));
    OnnxNetwork network = OnnxRun.read(scratch, opset, graph, Map.of());
    assertArrayEquals(
        new float[] {expected}, OnnxRun.y(network, new long[] {1, 2, 2}, 7, 7, 7, 7), 1e-5f);
  }

  /** Of zeros [[7, 3], [3, 5]], as a network of windows makes its masks; no number is trained. */
  @Test
  void numbersThatAreKnownAreScattered() throws IOException {
    OnnxBytes graph =
        graph(
                node("ConstantOfShape", "zeros", "size"),
                node("Unsqueeze", "row", "rows", "behind"),
                node("Unsqueeze", "column", "columns", "behind"),
                node("Concat", "pairs", "row", "column").part(5, attribute("axis", -1)),
                node("ScatterND", "first", "zeros", "end", "fives"),
                node("ScatterND", "second", "first", "pairs", "threes"),
                node("Unsqueeze", "start", "first column", "behind"),
                node("ScatterElements", "matrix", "second", "start", "seven")
                    .part(5, attribute("axis", 1)),
                node("MatMul", "y", "x", "matrix"))
            .part(5, wholes("size", 2, 2))
            .part(5, wholes("rows", 0, 1))
            .part(5, wholes("columns", 1, 0))
            .part(5, wholes("behind", 1))
            .part(5, wholes("end", -1))
            .part(5, wholes("first column", -2))
            .part(5, weights("threes", new long[] {2}, 3, 3))
            .part(5, weights("fives", new long[] {2}, 5, 5))
            .part(5, weights("seven", new long[] {1, 1}, 7));
    OnnxNetwork network = OnnxRun.read(scratch, graph);
    assertEquals(List.of(), network.function().parameters().names());
    assertArrayEquals(new float[] {16, 18}, OnnxRun.y(network, new long[] {1, 2}, 1, 3), 0);
  }
}

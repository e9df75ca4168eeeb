package io.github.fdistill.onnx;

import static io.github.fdistill.OnnxBytes.attribute;
import static io.github.fdistill.OnnxBytes.graph;
import static io.github.fdistill.OnnxBytes.listed;
import static io.github.fdistill.OnnxBytes.node;
import static io.github.fdistill.OnnxBytes.numbers;
import static io.github.fdistill.OnnxBytes.tensor;
import static io.github.fdistill.OnnxBytes.weights;
import static io.github.fdistill.OnnxBytes.wholes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.OnnxBytes;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.ndarray.Shape;

/** What ONNX Runtime 1.32 gives where a description of ONNX's ops is read in several ways. */
class LikeOnnxRuntimeTest {
  @TempDir Path scratch;

  private float[] y(OnnxBytes graph, double... x) throws IOException {
    return OnnxRun.y(OnnxRun.read(scratch, graph), new long[] {1, x.length}, x);
  }

  /** Not trained, or trained with a share of 0. */
  @ParameterizedTest
  @CsvSource({"0.5, 0", "0, 1"})
  void aDropoutThatDropsNothingIsPassed(float share, long training) throws IOException {
    OnnxBytes graph =
        graph(node("Dropout", "y", "x", "share", "training"))
            .part(5, weights("share", new long[] {1}, share))
            .part(5, listed("training", 9, 5, training));
    assertArrayEquals(row("1 2"), y(graph, 1, 2), 0);
  }

  private static float[] row(String numbers) {
    String[] each = numbers.isEmpty() ? new String[0] : numbers.split(" ");
    float[] row = new float[each.length];
    for (int i = 0; i < row.length; i++) {
      row[i] = Float.parseFloat(each[i]);
    }
    return row;
  }

  /** Of 0 to 4, flowing and known: beyond both ends. */
  @ParameterizedTest
  @CsvSource({
    "-100, -9223372036854775808, -1, 0",
    "-100, -100, -2, 0",
    "100, 1, -1, 4 3 2",
    "-1, -100, -3, 4 1",
    "0, 4, -1, ''",
    "-100, 100, 2, 0 2 4",
    "7, 9, 1, ''"
  })
  void aSliceEndsWhereItsNumbersDo(long start, long end, long step, String expected)
      throws IOException {
    OnnxBytes graph =
        new OnnxBytes()
            .part(5, wholes("start", start))
            .part(5, wholes("end", end))
            .part(5, wholes("axis", -1))
            .part(5, wholes("step", step))
            .part(5, wholes("five", 0, 1, 2, 3, 4))
            .part(11, tensor("x", 5))
            .part(12, tensor("y", -1))
            .part(1, node("Slice", "flowing", "x", "start", "end", "axis", "step"))
            .part(1, node("Slice", "known", "five", "start", "end", "axis", "step"))
            .part(1, node("Cast", "fractions", "known").part(5, attribute("to", 1)))
            .part(1, node("Add", "twice", "flowing", "fractions"))
            .part(1, node("Sub", "y", "twice", "fractions"));
    assertArrayEquals(row(expected), y(graph, 0, 1, 2, 3, 4), 0);
  }

  /** By the numbers of ONNX's types: uint8, int8, int16. A fraction is cut first. */
  @ParameterizedTest
  @CsvSource({
    "2, -1, 255",
    "2, -1.5, 255",
    "2, 255.9, 255",
    "2, 300, 44",
    "2, 3000000000, 0",
    "3, -129, 127",
    "3, 200, -56",
    "5, 40000, -25536"
  })
  void aCastToFewerBitsKeepsTheLast(int to, float number, float expected) throws IOException {
    OnnxBytes type = attribute("to", to);
    OnnxBytes graph =
        graph(
                node("Cast", "flowing", "x").part(5, type),
                node("Cast", "known", "c").part(5, type),
                node("Identity", "same", "known"),
                node("CastLike", "like", "x", "same"),
                node("Cast", "a", "flowing").part(5, attribute("to", 1)),
                node("Cast", "b", "known").part(5, attribute("to", 1)),
                node("Cast", "d", "like").part(5, attribute("to", 1)),
                node("Sum", "y", "a", "b", "d"))
            .part(5, weights("c", new long[] {1}, number));
    assertArrayEquals(new float[] {3 * expected, 3 * expected}, y(graph, number, number), 0);
  }

  /** The left number flows, or is known; the right one is, and is stored in these bits. */
  @ParameterizedTest
  @CsvSource({
    "2, Sub, 3, 5, 254",
    "2, Add, 200, 100, 44",
    "2, Mul, 200, 2, 144",
    "3, Add, 100, 100, -56",
    "3, Neg, -128, 0, -128",
    "3, Abs, -128, 0, -128",
    "3, Div, -128, -1, -128",
    "5, Mul, 300, 300, 24464",
    "6, Mul, 300, 300, 90000"
  })
  void numbersOfFewBitsComeInAgainAtTheOtherEnd(
      int type, String op, long left, long right, float expected) throws IOException {
    boolean one = op.equals("Neg") || op.equals("Abs");
    OnnxBytes to = attribute("to", type);
    OnnxBytes graph =
        graph(
                node("Cast", "flowing", "x").part(5, to),
                node("Cast", "known", "c").part(5, to),
                one ? node(op, "a", "flowing") : node(op, "a", "flowing", "right"),
                one ? node(op, "b", "known") : node(op, "b", "known", "right"),
                node("Cast", "d", "a").part(5, attribute("to", 1)),
                node("Cast", "e", "b").part(5, attribute("to", 1)),
                node("Add", "y", "d", "e"))
            .part(5, wholes("c", left))
            .part(5, listed("right", type, 5, right));
    assertArrayEquals(new float[] {2 * expected, 2 * expected}, y(graph, left, left), 0);
  }

  /** Of three images, added to x = 0: a multiple of N that is no whole number, or below 0. */
  @ParameterizedTest
  @CsvSource({
    "1.5, Floor, 0, 4",
    "1.5, Ceil, 0, 5",
    "1.5, Identity, 0, 4.5",
    "2, Round, 0, 6",
    "1.5, Cast, 7, 4",
    "1, Cast, 9, 1",
    "-1.5, Abs, 0, 4.5",
    "-1, Less, 0, 1"
  })
  void theNumberOfImagesIsCountedWithAsItIs(float times, String op, int to, float expected)
      throws IOException {
    OnnxBytes toFloat = attribute("to", 1);
    OnnxBytes made =
        op.equals("Less") ? node(op, "made", "many", "zero") : node(op, "made", "many");
    OnnxBytes graph =
        graph(
                node("Shape", "sizes", "x").part(5, attribute("end", 1)),
                node("Cast", "n", "sizes").part(5, toFloat),
                node("Mul", "many", "n", "times"),
                made.part(5, attribute("to", to)),
                node("Cast", "fractions", "made").part(5, toFloat),
                node("Add", "y", "x", "fractions"))
            .part(5, weights("times", new long[] {1}, times))
            .part(5, weights("zero", new long[] {1}, 0));
    float[] y = OnnxRun.y(OnnxRun.read(scratch, graph), new long[] {3, 2}, 0, 0, 0, 0, 0, 0);
    assertArrayEquals(row((expected + " ").repeat(6).strip()), y, 0);
  }

  /** An exponent of more axes than what it is of; a squeeze whose list of axes is empty. */
  @Test
  void theRankIsThatOfOnnxRuntime() throws IOException {
    OnnxBytes graph =
        graph(
                node("Unsqueeze", "image", "x", "one"),
                node("Squeeze", "flat", "image", "none"),
                node("Pow", "y", "flat", "two"))
            .part(5, weights("two", new long[] {1, 1, 1}, 2))
            .part(5, wholes("one", 1))
            .part(5, wholes("none"));
    Shape y = OnnxRun.read(scratch, graph).shapes().get("y");
    assertArrayEquals(new long[] {1, -1, 2}, y.asArray());
  }

  /** Of 0 to 8 in rows of three the numbers at [-1, -3] and [0, -1], from sums of such rows. */
  @ParameterizedTest
  @CsvSource({"flowing", "known"})
  void indicesBelow0CountFromTheEnd(String places) throws IOException {
    OnnxBytes sums = node("ReduceSum", "sums", "rows", "axis").part(5, attribute("keepdims", 0));
    OnnxBytes graph =
        new OnnxBytes()
            .part(5, weights("data", new long[] {3, 3}, 0, 1, 2, 3, 4, 5, 6, 7, 8))
            .part(5, wholes("four", -1, -3, 0, -1))
            .part(5, wholes("pairs", -1, 2, 2))
            .part(5, wholes("axis", -1))
            .part(11, tensor("x", 4))
            .part(12, tensor("y", 2, 2))
            .part(1, node("Reshape", "images", "x", "pairs"))
            .part(1, node("Cast", "flowing", "images").part(5, attribute("to", 7)))
            .part(1, node("Reshape", "known", "four", "pairs"))
            .part(1, node("Gather", "rows", "data", places))
            .part(1, sums)
            .part(1, node("GatherND", "picked", "data", places))
            .part(1, node("Unsqueeze", "column", "picked", "axis"))
            .part(1, node("Sub", "differences", "sums", "column"))
            .part(1, node("Max", "y", "differences", "images"));
    assertArrayEquals(row("15 -3 1 19"), y(graph, -1, -3, 0, -1), 0);
  }

  /** Two rows [1, 2] and [4, 8]: copied where neither axis gets another size. */
  @ParameterizedTest
  @CsvSource({"1, 1 2 4 8", "1.3, 1 2 4 8", "2, 1 1.25 1.75 2 2.961538 3.701923 5.182693 5.923077"})
  void aScaleThatChangesNoSizeChangesNothing(float scale, String expected) throws IOException {
    OnnxBytes graph =
        new OnnxBytes()
            .part(5, weights("scales", new long[] {4}, 1, 1, 1.3f, scale))
            .part(5, wholes("square", -1, 1, 2, 2))
            .part(11, tensor("x", 4))
            .part(12, tensor("y", 1, 2, -1))
            .part(1, node("Reshape", "image", "x", "square"))
            .part(1, node("Resize", "y", "image", "", "scales").part(5, linear()));
    assertArrayEquals(row(expected), y(graph, 1, 2, 4, 8), 1e-5f);
  }

  private static OnnxBytes linear() {
    return new OnnxBytes().text(1, "mode").text(4, "linear").number(20, 3);
  }

  /** A pixel of every third or fourth one; of eight ONNX Runtime takes the second and the sixth. */
  @ParameterizedTest
  @CsvSource({"3, 9, true", "2, 8, true", "4, 9, true", "4, 8, false"})
  void automaticPaddingTakesNothingAway(long stride, int size, boolean read) throws IOException {
    OnnxBytes auto = new OnnxBytes().text(1, "auto_pad").text(4, "SAME_UPPER").number(20, 3);
    OnnxBytes conv = node("Conv", "y", "x", "w").part(5, numbers("strides", stride)).part(5, auto);
    OnnxBytes graph =
        new OnnxBytes()
            .part(5, weights("w", new long[] {1, 1, 1}, 1))
            .part(11, tensor("x", 1, size))
            .part(12, tensor("y", 1, -1))
            .part(1, conv);
    if (!read) {
      String said = assertThrows(InputException.class, () -> y(graph)).getMessage();
      assertTrue(said.contains("SAME_UPPER with a stride of 4 beyond the window"), said);
      return;
    }
    float[] expected = new float[(int) ((size + stride - 1) / stride)];
    double[] x = new double[size];
    for (int i = 0; i < size; i++) {
      x[i] = i;
      expected[(int) (i / stride)] = i - i % stride;
    }
    OnnxNetwork network = OnnxRun.read(scratch, graph);
    assertArrayEquals(expected, OnnxRun.y(network, new long[] {1, 1, size}, x), 0);
  }
}

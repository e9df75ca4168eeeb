package io.github.fdistill.onnx;

import static io.github.fdistill.OnnxBytes.attribute;
import static io.github.fdistill.OnnxBytes.graph;
import static io.github.fdistill.OnnxBytes.listed;
import static io.github.fdistill.OnnxBytes.model;
import static io.github.fdistill.OnnxBytes.node;
import static io.github.fdistill.OnnxBytes.numbers;
import static io.github.fdistill.OnnxBytes.sized;
import static io.github.fdistill.OnnxBytes.tensor;
import static io.github.fdistill.OnnxBytes.weights;
import static io.github.fdistill.OnnxBytes.wholes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.OnnxBytes;
import io.github.fdistill.expr.TestGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Graph;
import org.tensorflow.proto.DataType;

/** What is damaged or malicious is refused by a sentence that says what it is. */
class HostileOnnxTest {
  @TempDir Path scratch;

  private OnnxNetwork read(byte[] bytes) throws IOException {
    Path file = scratch.resolve("model.onnx");
    Files.write(file, bytes);
    return OnnxNetwork.read(file, Map.of());
  }

  private String refused(byte[] bytes) {
    return assertThrows(InputException.class, () -> read(bytes)).getMessage();
  }

  private static byte[] withNodes(OnnxBytes... nodes) {
    return model(17, graph(nodes));
  }

  private static byte[] withWeights(OnnxBytes... weights) {
    OnnxBytes graph = graph(node("Add", "y", "x", "w"));
    for (OnnxBytes one : weights) {
      graph.part(5, one);
    }
    return model(17, graph);
  }

  private static OnnxBytes outside(String location, String offset, String length) {
    OnnxBytes tensor = sized("w", 2).number(14, 1);
    for (String[] entry :
        List.of(
            new String[] {"location", location},
            new String[] {"offset", offset},
            new String[] {"length", length})) {
      tensor.part(13, new OnnxBytes().text(1, entry[0]).text(2, entry[1]));
    }
    return tensor;
  }

  private static Stream<Arguments> hostile() {
    OnnxBytes attribute = new OnnxBytes().text(1, "then_branch").part(6, new OnnxBytes());
    OnnxBytes gathered = node("Gather", "y", "x", "i");
    OnnxBytes joined = graph(node("Concat", "y", "x", "w").part(5, attribute("axis", 1)));
    OnnxBytes counted = graph(node("Range", "y", "one", "n", "one"));
    OnnxBytes sides = numbers("kernel_shape", 2, 2);
    OnnxBytes line =
        graph(node("Unsqueeze", "l", "x", "i"), node("MaxPool", "y", "l").part(5, sides));
    OnnxBytes scattered = graph(node("ScatterND", "y", "w", "i", "u"));
    OnnxBytes moments = node("BatchNormalization", "y", "x", "x", "x", "x", "x").text(2, "mean");
    OnnxBytes dropped = graph(node("Dropout", "y", "x", "", "on"));
    OnnxBytes endless = graph(node("Range", "y", "one", "none", "one"));
    String big = "4611686018427387904";
    return Stream.of(
        Arguments.of(new OnnxBytes().length(7, 1L << 62).bytes(), big + " bytes where 0 are left"),
        Arguments.of(new OnnxBytes().length(7, -1).bytes(), "18446744073709551615 bytes"),
        Arguments.of(new byte[] {(byte) 0xff, (byte) 0xff}, "cut off"),
        Arguments.of(new byte[] {0x3b}, "wire type 3"),
        Arguments.of(new byte[0], "an empty file"),
        Arguments.of("<!DOCTYPE html>".getBytes(), "a web page"),
        Arguments.of(new OnnxBytes().number(1, 8).bytes(), "no graph"),
        Arguments.of(model(10, graph(node("Relu", "y", "x"))), "onnx.version_converter"),
        Arguments.of(model(21, graph(node("Relu", "y", "x"))), "opset 21"),
        Arguments.of(
            new OnnxBytes().part(7, graph(node("Relu", "y", "x"))).part(25, new byte[0]).bytes(),
            "functions of its own"),
        Arguments.of(withNodes(node("NonZero", "y", "x")), "node_y: the op NonZero"),
        Arguments.of(withNodes(node("Relu", "y", "x").text(7, "com.evil")), "the op com.evil.Relu"),
        Arguments.of(withNodes(node("If", "y", "x").part(5, attribute)), "a graph within"),
        Arguments.of(
            withNodes(node("Add", "y", "x", "z"), node("Relu", "z", "y")), "without a cycle"),
        Arguments.of(withNodes(node("Relu", "z", "x")), "'y', which nothing before it makes"),
        Arguments.of(
            withNodes(node("Relu", "y", "x"), node("Tanh", "y", "x")), "the tensor 'y' twice"),
        Arguments.of(
            withNodes(node("Relu", "x", "x"), node("Tanh", "y", "x")), "which is there already"),
        Arguments.of(withNodes(node("Relu", "y")), "nothing for its input 0"),
        Arguments.of(withNodes(node("Conv", "y", "x", "x")), "images [N,C,H,W]"),
        Arguments.of(
            model(17, line.part(5, wholes("i", 1))), "kernel_shape [2, 2]\n  needed: 1 for lines"),
        Arguments.of(
            withNodes(node("Dropout", "d", "x").text(2, "mask"), node("Add", "y", "d", "mask")),
            "'mask', which Dropout makes beside its first output"),
        Arguments.of(model(13, graph(moments)), "training mode"),
        Arguments.of(model(17, dropped.part(5, listed("on", 9, 5, 1))), "training mode"),
        Arguments.of(
            model(
                17,
                scattered
                    .part(5, weights("w", new long[] {2}, 1, 1))
                    .part(5, wholes("i", 7))
                    .part(5, weights("u", new long[0], 1))),
            "index 7 of 2"),
        Arguments.of(
            model(
                17,
                graph(node("ScatterElements", "y", "w", "i", "u"))
                    .part(5, weights("w", new long[] {2}, 1, 1))
                    .part(5, wholes("i", 1, 0))
                    .part(5, weights("u", new long[] {1}, 1))),
            "updates [1] of [2]"),
        Arguments.of(withNodes(node("MatMul", "y", "x", "x")), "[N, 2] by [N, 2]"),
        Arguments.of(withNodes(node("Reshape", "y", "x", "x")), "computed from images"),
        Arguments.of(withNodes(gathered), "'i', which nothing before it makes"),
        Arguments.of(
            withWeights(weights("w", new long[] {2}, 1, 2), weights("w", new long[] {2}, 1, 2)),
            "'w' twice"),
        Arguments.of(withWeights(weights("w", new long[] {3}, 1, 2)), "[3] with 8 bytes"),
        Arguments.of(withWeights(weights("w", new long[] {-2}, 1, 2)), "sizes [-2]"),
        Arguments.of(
            withWeights(weights("w", new long[] {1L << 62, 1L << 62}, 1)), "sizes [4611686"),
        Arguments.of(withWeights(weights("w", new long[] {3}, 1, 2, 3)), "[N, 2] and [3]"),
        Arguments.of(withWeights(sized("w", 2)), "with 0 numbers"),
        Arguments.of(
            withWeights(listed("w", 10, 5, 1 << 16)), "the number 65536 where 16 bits are"),
        Arguments.of(
            model(17, joined.part(5, weights("w", new long[] {1, 2}, 1, 2))),
            "parts [N, 2] and [1, 2]"),
        Arguments.of(withNodes(node("Split", "y", "x").text(2, "z")), "[N] in parts: 2"),
        Arguments.of(
            model(17, endless.part(5, wholes("none")).part(5, wholes("one", 1))),
            "0 numbers in input 1"),
        Arguments.of(
            model(17, counted.part(5, wholes("n", 70000)).part(5, wholes("one", 1))),
            "more than 65536 numbers"),
        Arguments.of(withWeights(new OnnxBytes().number(2, 8).text(8, "w")), "elements of type 8"),
        Arguments.of(withWeights(outside("../secret", "0", "8")), "in '../secret'"),
        Arguments.of(withWeights(outside("/etc/passwd", "0", "8")), "in '/etc/passwd'"),
        Arguments.of(withWeights(outside("..", "0", "8")), "in '..'"),
        Arguments.of(withWeights(outside("..\\secret", "0", "8")), "in '..\\secret'"),
        Arguments.of(withWeights(outside("C:secret", "0", "8")), "in 'C:secret'"),
        Arguments.of(withWeights(outside("data\0", "0", "8")), "in 'data\\u0000'"),
        Arguments.of(withWeights(outside("absent", "0", "8")), "absent, which is not there"),
        Arguments.of(withWeights(outside("data", "9", "8")), "8 bytes at 9 of data, which has 16"),
        Arguments.of(withWeights(outside("data", "0", big)), "the number '" + big + "'"),
        Arguments.of(withWeights(outside("data", "-8", "8")), "the number '-8'"),
        Arguments.of(
            model(
                17,
                new OnnxBytes()
                    .part(1, node("Relu", "y", "x"))
                    .part(11, tensor("x", 3, -1, -1))
                    .part(12, tensor("y", 3, -1, -1))),
            "--shape x=N,3,N,N"),
        Arguments.of(
            model(
                17,
                new OnnxBytes()
                    .part(1, node("Relu", "y", "x"))
                    .part(11, tensor("x", 2))
                    .part(12, tensor("", 2))),
            "one without a name"));
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void isRefusedByASentence(byte[] bytes, String says) throws IOException {
    Files.write(scratch.resolve("data"), new byte[16]);
    String message = refused(bytes);
    assertTrue(message.contains(says), message);
    assertTrue(message.contains("model.onnx"), message);
    assertFalse(message.contains("no words"), message);
  }

  @Test
  void isRefusedWhereverItIsCutOff() throws IOException {
    byte[] good = OnnxBytes.good();
    assertEquals(6, read(good).function().parameters().size());
    for (int length = 0; length < good.length - 4; length++) { // Behind it only its opset stands.
      refused(Arrays.copyOf(good, length));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"data", "my unet (1).onnx.data", "_orig_mod.weight", "a+b", "..data"})
  void weightsMayLieInAFileBesideIt(String name) throws IOException {
    Files.write(scratch.resolve(name), new byte[16]);
    OnnxNetwork network = read(withWeights(outside(name, "8", "8")));
    assertEquals(List.of("w"), network.function().parameters().names());
    assertEquals(2, network.files().size());
  }

  /** A convolution of 65536 groups is as many nodes; each of their names is found at once. */
  @Test
  void whatNodesBecomeIsCounted() {
    try (TestGraph g = new TestGraph()) {
      Nodes nodes = new Nodes("model.onnx", (Graph) g.tf.scope().env(), 9);
      nodes.at("conv");
      for (int i = 0; i < 8; i++) {
        String suffix = i == 0 ? "" : "_" + i;
        assertEquals("conv/Const" + suffix, nodes.number(i).op().name());
      }
      nodes.placeholder("x", DataType.DT_FLOAT, new long[0]);
      String said = assertThrows(InputException.class, () -> nodes.number(8)).getMessage();
      assertTrue(said.contains("more than 9 nodes of TensorFlow"), said);
    }
  }

  @Test
  void manySmallThingsAreRefused() {
    OnnxBytes graph = new OnnxBytes();
    for (int i = 0; i < 300_000; i++) {
      graph.part(1, node("Relu", "a", "a"));
    }
    assertTrue(refused(model(17, graph)).contains("more than 524288"));
  }
}

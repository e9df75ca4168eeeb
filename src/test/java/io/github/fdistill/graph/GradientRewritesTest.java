package io.github.fdistill.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.GraphOperationBuilder;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat64;

/** Each rule keeps the values of its op, and its gradients are those of finite differences. */
class GradientRewritesTest {
  private static final double STEP = 1e-6;

  /** Numbers of an input of the op, [shape]. */
  record In(Shape shape, double... values) {
    static In random(long seed, long... dims) {
      Shape shape = Shape.of(dims);
      Random random = new Random(seed);
      return new In(shape, random.doubles(shape.size(), -2, 2).toArray());
    }

    Tensor tensor() {
      return TFloat64.tensorOf(shape, DataBuffers.of(values, true, false));
    }
  }

  /** Something that gives what stands beside the op's float64 inputs. */
  interface Building {
    void build(Ops tf, GraphOperationBuilder op, List<Operand<?>> inputs);
  }

  /** A graph with one op, {@code y}, of float64 placeholders {@code in0, in1, ...}. */
  static GraphDef graph(String type, List<In> inputs, Building building) {
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      List<Operand<?>> placeholders = new ArrayList<>();
      for (int i = 0; i < inputs.size(); i++) {
        placeholders.add(
            tf.withName("in" + i)
                .placeholder(TFloat64.class, Placeholder.shape(inputs.get(i).shape())));
      }
      GraphOperationBuilder op = graph.opBuilder(type, "y", tf.scope());
      building.build(tf, op, placeholders);
      op.build();
      return graph.toGraphDef();
    }
  }

  /** The op of its float64 inputs alone. */
  static GraphDef graph(String type, List<In> inputs, Consumer<GraphOperationBuilder> more) {
    return graph(
        type,
        inputs,
        (tf, op, placeholders) -> {
          placeholders.forEach(p -> op.addInput(p.asOutput()));
          more.accept(op);
        });
  }

  static double[] run(GraphDef definition, List<In> inputs) {
    try (Graph graph = new Graph()) {
      GraphAccess.importGraph(graph, definition, "", Map.of());
      return run(graph, inputs, List.of(output(graph))).get(0);
    }
  }

  private static Output<?> output(Graph graph) {
    return graph.operationOrThrow("y").output(0);
  }

  private static List<double[]> run(Graph graph, List<In> inputs, List<Output<?>> fetched) {
    try (Session session = Sessions.open(graph)) {
      return run(session, inputs, fetched);
    }
  }

  private static List<double[]> run(Session session, List<In> inputs, List<Output<?>> fetched) {
    List<Tensor> fed = new ArrayList<>();
    try {
      Session.Runner runner = session.runner();
      for (int i = 0; i < inputs.size(); i++) {
        fed.add(inputs.get(i).tensor());
        runner.feed("in" + i, fed.get(i));
      }
      fetched.forEach(runner::fetch);
      List<double[]> values = new ArrayList<>();
      try (Result result = runner.run()) {
        for (int i = 0; i < fetched.size(); i++) {
          TFloat64 tensor = (TFloat64) result.get(i);
          double[] numbers = new double[(int) tensor.size()];
          tensor.asRawTensor().data().asDoubles().read(numbers);
          values.add(numbers);
        }
      }
      return values;
    } finally {
      fed.forEach(Tensor::close);
    }
  }

  static GraphDef rewritten(GraphDef graph) {
    Origins origins = new Origins("here", Map.of());
    GraphDef whole = NodeChecks.completed(graph, origins);
    return ConvolutionRules.rewritten(GradientRewrites.of(whole).graph(), "it", origins);
  }

  /** Of loss = sum(y cos(0, 1, ...)) by each input, as TensorFlow's gradients say. */
  static List<double[]> gradients(GraphDef definition, List<In> inputs) {
    try (Graph graph = new Graph()) {
      GraphAccess.importGraph(graph, definition, "", Map.of());
      Ops tf = NodeNames.ops(graph);
      Operand<TFloat64> y = output(graph).expect(TFloat64.class);
      Operand<TFloat64> flat = tf.reshape(y, tf.constant(new int[] {-1}));
      int size = run(definition, inputs).length;
      double[] weight = new double[size];
      java.util.Arrays.setAll(weight, Math::cos);
      Output<?> loss =
          tf.reduceSum(tf.math.mul(flat, tf.constant(weight)), tf.constant(0)).asOutput();
      Output<?>[] by = new Output<?>[inputs.size()];
      for (int i = 0; i < by.length; i++) {
        by[i] = graph.operationOrThrow("in" + i).output(0);
      }
      List<Output<?>> found = new ArrayList<>();
      for (Output<?> gradient : graph.addGradients(loss, by)) {
        found.add(tf.identity(gradient).asOutput()); // Two may be one tensor.
      }
      return run(graph, inputs, found);
    }
  }

  private static double loss(double[] y) {
    double sum = 0;
    for (int i = 0; i < y.length; i++) {
      sum += y[i] * Math.cos(i);
    }
    return sum;
  }

  /** The same by central differences of the graph as it was. */
  static List<double[]> differences(GraphDef definition, List<In> inputs) {
    List<double[]> slopes = new ArrayList<>();
    try (Graph graph = new Graph()) {
      GraphAccess.importGraph(graph, definition, "", Map.of());
      List<Output<?>> y = List.of(output(graph));
      try (Session session = Sessions.open(graph)) {
        for (In input : inputs) {
          double[] slope = new double[input.values().length];
          for (int i = 0; i < slope.length; i++) {
            double value = input.values()[i];
            input.values()[i] = value + STEP;
            double above = loss(run(session, inputs, y).get(0));
            input.values()[i] = value - STEP;
            double below = loss(run(session, inputs, y).get(0));
            input.values()[i] = value;
            slope[i] = (above - below) / (2 * STEP);
          }
          slopes.add(slope);
        }
      }
    }
    return slopes;
  }

  static void assertRight(GraphDef graph, List<In> inputs) {
    GraphDef rewritten = rewritten(graph);
    assertArrayEquals(run(graph, inputs), run(rewritten, inputs), 1e-12);
    List<double[]> found = gradients(rewritten, inputs);
    List<double[]> expected = differences(graph, inputs);
    for (int i = 0; i < inputs.size(); i++) {
      assertArrayEquals(expected.get(i), found.get(i), 1e-7, "by input " + i);
    }
  }

  private static void assertRight(String type, In... inputs) {
    assertRight(graph(type, List.of(inputs), op -> {}), List.of(inputs));
  }

  @Test
  void opsThatStandForAFormula() {
    assertRight("Erfc", In.random(1, 2, 3));
    assertRight("LogSoftmax", In.random(2, 2, 2, 3, 4));
    assertRight("LogSoftmax", In.random(3, 2, 3));
    assertRight("Atan2", In.random(4, 2, 1, 3), In.random(5, 4, 1));
    assertRight("FloorMod", In.random(6, 2, 3), In.random(7, 3));
    In positive = new In(Shape.of(3), 0.3, 1.2, 2.5);
    assertRight("Xlogy", In.random(8, 2, 3), positive);
    assertRight("Xlog1py", In.random(9, 2, 3), positive);
    assertRight("Xdivy", In.random(10, 2, 3), positive);
    assertRight("MulNoNan", In.random(11, 2, 3), In.random(12, 3));
    List<In> norm = List.of(In.random(13, 2, 3, 2));
    Building overAxis =
        (tf, op, in) -> {
          op.addInput(in.get(0).asOutput()).addInput(tf.constant(new int[] {1}).asOutput());
          op.setAttr("keep_dims", true);
        };
    assertRight(graph("EuclideanNorm", norm, overAxis), norm);
  }

  @Test
  void opsThatAreAnotherByAnOlderName() {
    assertRight("BiasAddV1", In.random(1, 2, 3, 4), In.random(2, 4));
    List<In> two = List.of(In.random(3, 2, 3), In.random(4, 2, 3));
    Building concat =
        (tf, op, in) ->
            op.addInput(tf.constant(1).asOutput())
                .addInputList(in.stream().map(Operand::asOutput).toArray(Output<?>[]::new));
    assertRight(graph("Concat", two, concat), two);
    Building sum =
        (tf, op, in) -> {
          op.addInputList(in.stream().map(Operand::asOutput).toArray(Output<?>[]::new));
          op.setAttr("shape", Shape.of(2, 3));
        };
    assertRight(graph("AccumulateNV2", two, sum), two);
    GraphDef both = graph("IdentityN", two, (tf, op, in) -> op.addInputList(outputs(in)));
    assertRight(plus(both, "step:1"), two);
    List<In> table = List.of(In.random(5, 4, 3));
    Building gather =
        (tf, op, in) ->
            op.addInput(in.get(0).asOutput()).addInput(tf.constant(new int[] {2, 0, 2}).asOutput());
    assertRight(graph("Gather", table, gather), table);
  }

  /** Into one part: TensorFlow's own gradient is a Concat of one, which there is not. */
  private static void ofParts(GraphOperationBuilder op, Operand<?>... inputs) {
    List.of(inputs).forEach(input -> op.addInput(input.asOutput()));
    op.setAttr("num_split", 1);
  }

  private static Output<?>[] outputs(List<Operand<?>> operands) {
    return operands.stream().map(Operand::asOutput).toArray(Output<?>[]::new);
  }

  @Test
  void whatOnlyChecksOrStandsBetween() {
    List<In> one = List.of(In.random(1, 2, 3));
    Consumer<GraphOperationBuilder> shape = op -> op.setAttr("shape", Shape.of(2, 3));
    assertRight(graph("EnsureShape", one, shape), one);
    assertRight(graph("PlaceholderWithDefault", one, shape), one);
    assertRight("Snapshot", one.get(0));
    Building split = (tf, op, in) -> ofParts(op, tf.constant(1), in.get(0));
    assertRight(graph("Split", one, split), one);
    Building sizes =
        (tf, op, in) -> ofParts(op, in.get(0), tf.constant(new int[] {3}), tf.constant(1));
    assertRight(graph("SplitV", one, sizes), one);
  }

  @Test
  void stepsHaveTheGradientOfAConstant() {
    for (String op : List.of("Round", "Rint", "Ceil", "Sign")) {
      List<In> inputs = List.of(new In(Shape.of(3), -1.3, 0.2, 1.7));
      GraphDef step = graph(op, inputs, b -> {});
      // Beside x itself: of a constant alone TensorFlow gives no gradient at all.
      assertRight(plus(step, "in0"), inputs);
    }
  }

  /** The op, now named step, and another tensor: their sum is y. */
  private static GraphDef plus(GraphDef graph, String other) {
    GraphDef.Builder result = graph.toBuilder();
    result.getNodeBuilderList().stream()
        .filter(node -> node.getName().equals("y"))
        .forEach(node -> node.setName("step"));
    result
        .addNodeBuilder()
        .setName("y")
        .setOp("AddV2")
        .addInput("step")
        .addInput(other)
        .putAttr("T", NewNodes.type(DataType.DT_DOUBLE));
    return result.build();
  }

  private static Consumer<GraphOperationBuilder> convolution(
      int stride, int[] dilation, String padding) {
    return op -> {
      op.setAttr("strides", new long[] {1, stride, stride, 1});
      op.setAttr("dilations", new long[] {1, dilation[0], dilation[1], 1});
      op.setAttr("padding", padding);
      if (padding.equals("EXPLICIT")) {
        op.setAttr("explicit_paddings", new long[] {0, 0, 1, 2, 0, 3, 0, 0});
      }
    };
  }

  private static final List<In> CONVOLVED =
      List.of(In.random(1, 2, 7, 6, 2), In.random(2, 3, 2, 2, 3));

  @Test
  void convolutionsThatDilateOrPadExplicitly() {
    int[] none = {1, 1};
    int[] both = {2, 3};
    for (String padding : List.of("SAME", "VALID", "EXPLICIT")) {
      assertRight(graph("Conv2D", CONVOLVED, convolution(1, both, padding)), CONVOLVED);
    }
    for (String op : List.of("Conv2D", "DepthwiseConv2dNative")) {
      assertRight(graph(op, CONVOLVED, convolution(2, none, "EXPLICIT")), CONVOLVED);
    }
  }

  /** TensorFlow itself cannot dilate a depthwise convolution on a CPU: it is one with zeros. */
  @Test
  void depthwiseConvolutionsThatDilate() {
    In kernel = CONVOLVED.get(1);
    double[] dense = new double[3 * 2 * 2 * 6];
    for (int at = 0; at < 3 * 2; at++) {
      for (int in = 0; in < 2; in++) {
        System.arraycopy(kernel.values(), at * 6 + in * 3, dense, at * 12 + in * 6 + in * 3, 3);
      }
    }
    Consumer<GraphOperationBuilder> dilated = convolution(1, new int[] {2, 3}, "SAME");
    GraphDef found = rewritten(graph("DepthwiseConv2dNative", CONVOLVED, dilated));
    List<In> expected = List.of(CONVOLVED.get(0), new In(Shape.of(3, 2, 2, 6), dense));
    assertArrayEquals(
        run(graph("Conv2D", expected, dilated), expected), run(found, CONVOLVED), 1e-12);
    List<double[]> slopes = gradients(found, CONVOLVED);
    List<double[]> differences = differences(found, CONVOLVED);
    for (int i = 0; i < 2; i++) {
      assertArrayEquals(differences.get(i), slopes.get(i), 1e-7);
    }
  }

  /** Exported, read again and trained again. */
  @Test
  void aGraphMayBeRewrittenTwice() {
    List<In> inputs = List.of(In.random(1, 2, 3), In.random(2, 2, 3));
    GraphDef both = graph("IdentityN", inputs, (tf, op, in) -> op.addInputList(outputs(in)));
    assertRight(rewritten(plus(both, "step:1")), inputs);
    GraphDef dilated = graph("Conv2D", CONVOLVED, convolution(1, new int[] {2, 2}, "EXPLICIT"));
    assertRight(rewritten(again(rewritten(dilated))), CONVOLVED);
    for (String op : List.of("LogSoftmax", "Erfc", "Round")) {
      List<In> one = inputs.subList(0, 1);
      assertRight(plus(rewritten(graph(op, one, b -> {})), "in0"), one);
    }
  }

  /** The graph with its convolution as it was: dilated, of what the first rewriting made. */
  private static GraphDef again(GraphDef graph) {
    GraphDef.Builder result = graph.toBuilder();
    for (var node : result.getNodeBuilderList()) {
      if (node.getOp().equals("Conv2D")) {
        var dilations = node.getAttrOrThrow("dilations").toBuilder();
        dilations.getListBuilder().setI(1, 2).setI(2, 2);
        node.putAttr("dilations", dilations.build());
      }
    }
    return result.build();
  }

  /** Why there are rules for what has a gradient: it is another function's. */
  @Test
  void withoutTheRulesTheseGradientsAreWrong() {
    assertWrong(graph("Conv2D", CONVOLVED, convolution(1, new int[] {2, 2}, "SAME")), CONVOLVED);
    List<In> softmax = List.of(In.random(2, 2, 2, 3, 4));
    assertWrong(graph("LogSoftmax", softmax, op -> {}), softmax);
  }

  private static void assertWrong(GraphDef graph, List<In> inputs) {
    double[] found = gradients(graph, inputs).get(0);
    double[] right = differences(graph, inputs).get(0);
    assertThrows(AssertionError.class, () -> assertArrayEquals(right, found, 1e-3));
    assertTrue(found.length == right.length);
  }
}

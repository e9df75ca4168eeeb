package io.github.fdistill.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.GraphAccess;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.ndarray.index.Indices;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** What TensorFlow would compute as one op with the convolution after it. */
class PaddedConvolutionsTest {
  private static final Shape IMAGE = Shape.of(1, 4, 4, 2);

  private interface Cut {
    Operand<TFloat32> of(Ops tf, Operand<TFloat32> y);
  }

  /** It is a Conv2D of the padded gradient, whose channels the one op forgets. */
  @Test
  void theGradientOfSomeChannelsOfATransposedConvolutionIsRight() {
    float[][] right = gradient((tf, y) -> tf.math.mul(y, tf.array(0f, 1f, 1f)));
    List<Cut> cuts =
        List.of(
            (tf, y) -> tf.slice(y, tf.array(0, 0, 0, 1), tf.array(1, -1, 5, 2)),
            (tf, y) -> tf.slice(y, tf.array(0L, 0L, 0L, 1L), tf.array(1L, -1L, 5L, 2L)),
            (tf, y) -> tf.slice(y, tf.array(0, 0, 0, 1), tf.stack(sizes(tf, y))),
            (tf, y) -> tf.slice(y, notFirst(tf), tf.math.sub(tf.shape(y), notFirst(tf))),
            (tf, y) -> tf.slice(y, notFirst(tf), tf.math.sub(notFirst(tf), tf.array(1, 1, 1, 2))));
    for (Cut cut : cuts) {
      float[][] rest = gradient(cut);
      for (int i = 0; i < right.length; i++) {
        assertArrayEquals(right[i], rest[i], 1e-4f);
      }
    }
  }

  private static List<Operand<TInt32>> sizes(Ops tf, Operand<TFloat32> y) {
    Operand<TInt32> images = tf.stridedSlice(tf.shape(y), Indices.at(0));
    return List.of(images, tf.constant(-1), tf.constant(5), tf.constant(2));
  }

  private static Operand<TInt32> notFirst(Ops tf) {
    return tf.math.add(tf.array(0, 0, 0, 0), tf.array(0, 0, 0, 1));
  }

  /** Of the squares of what is cut of y [1,5,5,3], for an image [1,4,4,2]: its first row. */
  private static float[][] gradient(Cut cut) {
    GraphDef written;
    try (Graph graph = new Graph()) {
      Ops tf = NodeNames.ops(graph);
      Operand<TFloat32> x = tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(IMAGE));
      Operand<TFloat32> numbers = tf.range(tf.constant(0f), tf.constant(24f), tf.constant(1f));
      Operand<TFloat32> filter = tf.reshape(tf.math.sin(numbers), tf.array(2, 2, 3, 2));
      Operand<TFloat32> y =
          tf.nn.conv2dBackpropInput(
              tf.array(1, 5, 5, 3), filter, x, List.of(1L, 1L, 1L, 1L), "VALID");
      tf.withName("loss").reduceSum(tf.math.square(cut.of(tf, y)), tf.array(0, 1, 2, 3));
      written =
          GradientRewrites.of(NodeChecks.completed(graph.toGraphDef(), new Origins("a", Map.of())))
              .graph();
    }
    assertEquals(slices(written), slices(GradientRewrites.of(written).graph()));
    try (Graph graph = new Graph()) {
      GraphAccess.importGraph(graph, written, "", Map.of());
      Output<?> loss = graph.operationOrThrow("loss").output(0);
      Output<?> x = graph.operationOrThrow("x").output(0);
      Output<?>[] slope = graph.addGradients(loss, new Output<?>[] {x});
      try (Session session = Sessions.open(graph);
          TFloat32 image =
              TFloat32.tensorOf(IMAGE, to -> to.scalars().forEach(v -> v.setFloat(1)));
          Result result = session.runner().feed("x", image).fetch(slope[0]).run()) {
        return StdArrays.array4dCopyOf((TFloat32) result.get(0))[0][0];
      }
    }
  }

  /** Those that stay: written once, a graph is written so. */
  private static List<String> slices(GraphDef graph) {
    return graph.getNodeList().stream()
        .map(NodeDef::getOp)
        .filter(op -> op.endsWith("Slice"))
        .toList();
  }

  @Test
  void paddingsThatAreMadeOfThemselvesAreNotKnown() {
    assertEquals(List.of("PadV2"), pads(node("p", "Identity", "q"), NewNodes.INT));
  }

  /** They are narrowed, and known all the same. */
  @Test
  void paddingsOfSixtyFourBitsAreKnown() {
    AttrValue.Builder numbers = AttrValue.newBuilder();
    numbers.getTensorBuilder().setDtype(DataType.DT_INT64).addAllInt64Val(List.of(0L, 0L, 1L, 1L));
    numbers.getTensorBuilder().addAllInt64Val(List.of(1L, 1L, 0L, 0L));
    numbers.getTensorBuilder().getTensorShapeBuilder().addDimBuilder().setSize(8);
    NodeDef paddings = node("p", "Const").toBuilder().putAttr("value", numbers.build()).build();
    assertEquals(List.of("Pad"), pads(paddings, NewNodes.type(DataType.DT_INT64)));
  }

  /** How a Pad before a convolution is written. */
  private static List<String> pads(NodeDef paddings, AttrValue type) {
    GraphDef.Builder graph = GraphDef.newBuilder();
    graph.addNode(paddings).addNode(node("q", "Identity", "p"));
    graph.addNode(node("y", "Pad", "x", "p").toBuilder().putAttr("Tpaddings", type));
    graph.addNode(node("c", "Conv2D", "y", "k"));
    return GradientRewrites.of(graph.build()).graph().getNodeList().stream()
        .map(NodeDef::getOp)
        .filter(op -> op.startsWith("Pad"))
        .toList();
  }

  private static NodeDef node(String name, String op, String... inputs) {
    NodeDef.Builder node =
        NodeDef.newBuilder().setName(name).setOp(op).addAllInput(List.of(inputs));
    return node.putAttr("T", NewNodes.INT).putAttr("Tpaddings", NewNodes.INT).build();
  }
}

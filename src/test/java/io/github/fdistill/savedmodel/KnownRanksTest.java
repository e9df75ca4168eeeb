package io.github.fdistill.savedmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.index.Indices;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gather;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/** A convolution on a tensor of another rank than four ends the process. */
class KnownRanksTest {
  static final List<Long> ONE = List.of(1L, 1L, 1L, 1L);

  @TempDir Path folder;

  /** An image [N,4,4,2] and a filter [1,1,2,3] to an output. */
  interface Layer {
    Operand<TFloat32> of(
        Ops tf, Operand<TFloat32> image, Operand<TFloat32> filter, Operand<TInt32> shape);
  }

  /** A layer whose signature also takes a shape, which nobody knows before it runs. */
  static void write(Path folder, Layer layer) throws IOException {
    write(folder, Shape.of(-1, 4, 4, 2), layer);
  }

  static void write(Path folder, Shape image, Layer layer) throws IOException {
    Files.createDirectories(folder);
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      Operand<TFloat32> x = tf.placeholder(TFloat32.class, Placeholder.shape(image));
      Operand<TInt32> shape = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
      Operand<TFloat32> filter = tf.constant(new float[1][1][2][3]);
      Operand<TFloat32> y = layer.of(tf, x, filter, shape);
      builder.signature("run", Map.of("x", x, "shape", shape), Map.of("y", y));
      builder.write(folder);
    }
  }

  private void write(Layer layer) throws IOException {
    write(folder, layer);
  }

  private void allowed(Layer layer, String op) throws IOException {
    allowed(folder, layer, op);
  }

  /** Served, and a network with one node of an op. */
  static void allowed(Path folder, Layer layer, String op) throws IOException {
    write(folder, layer);
    ServedGraph.require(folder);
    long found =
        SavedModel.read(folder).function("run").graph().getNodeList().stream()
            .filter(node -> node.getOp().equals(op))
            .count();
    assertEquals(1, found);
  }

  private void refused(Layer layer, String... parts) throws IOException {
    write(layer);
    refusedAsWritten(folder, parts);
  }

  /** Neither served nor a network. */
  static void refusedAsWritten(Path folder, String... parts) {
    for (Runnable use :
        List.<Runnable>of(
            () -> ServedGraph.require(folder), () -> SavedModel.read(folder).function("run"))) {
      String message = assertThrows(InputException.class, use::run).getMessage();
      for (String part : parts) {
        assertTrue(message.contains(part), "'" + part + "' in: " + message);
      }
    }
  }

  @Test
  void convolutionsOnImagesAreAllowed() throws IOException {
    allowed((tf, x, filter, shape) -> tf.nn.conv2d(x, filter, ONE, "SAME"), "Conv2D");
    allowed(
        (tf, x, filter, shape) -> tf.nn.depthwiseConv2dNative(x, filter, ONE, "SAME"),
        "DepthwiseConv2dNative");
  }

  /** The check is made when it runs, so its word holds. */
  @Test
  void aShapeThatIsMadeSureOfIsKnown() throws IOException {
    allowed(
        (tf, x, filter, shape) ->
            tf.nn.conv2d(
                tf.ensureShape(tf.reshape(x, shape), Shape.of(-1, -1, 4, 2)), filter, ONE, "SAME"),
        "Conv2D");
  }

  @Test
  void onWhatMayHaveAnyRankTheyAreNot() throws IOException {
    String unknown = "on inputs of unknown shape";
    refused(
        (tf, x, filter, shape) -> tf.nn.conv2d(tf.reshape(x, shape), filter, ONE, "SAME"),
        "signature run, node Conv2d",
        "the op Conv2D " + unknown);
    refused(
        (tf, x, filter, shape) -> tf.nn.conv2d(x, tf.reshape(filter, shape), ONE, "SAME"),
        "the op Conv2D " + unknown);
    refused(
        (tf, x, filter, shape) ->
            tf.nn.depthwiseConv2dNative(tf.reshape(x, shape), filter, ONE, "SAME"),
        "the op DepthwiseConv2dNative " + unknown);
  }

  /** To 254 dimensions, which only a run knows of, TensorFlow ends the process of one more. */
  @Test
  void whatAddsADimensionKnowsHowManyThereAreAtMost() throws IOException {
    List<Layer> adding =
        List.of(
            (tf, x, filter, shape) -> tf.expandDims(x, tf.constant(0)),
            (tf, x, filter, shape) -> tf.stack(List.of(x, x)),
            (tf, x, filter, shape) -> tf.stridedSlice(x, Indices.newAxis()),
            (tf, x, filter, shape) ->
                tf.oneHot(
                    tf.dtypes.cast(x, TInt32.class),
                    tf.constant(2),
                    tf.constant(1f),
                    tf.constant(0f)));
    for (Layer layer : adding) {
      refused(
          (tf, x, filter, shape) -> layer.of(tf, tf.reshape(x, shape), filter, shape),
          "the op ",
          " on inputs of unknown shape");
      // A request has few dimensions, and no more on the way there.
      write(
          folder,
          Shape.unknown(),
          (tf, x, filter, shape) ->
              layer.of(tf, tf.math.neg(tf.expandDims(x, tf.constant(-1))), filter, shape));
      ServedGraph.require(folder);
      SavedModel.read(folder).function("run");
    }
  }

  /**
   * TensorFlow computes them with the convolution or the product before, be there what changes
   * nothing between the two, and reads as many as that has channels.
   */
  @Test
  void aVectorIsAsLongAsThereAreChannels() throws IOException {
    String refusal = "the op BiasAdd on inputs of unknown shape";
    allowed(
        (tf, x, filter, shape) ->
            tf.nn.biasAdd(tf.nn.conv2d(x, filter, ONE, "SAME"), tf.constant(new float[3])),
        "BiasAdd");
    refused(
        (tf, x, filter, shape) ->
            tf.nn.biasAdd(
                tf.nn.conv2d(x, filter, ONE, "SAME"), tf.dtypes.cast(shape, TFloat32.class)),
        refusal);
    refused(
        (tf, x, filter, shape) ->
            tf.nn.biasAdd(
                tf.stopGradient(tf.nn.conv2d(x, filter, ONE, "SAME")),
                tf.dtypes.cast(shape, TFloat32.class)),
        refusal);
    refused(
        (tf, x, filter, shape) ->
            tf.nn.biasAdd(
                tf.linalg.matMul(
                    tf.reshape(x, tf.constant(new int[] {-1, 2})), tf.constant(new float[2][3])),
                tf.dtypes.cast(shape, TFloat32.class)),
        refusal);
    refused(
        (tf, x, filter, shape) -> tf.nn.biasAdd(tf.reshape(x, shape), tf.constant(new float[2])),
        refusal);
    refused(
        (tf, x, filter, shape) -> {
          Operand<TFloat32> two = tf.constant(new float[2]);
          Operand<TFloat32> open = tf.dtypes.cast(shape, TFloat32.class);
          return tf.nn.fusedBatchNorm(x, two, open, two, two, FusedBatchNorm.isTraining(false)).y();
        },
        "the op FusedBatchNorm");
    // By the batch's own moments it is computed alone: so Keras writes its norm of a layer.
    write(
        (tf, x, filter, shape) -> {
          Operand<TFloat32> open = tf.dtypes.cast(shape, TFloat32.class);
          Operand<TFloat32> none = tf.constant(new float[0]);
          return tf.nn.fusedBatchNorm(x, open, open, none, none).y();
        });
    ServedGraph.require(folder);
    SavedModel.read(folder).function("run");
  }

  /** TensorFlow, as it makes a graph faster, ends the process of some shapes. */
  @Test
  void aShapeThatNoTensorHasIsNotMade() throws IOException {
    long much = 1L << 40;
    for (long[] dims : List.of(new long[] {much, much}, new long[33])) {
      refused(
          (tf, x, filter, shape) ->
              tf.dtypes.cast(tf.rank(tf.fill(tf.constant(dims), tf.constant(0f))), TFloat32.class),
          "the op Fill, which gives the shape [" + dims[0]);
    }
    refused(
        (tf, x, filter, shape) -> {
          Operand<TInt64> most =
              tf.reduceMax(tf.fill(tf.array(12_000), tf.constant(much)), tf.array(0));
          return tf.fill(tf.stack(List.of(most, most)), tf.constant(0f));
        },
        "the op Max, which takes or gives sizes that follow from a large constant");
    refused(
        (tf, x, filter, shape) -> tf.image.resizeBilinear(x, tf.constant(new int[] {1, 1 << 30})),
        "the op ResizeBilinear, which gives the shape [-1, 1, 1073741824, 2]");
  }

  /** TensorFlow's look at shapes ends the process of the first. */
  @Test
  void theAxisOfAGatherInBatchesIsAConstant() throws IOException {
    allowed((tf, x, filter, shape) -> gathered(tf, x, tf.identity(tf.constant(1))), "GatherV2");
    refused(
        (tf, x, filter, shape) -> gathered(tf, x, tf.reduceMin(shape, tf.constant(0))),
        "the op GatherV2 with batch_dims 1 along an axis that is no constant");
  }

  private static Operand<TFloat32> gathered(Ops tf, Operand<TFloat32> x, Operand<TInt32> axis) {
    Operand<TInt32> one = tf.zeros(tf.stack(List.of(rows(tf, x), tf.constant(1))), TInt32.class);
    return tf.gather(x, one, axis, Gather.batchDims(1L));
  }

  /** Four dimensions, but nobody knows how many channels. */
  @Test
  void aDepthwiseFilterIsKnownWhole() throws IOException {
    refused(
        (tf, x, filter, shape) ->
            tf.nn.depthwiseConv2dNative(
                x, tf.reshape(filter, tf.slice(shape, tf.array(0), tf.array(4))), ONE, "SAME"),
        "the op DepthwiseConv2dNative on inputs of unknown shape");
  }

  /** Sizes that do not give the image that is there end the process. */
  @Test
  void aTransposedConvolutionIsToldTheSizesThatFit() throws IOException {
    String op = "Conv2DBackpropInput";
    allowed((tf, x, filter, shape) -> transposed(tf, x, rows(tf, x), 8), op);
    allowed((tf, x, filter, shape) -> transposed(tf, ensured(tf, x), rows(tf, x), 8), op);
    for (int height : new int[] {0, 1, 4, 9, -1}) {
      refused((tf, x, filter, shape) -> transposed(tf, x, rows(tf, x), height), op + " on inputs");
    }
    refused(
        (tf, x, filter, shape) -> transposed(tf, x, rows(tf, tf.tile(x, shape)), 8),
        op + " on inputs");
    refused((tf, x, filter, shape) -> transposed(tf, x, tf.constant(1), 8), op + " on inputs");
    refused(
        (tf, x, filter, shape) ->
            tf.nn.conv2dBackpropInput(
                shape, tf.constant(new float[3][3][1][2]), x, List.of(1L, 2L, 2L, 1L), "SAME"),
        op + " on inputs");
  }

  /** By its gradient it is written as another op, which has the same shape. */
  @Test
  void whatIsCutOfATransposedConvolutionHasItsChannels() throws IOException {
    List<Cut> cuts =
        List.of(
            (tf, y, x, sizes) -> tf.slice(y, tf.array(0, 0, 0, 0), sizes),
            (tf, y, x, sizes) -> tf.slice(y, tf.array(0, 1, 1, 0), tf.shape(x)),
            (tf, y, x, sizes) -> tf.slice(y, middle(tf, y, x), tf.shape(x)),
            (tf, y, x, sizes) -> {
              Operand<TInt32> four = tf.constant(4);
              Operand<TInt32> size = tf.stack(List.of(rows(tf, x), four, four, tf.constant(2)));
              return tf.slice(y, middle(tf, y, x), size);
            });
    for (Cut cut : cuts) {
      allowed(
          (tf, x, filter, shape) -> {
            Operand<TInt32> eight = tf.constant(8);
            Operand<TInt32> sizes = tf.stack(List.of(rows(tf, x), eight, eight, tf.constant(2)));
            Operand<TFloat32> kernel = tf.constant(new float[2][2][2][2]);
            Operand<TFloat32> y =
                tf.nn.conv2dBackpropInput(sizes, kernel, x, List.of(1L, 2L, 2L, 1L), "VALID");
            return tf.nn.depthwiseConv2dNative(cut.of(tf, y, x, sizes), filter, ONE, "SAME");
          },
          "DepthwiseConv2dNative");
    }
  }

  /** What is cut of an image of twice the size, and of as many rows and channels. */
  private interface Cut {
    Operand<TFloat32> of(Ops tf, Operand<TFloat32> y, Operand<TFloat32> x, Operand<TInt32> sizes);
  }

  private static Operand<TInt32> middle(Ops tf, Operand<TFloat32> y, Operand<TFloat32> x) {
    return tf.math.floorDiv(tf.math.sub(tf.shape(y), tf.shape(x)), tf.constant(2));
  }

  /** Who runs the network goes by the signature, which lets any number of rows in. */
  @Test
  void aPlaceholderThatSaysMoreThanTheSignatureIsNotBelieved() throws IOException {
    write((tf, x, filter, shape) -> transposed(tf, x, tf.constant(1), 8));
    Toy.change(
        folder,
        graph -> {
          for (NodeDef.Builder node : graph.getNodeBuilderList()) {
            AttrValue.Builder said = node.getAttrOrDefault("shape", Toy.attribute("")).toBuilder();
            if (node.getOp().equals("Placeholder") && said.getShape().getDimCount() == 4) {
              said.getShapeBuilder().getDimBuilder(0).setSize(1);
              node.putAttr("shape", said.build());
            }
          }
        });
    String message =
        assertThrows(InputException.class, () -> SavedModel.read(folder).function("run"))
            .getMessage();
    assertTrue(message.contains("Conv2DBackpropInput on inputs of unknown shape"), message);
  }

  /** Notes of a node's shapes, and a default's: TensorFlow's look at shapes believes both. */
  @Test
  void aShapeThatANodeOnlySaysIsNotBelieved() throws IOException {
    AttrValue.Builder image = AttrValue.newBuilder();
    for (long dim : new long[] {1, 4, 4, 2}) {
      image.getShapeBuilder().addDimBuilder().setSize(dim);
    }
    AttrValue.Builder noted = AttrValue.newBuilder();
    noted.getListBuilder().addShape(image.getShape());
    Layer layer =
        (tf, x, filter, shape) ->
            tf.nn.conv2d(tf.identity(tf.reshape(x, shape)), filter, ONE, "SAME");
    for (boolean byDefault : new boolean[] {false, true}) {
      write(layer);
      Toy.change(
          folder,
          graph ->
              graph.getNodeBuilderList().stream()
                  .filter(node -> node.getOp().equals("Identity"))
                  .forEach(node -> say(node, byDefault, image.build(), noted.build())));
      refusedAsWritten(folder, "node Conv2d: the op Conv2D on inputs of unknown shape");
    }
  }

  /** By it TensorFlow computes the sizes of a transposed convolution before anything runs. */
  @Test
  void aDefaultSaysNoMoreThanIsKnownOfIt() throws IOException {
    write((tf, x, filter, shape) -> passedOn(tf, x, Shape.of(-1, 4, 4, 2)));
    ServedGraph.require(folder);
    write((tf, x, filter, shape) -> passedOn(tf, x, Shape.of(1, 4, 4, 2)));
    String message =
        assertThrows(InputException.class, () -> ServedGraph.require(folder)).getMessage();
    assertTrue(message.contains("[1, 4, 4, 2], given the shape [-1, 4, 4, 2]"), message);
  }

  private static Operand<TFloat32> passedOn(Ops tf, Operand<TFloat32> x, Shape said) {
    Operand<TFloat32> passed = tf.placeholderWithDefault(x, said);
    return transposed(tf, passed, rows(tf, passed), 8);
  }

  private static void say(
      NodeDef.Builder node, boolean byDefault, AttrValue shape, AttrValue noted) {
    if (byDefault) {
      AttrValue type = node.getAttrOrThrow("T");
      node.setOp("PlaceholderWithDefault").clearAttr().putAttr("dtype", type);
      node.putAttr("shape", shape);
    } else {
      node.putAttr("_output_shapes", noted);
    }
  }

  private static Operand<TFloat32> ensured(Ops tf, Operand<TFloat32> x) {
    return tf.ensureShape(x, Shape.of(-1, 4, 4, 2));
  }

  static Operand<TInt32> rows(Ops tf, Operand<TFloat32> x) {
    return tf.stridedSlice(tf.shape(x), Indices.at(0));
  }

  /** To twice the height and width, in steps of two. */
  static Operand<TFloat32> transposed(
      Ops tf, Operand<TFloat32> x, Operand<TInt32> rows, int height) {
    Operand<TInt32> sizes =
        tf.stack(List.of(rows, tf.constant(height), tf.constant(8), tf.constant(1)));
    return tf.nn.conv2dBackpropInput(
        sizes, tf.constant(new float[3][3][1][2]), x, List.of(1L, 2L, 2L, 1L), "SAME");
  }
}

package io.github.fdistill.savedmodel;

import static io.github.fdistill.savedmodel.KnownRanksTest.ONE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.savedmodel.KnownRanksTest.Layer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.index.Indices;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.core.ResourceGather;
import org.tensorflow.op.image.ScaleAndTranslate;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Numbers in tensors that end the process, or take its memory, where nobody looks at them. */
class KnownNumbersTest {
  @TempDir Path folder;

  private void allowed(Layer layer, String op) throws IOException {
    KnownRanksTest.allowed(folder, layer, op);
  }

  private void refused(Layer layer, String... parts) throws IOException {
    KnownRanksTest.write(folder, layer);
    KnownRanksTest.refusedAsWritten(folder, parts);
  }

  /** TensorFlow would compute it, be it of gigabytes, as soon as it has the graph to run. */
  @Test
  void noShapeFollowsFromALargeTensor() throws IOException {
    allowed((tf, x, filter, shape) -> ofChannels(tf, x, filter, 100), "DepthwiseConv2dNative");
    refused(
        (tf, x, filter, shape) -> ofChannels(tf, x, filter, 20_000),
        "the op Max, which takes or gives sizes that follow from a large constant");
    refused(
        (tf, x, filter, shape) -> {
          Operand<TFloat32> many = tf.fill(tf.array(200, 200), tf.constant(2f));
          Operand<TFloat32> most = tf.reduceMax(tf.linalg.matMul(many, many), tf.array(0, 1));
          Operand<TInt32> sizes = tf.stack(List.of(tf.dtypes.cast(most, TInt32.class), rest(tf)));
          return tf.reshape(x, sizes);
        },
        "the op Cast, which takes or gives sizes that follow from a large constant");
    refused(
        (tf, x, filter, shape) -> {
          Operand<TFloat32> many = tf.fill(tf.array(20_000), tf.constant(2f));
          Operand<TFloat32> most = tf.reduceMax(many, tf.array(0));
          return tf.math.add(x, tf.reduceMax(tf.range(most, tf.constant(9f), most), tf.array(0)));
        },
        "the op Range, which takes or gives sizes that follow from a large constant");
    refused(
        (tf, x, filter, shape) ->
            tf.reduceSum(x, tf.fill(tf.array(20_000), tf.constant(1)), ReduceSum.keepDims(true)),
        "the op Sum, which takes or gives sizes that follow from a large constant");
    allowed(
        (tf, x, filter, shape) ->
            tf.gather(x, tf.fill(tf.array(20_000), tf.constant(1)), tf.constant(1)),
        "GatherV2");
    allowed(
        (tf, x, filter, shape) ->
            tf.math.mul(x, tf.reduceMax(tf.fill(tf.array(20_000), tf.constant(2f)), tf.array(0))),
        "Mul");
  }

  /** It computes none that follows from a shape that only a run knows. */
  @Test
  void whatTheBatchDecidesIsNoLargeTensor() throws IOException {
    List<Told> told =
        List.of(
            (tf, rows) ->
                tf.shape(tf.fill(tf.stack(List.of(rows, tf.constant(128))), tf.constant(0f))),
            (tf, rows) -> tf.size(upTo(tf, rows)),
            (tf, rows) -> {
              Operand<TInt32> grid = tf.stack(List.of(tf.constant(5), rows));
              return tf.shape(tf.broadcastTo(upTo(tf, rows), grid));
            },
            (tf, rows) -> {
              Operand<TFloat32> table = tf.constant(new float[6_000][2]);
              return tf.shape(tf.gather(table, upTo(tf, rows), tf.constant(0)));
            });
    for (Told sizes : told) {
      KnownRanksTest.write(
          folder,
          (tf, x, filter, shape) ->
              tf.dtypes.cast(sizes.of(tf, KnownRanksTest.rows(tf, x)), TFloat32.class));
      ServedGraph.require(folder);
      SavedModel.read(folder).function("run");
    }
    // How many channels there are is known where the number of rows is not.
    refused(
        (tf, x, filter, shape) -> {
          Operand<TInt32> channels = tf.stridedSlice(tf.shape(x), Indices.at(3));
          Operand<TInt32> many = tf.math.mul(channels, tf.constant(10_000));
          Operand<TInt32> twos = tf.fill(tf.expandDims(many, tf.constant(0)), tf.constant(2));
          return tf.dtypes.cast(tf.reduceMax(twos, tf.array(0)), TFloat32.class);
        },
        "the op Max, which takes or gives sizes that follow from a large constant");
  }

  /** Sizes, of a tensor made for so many rows. */
  private interface Told {
    Operand<TInt32> of(Ops tf, Operand<TInt32> rows);
  }

  private static Operand<TInt32> upTo(Ops tf, Operand<TInt32> rows) {
    return tf.range(tf.constant(0), rows, tf.constant(1));
  }

  private static Operand<TInt32> rest(Ops tf) {
    return tf.constant(-1);
  }

  /** As many channels as the largest of so many twos. */
  private static Operand<TFloat32> ofChannels(
      Ops tf, Operand<TFloat32> x, Operand<TFloat32> filter, int count) {
    Operand<TInt32> twos = tf.fill(tf.array(count), tf.constant(2));
    Operand<TInt32> channels = tf.reduceMax(twos, tf.constant(0));
    Operand<TInt32> sizes =
        tf.stack(List.of(tf.constant(-1), tf.constant(4), tf.constant(4), channels));
    return tf.nn.depthwiseConv2dNative(tf.reshape(x, sizes), filter, ONE, "SAME");
  }

  /** Of two diagonals, of which it has one dimension, it ends the process. */
  @Test
  void diagonalsAreAsManyAsTheirTensorSays() throws IOException {
    Layer one = (tf, x, filter, shape) -> diagonals(tf, x, tf.constant(new int[] {1}));
    allowed(one, "MatrixDiagV3");
    refused(
        (tf, x, filter, shape) -> diagonals(tf, x, shape),
        "the op MatrixDiagV3 on inputs of unknown shape");
  }

  private static Operand<TFloat32> diagonals(Ops tf, Operand<TFloat32> x, Operand<TInt32> which) {
    Operand<TFloat32> flat = tf.reshape(x, tf.constant(new int[] {-1}));
    Operand<TInt32> fits = tf.constant(-1);
    return tf.linalg.matrixDiagV3(flat, which, fits, fits, tf.constant(0f));
  }

  /** As tf.image.resize writes it; by a tiny scale TensorFlow ends the process. */
  @Test
  void aPictureIsResizedByWhatPicturesAreResizedBy() throws IOException {
    String op = "ScaleAndTranslate";
    Layer known = (tf, x, filter, shape) -> resized(tf, x, tf.array(2, 2), tf.array(.5f, .5f));
    allowed(known, op);
    allowed(
        (tf, x, filter, shape) -> {
          Operand<TInt32> size = tf.slice(shape, tf.array(0), tf.array(2));
          return resized(tf, x, size, quotient(tf, size, sides(tf, x)));
        },
        op);
    Shape free = Shape.of(-1, -1, -1, 2);
    Layer ofNumbers =
        (tf, x, filter, shape) -> {
          Operand<TFloat32> own = tf.dtypes.cast(sides(tf, x), TFloat32.class);
          return resized(tf, x, tf.array(2, 3), tf.math.realDiv(tf.array(2f, 3f), own));
        };
    KnownRanksTest.write(folder, free, ofNumbers);
    ServedGraph.require(folder);
    KnownRanksTest.write(
        folder,
        free,
        (tf, x, filter, shape) -> {
          Operand<TFloat32> own = tf.dtypes.cast(sides(tf, x), TFloat32.class);
          return resized(tf, x, tf.array(2, 3), tf.math.realDiv(tf.array(2f, 2f), own));
        });
    KnownRanksTest.refusedAsWritten(folder, "the op ScaleAndTranslate by a scale");
    refused(
        (tf, x, filter, shape) -> resized(tf, x, tf.array(2, 2), tf.array(1e-9f, 1f)),
        "the op ScaleAndTranslate by a scale that is not known before it runs, or tiny");
    refused(
        (tf, x, filter, shape) -> {
          Operand<TInt32> size = tf.array(2, 2);
          Operand<TInt32> other = tf.slice(shape, tf.array(0), tf.array(2));
          return resized(tf, x, size, quotient(tf, size, other));
        },
        "the op ScaleAndTranslate by a scale");
  }

  private static Operand<TFloat32> resized(
      Ops tf, Operand<TFloat32> x, Operand<TInt32> size, Operand<TFloat32> scale) {
    return tf.image.scaleAndTranslate(
        x, size, scale, tf.array(0f, 0f), ScaleAndTranslate.kernelType("triangle"));
  }

  private static Operand<TFloat32> quotient(Ops tf, Operand<TInt32> a, Operand<TInt32> b) {
    Operand<TFloat32> above = tf.dtypes.cast(a, TFloat32.class);
    return tf.math.realDiv(above, tf.dtypes.cast(b, TFloat32.class));
  }

  private static Operand<TInt32> sides(Ops tf, Operand<TFloat32> x) {
    return tf.stridedSlice(tf.shape(x), Indices.slice(1, 3));
  }

  /** Of another one, by its own shape, it ends the process. */
  @Test
  void aVariableHasTheBatchesInWhichItIsGathered() throws IOException {
    KnownRanksTest.write(folder, (tf, x, filter, shape) -> gathered(tf, Shape.of(2, 3)));
    ServedGraph.require(folder);
    for (Shape other : List.of(Shape.unknown(), Shape.of(5, 3), Shape.of(-1, 3))) {
      KnownRanksTest.write(folder, (tf, x, filter, shape) -> gathered(tf, other));
      String said =
          assertThrows(InputException.class, () -> ServedGraph.require(folder)).getMessage();
      assertTrue(said.contains("the op ResourceGather on inputs of unknown shape"), said);
    }
  }

  private static Operand<TFloat32> gathered(Ops tf, Shape shape) {
    return tf.resourceGather(
        tf.varHandleOp(TFloat32.class, shape),
        tf.array(0, 1),
        TFloat32.class,
        ResourceGather.batchDims(1L));
  }

  /** The two become one op, which looks at no paddings and forgets those of the batch. */
  @Test
  void whatIsConvolvedIsPaddedByNumbersInHeightAndWidth() throws IOException {
    assertEquals(List.of("Pad"), padded((tf, x) -> x, sides(0, 0), true));
    assertEquals(List.of("PadV2"), padded((tf, x) -> x, sides(1, 0), false));
    assertEquals(List.of("PadV2"), padded((tf, x) -> x, sides(0, 1), false));
    assertEquals(List.of("PadV2"), padded((tf, x) -> tf.identity(x), (tf, some) -> some, false));
    assertEquals(List.of("PadV2"), padded((tf, x) -> tf.nn.relu(x), (tf, some) -> some, true));
    Step half = (tf, x) -> tf.math.mul(x, tf.constant(.5f));
    assertEquals(List.of("PadV2"), padded(half, sides(0, 1), false));
  }

  /** Each of these stays between the two. */
  @Test
  void whatStaysBeforeAConvolutionKeepsThePaddingFromIt() throws IOException {
    List<Step> steps =
        List.of(
            (tf, x) -> tf.math.mul(x, tf.math.sigmoid(tf.math.mul(x, tf.constant(1f)))),
            (tf, x) -> tf.math.mul(x, read(tf)),
            (tf, x) ->
                tf.pad(x, tf.constant(new int[][] {{0, 0}, {1, 1}, {1, 1}, {0, 0}}), zero(tf)),
            (tf, x) -> tf.fill(tf.shape(x), zero(tf)));
    for (Step step : steps) {
      padded(step, sides(0, 1), true);
    }
    Step beta = (tf, x) -> tf.math.mul(x, tf.math.sigmoid(tf.math.mul(x, tf.constant(0f))));
    padded(beta, sides(0, 1), false);
  }

  private static Operand<TFloat32> zero(Ops tf) {
    return tf.constant(0f);
  }

  private static Operand<TFloat32> read(Ops tf) {
    return tf.readVariableOp(tf.varHandleOp(TFloat32.class, Shape.of(3)), TFloat32.class);
  }

  /** The paddings, of some that nobody knows. */
  private interface Paddings {
    Operand<TInt32> of(Ops tf, Operand<TInt32> some);
  }

  private interface Step {
    Operand<TFloat32> of(Ops tf, Operand<TFloat32> x);
  }

  private static Paddings sides(int images, int channels) {
    return (tf, some) -> tf.constant(new int[][] {{images, 0}, {1, 1}, {1, 1}, {0, channels}});
  }

  /** The ops of a network that pad, where the model is served or is not. */
  private List<String> padded(Step between, Paddings paddings, boolean served) throws IOException {
    KnownRanksTest.write(
        folder,
        (tf, x, filter, shape) -> {
          Operand<TInt32> some = tf.reshape(shape, tf.constant(new int[] {4, 2}));
          Operand<TFloat32> padded = tf.pad(x, paddings.of(tf, some), tf.constant(0f));
          int channels = (int) Math.max(2, padded.shape().get(3));
          Operand<TFloat32> kernel = tf.constant(new float[1][1][channels][3]);
          return tf.nn.conv2d(between.of(tf, padded), kernel, ONE, "VALID");
        });
    Toy.change(
        folder,
        graph ->
            graph.getNodeBuilderList().stream()
                .filter(node -> node.getOp().equals("PadV2"))
                .forEach(
                    node -> {
                      List<String> inputs = List.copyOf(node.getInputList().subList(0, 2));
                      node.setOp("Pad").clearInput().addAllInput(inputs);
                    }));
    if (served) {
      ServedGraph.require(folder);
    } else {
      String said =
          assertThrows(InputException.class, () -> ServedGraph.require(folder)).getMessage();
      assertTrue(said.contains("the op Pad before a convolution, by paddings that are not"), said);
    }
    return SavedModel.read(folder).function("run").graph().getNodeList().stream()
        .map(node -> node.getOp())
        .filter(op -> op.startsWith("Pad"))
        .toList();
  }
}

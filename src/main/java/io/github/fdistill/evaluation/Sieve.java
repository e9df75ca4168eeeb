package io.github.fdistill.evaluation;

import io.github.fdistill.device.Lanes;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.savedmodel.TensorBundle;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.nn.TopK;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/**
 * Finds the few pairs of vectors that may be near among all pairs, by a float32 matrix product that
 * gives a lower bound of each squared distance. {@link Features#squaredDistance} then decides on
 * those in float64: what comes out has no float32 error, and equal distances compare as equal.
 *
 * <pre>
 * low = (1 - c)(|x|^2 + |y|^2) - 2 x.y
 * low &lt;= |x - y|^2 &lt;= low + 2 c (|x|^2 + |y|^2),   c = (d + 32) u,  u = 2^-24
 * </pre>
 *
 * Here x and y are centred at the set's mean. c covers their rounding, 4 u (|x|^2 + |y|^2); x.y in
 * whatever order it is summed, d u |x||y| (Higham, "Accuracy and Stability of Numerical
 * Algorithms", section 3.1); and the sums and rounded norms, 8 u (|x|^2 + |y|^2).
 *
 * <p>It runs on the CPU: a GPU may multiply float32 in TensorFloat-32, which has 13 bits fewer.
 */
final class Sieve implements AutoCloseable {
  /** Pairs that are worked on at once; {@link #bytesNeeded} follows. */
  private static final int BLOCK_PAIRS = 1 << 23;

  /** What a block takes at most: four float32 matrices, and pairs of int64 where all are near. */
  private static final long BYTES = BLOCK_PAIRS * (4L * Float.BYTES + 3L * Long.BYTES);

  /** Takes a pair that may be near; its squared distance is from {@code low} to {@code high}. */
  @FunctionalInterface
  interface Pair {
    void accept(int row, int column, double low, double high);
  }

  /**
   * The columns with the least lower bounds, in their order.
   *
   * @param columns [rows, perRow]
   * @param lows [rows, perRow]
   */
  record Nearest(int perRow, int[] columns, float[] lows) {}

  private final Features set;
  private final float[] centre;
  private final CentredRows columns;

  private final Graph graph = Sessions.graph();
  private final Ops tf = NodeNames.ops(graph).withDevice(cpu());
  private final Placeholder<TFloat32> x;
  private final Placeholder<TFloat32> y;
  private final Placeholder<TFloat32> xNorm = placeholder(Shape.of(-1));
  private final Placeholder<TFloat32> yNorm = placeholder(Shape.of(-1));
  private final Placeholder<TFloat32> xReach = placeholder(Shape.of(-1));
  private final Placeholder<TFloat32> yReach = placeholder(Shape.of(-1));
  private final Placeholder<TInt32> perRow;
  private final TopK<TFloat32, TInt32> nearest;
  private final Operand<TInt64> near;
  private final Operand<TFloat32> nearLow;
  private final Session session;

  /**
   * @param set the columns: what distances are measured to
   */
  Sieve(Features set) {
    this.set = set;
    int d = set.dimension();
    centre = mean(set);
    columns = CentredRows.of(set, 0, set.count(), centre);
    x = placeholder(Shape.of(-1, d));
    y = placeholder(Shape.of(-1, d));
    perRow = tf.placeholder(TInt32.class, Placeholder.shape(Shape.scalar()));

    Operand<TFloat32> products = tf.linalg.matMul(x, y, MatMul.transposeB(true));
    Operand<TFloat32> norms = tf.math.add(asColumn(xNorm), yNorm);
    Operand<TFloat32> low = tf.math.sub(norms, tf.math.mul(products, tf.constant(2f)));
    nearest = tf.nn.topK(tf.math.neg(low), perRow, TInt32.class);
    Operand<TFloat32> reach = tf.math.maximum(asColumn(xReach), yReach);
    near = tf.where(tf.math.lessEqual(low, reach));
    nearLow = tf.gatherNd(low, near);
    session = Sessions.open(graph);
  }

  private static DeviceSpec cpu() {
    return DeviceSpec.newBuilder().deviceType(DeviceSpec.DeviceType.CPU).deviceIndex(0).build();
  }

  private Placeholder<TFloat32> placeholder(Shape shape) {
    return tf.placeholder(TFloat32.class, Placeholder.shape(shape));
  }

  private Operand<TFloat32> asColumn(Operand<TFloat32> vector) {
    return tf.expandDims(vector, tf.constant(1));
  }

  private static float[] mean(Features set) {
    double[] sum = new double[set.dimension()];
    for (int i = 0; i < set.values().length; i++) {
      sum[i % sum.length] += set.values()[i];
    }
    float[] mean = new float[sum.length];
    for (int f = 0; f < mean.length; f++) {
      mean[f] = (float) (sum[f] / set.count());
    }
    return mean;
  }

  /** c. */
  static double relativeError(int dimension) {
    return (dimension + 32) * 0x1p-24;
  }

  /**
   * Goes over rows in blocks, some of them side by side, so that all together keep to {@link
   * #bytesNeeded}.
   */
  void inBlocks(int rows, Lanes.Block block, LongConsumer done) {
    int most = (int) Math.max(1, rowsAtOnce(set.count()) / Sessions.lanes());
    Lanes.inBlocks(rows, most, block, done);
  }

  private static long rowsAtOnce(long columns) {
    return Math.max(1, BLOCK_PAIRS / columns);
  }

  /** Bytes outside the Java heap, at most: the columns and a block of rows, and its pairs. */
  static long bytesNeeded(long columns, long rows, int dimension) {
    long vectors = columns + Math.min(rows, rowsAtOnce(columns));
    return vectors * dimension * Float.BYTES + BYTES;
  }

  /**
   * For some rows, the columns that may be nearest.
   *
   * @param candidates how many for each row, at most as many as there are columns
   */
  Nearest nearest(Features rows, int from, int to, int candidates) {
    try (CentredRows block = CentredRows.of(rows, from, to, centre);
        Tensor count = TInt32.scalarOf(candidates);
        Result result =
            fed(block).feed(perRow, count).fetch(nearest.indices()).fetch(nearest.values()).run()) {
      int[] found = new int[(to - from) * candidates];
      ((TInt32) result.get(0)).asRawTensor().data().asInts().read(found);
      float[] lows = TensorBundle.floats((TFloat32) result.get(1));
      for (int i = 0; i < lows.length; i++) {
        lows[i] = -lows[i];
      }
      return new Nearest(candidates, found, lows);
    }
  }

  /**
   * Every pair of some rows and all columns whose squared distance may be within the row's reach or
   * the column's; a few that are not, too.
   *
   * @param rowReach squared, for each of {@code rows}
   * @param columnReach squared, for each column
   */
  void forNear(
      Features rows, int from, int to, double[] rowReach, double[] columnReach, Pair pair) {
    try (CentredRows block = CentredRows.of(rows, from, to, centre);
        Tensor ofRows = roundedUp(Arrays.copyOfRange(rowReach, from, to));
        Tensor ofColumns = roundedUp(columnReach);
        Result result =
            fed(block)
                .feed(xReach, ofRows)
                .feed(yReach, ofColumns)
                .fetch(near)
                .fetch(nearLow)
                .run()) {
      var index = ((TInt64) result.get(0)).asRawTensor().data().asLongs();
      var low = ((TFloat32) result.get(1)).asRawTensor().data().asFloats();
      double c = relativeError(set.dimension());
      for (long p = 0; p < low.size(); p++) {
        int row = (int) index.getLong(2 * p);
        int column = (int) index.getLong(2 * p + 1);
        double norms = (double) block.norms()[row] + columns.norms()[column];
        double least = low.getFloat(p);
        pair.accept(from + row, column, least, least + 2 * c / (1 - c) * norms);
      }
    }
  }

  private Session.Runner fed(CentredRows block) {
    return session
        .runner()
        .feed(x, block.values())
        .feed(xNorm, block.normTensor())
        .feed(y, columns.values())
        .feed(yNorm, columns.normTensor());
  }

  private static TFloat32 roundedUp(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = Math.nextUp((float) values[i]);
    }
    return TensorBundle.tensor(Shape.of(floats.length), floats);
  }

  @Override
  public void close() {
    session.close();
    graph.close();
    columns.close();
  }
}

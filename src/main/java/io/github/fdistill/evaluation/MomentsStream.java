package io.github.fdistill.evaluation;

import io.github.fdistill.InputException;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.files.Heap;
import io.github.fdistill.savedmodel.TensorBundle;
import java.util.Locale;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * Mean and covariance of feature vectors that come in batches of any size. Each batch is centred at
 * its own mean before it is squared, so a large mean costs no digits, and joined to what came
 * before (Chan, Golub and LeVeque, "Algorithms for Computing the Sample Variance", 1983):
 *
 * <pre>
 * delta = mean_b - mean_a
 * mean  = mean_a + delta b / (a + b)
 * S     = S_a + S_b + delta delta' a b / (a + b),   S = sum (x - mean)(x - mean)'
 * </pre>
 *
 * Memory: 32 d^2 bytes, and 120 MB.
 */
public final class MomentsStream implements AutoCloseable {
  /** Values that are worked on at once. */
  private static final int BLOCK_VALUES = 1 << 22;

  /** Features at most: a covariance is one of Java's arrays. */
  private static final int MOST = 46_340;

  private final int dimension;
  private final Graph graph = Sessions.graph();
  private final Placeholder<TFloat32> rows;
  private final Operand<TFloat64> batchMean;
  private final Operand<TFloat64> batchScatter;
  private final Session session;

  private long count;
  private final double[] mean;
  private final double[] scatter;

  /**
   * @param dimension d, the length of a vector
   * @throws InputException where there is no room for the covariance of so many
   */
  public MomentsStream(int dimension) {
    requireRoom(dimension);
    this.dimension = dimension;
    mean = new double[dimension];
    scatter = new double[dimension * dimension];
    Ops tf = NodeNames.ops(graph);
    rows = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, dimension)));
    Operand<TFloat64> x = tf.dtypes.cast(rows, TFloat64.class);
    batchMean = tf.math.mean(x, tf.constant(0));
    Operand<TFloat64> centred = tf.math.sub(x, batchMean);
    batchScatter = tf.linalg.matMul(centred, centred, MatMul.transposeA(true));
    session = Sessions.open(graph);
  }

  /** What is held in Java's memory of mean and covariance, about, in bytes. */
  static long bytes(int dimension) {
    return 4L * Double.BYTES * dimension * dimension;
  }

  /** Refuses features for whose covariance there is no room, before they are computed. */
  public static void requireRoom(int dimension) {
    String where = "mean and covariance";
    String found = String.format(Locale.ROOT, "%,d features", dimension);
    if (dimension > MOST) {
      throw new InputException(
          where,
          found,
          String.format(Locale.ROOT, "at most %,d", MOST),
          "use a network with fewer features");
    }
    Heap.require(where, found, bytes(dimension));
  }

  /** Adds vectors; none is an addition too. */
  public MomentsStream add(Features features) {
    if (features.dimension() != dimension) {
      throw new IllegalArgumentException(features.dimension() + " features, not " + dimension);
    }
    int block = Math.max(1, BLOCK_VALUES / dimension);
    for (int from = 0; from < features.count(); from += block) {
      addBlock(features.rows(from, Math.min(features.count(), from + block)));
    }
    return this;
  }

  private void addBlock(Features block) {
    Shape shape = Shape.of(block.count(), dimension);
    try (Tensor x = TensorBundle.tensor(shape, block.values());
        Result result = session.runner().feed(rows, x).fetch(batchMean).fetch(batchScatter).run()) {
      join(
          block.count(),
          Float64.values((TFloat64) result.get(0)),
          Float64.values((TFloat64) result.get(1)));
    }
  }

  private void join(int added, double[] addedMean, double[] addedScatter) {
    double share = (double) added / (count + added);
    double[] delta = new double[dimension];
    for (int i = 0; i < dimension; i++) {
      delta[i] = addedMean[i] - mean[i];
      mean[i] += delta[i] * share;
    }
    for (int i = 0; i < dimension; i++) {
      double factor = delta[i] * count * share;
      for (int j = 0; j < dimension; j++) {
        scatter[i * dimension + j] += addedScatter[i * dimension + j] + factor * delta[j];
      }
    }
    count += added;
  }

  /**
   * The moments of all that was added so far; more may be added after.
   *
   * @throws InputException for fewer than two vectors, which have no covariance
   */
  public Moments moments() {
    if (count < 2) {
      throw new InputException(
          "mean and covariance", count + " images", "at least 2", "draw or add more images");
    }
    double[] covariance = new double[scatter.length];
    for (int i = 0; i < scatter.length; i++) {
      covariance[i] = scatter[i] / (count - 1);
    }
    return new Moments(count, mean.clone(), covariance);
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}

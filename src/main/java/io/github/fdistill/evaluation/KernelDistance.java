package io.github.fdistill.evaluation;

import io.github.fdistill.InputException;
import io.github.fdistill.data.Shuffle;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.savedmodel.TensorBundle;
import java.util.Arrays;
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
 * The kernel distance, which on Inception's features is the KID (Binkowski et al. 2018, section 4):
 * the unbiased estimate of the squared maximum mean discrepancy on random subsets,
 *
 * <pre>
 * MMD^2 = sum_{i != j} k(x_i, x_j) / (m (m - 1)) + sum_{i != j} k(y_i, y_j) / (m (m - 1))
 *         - 2 sum_{i, j} k(x_i, y_j) / m^2,          k(x, y) = (x.y / d + 1)^3
 * </pre>
 *
 * in float64. It may be below 0 where the sets are alike.
 *
 * @param mean over the subsets
 * @param standardDeviation over the subsets: the root of their mean squared deviation
 * @param subsets how many there were
 */
public record KernelDistance(double mean, double standardDeviation, int subsets) {
  /** Subsets are added until the standard error is below this share of the mean. */
  private static final double ENOUGH = 0.05;

  /**
   * Nor are they added to a mean near 0 where the standard error is this share of what another draw
   * of the images would change: it is then an eighth of the whole error at most.
   */
  private static final double ENOUGH_BESIDE_DRAW = 0.5;

  /** A mean of no more such errors of the draw is near 0. */
  private static final double NEAR_ZERO = 2;

  /**
   * Which subsets: functions of the seed, without repetition inside one.
   *
   * @param least how many there are in any case
   * @param most how many there are where neither rule has ended them, see {@link #of}
   * @param size m, of each; where a set has fewer, all of it; where neither has more, there is one
   */
  public record Subsets(int least, int most, int size, long seed) {
    public Subsets {
      if (least < 1 || most < least || size < 2) {
        throw new IllegalArgumentException(least + " to " + most + " subsets of " + size);
      }
    }

    /** Just so many. */
    public Subsets(int count, int size, long seed) {
      this(count, count, size, seed);
    }

    /** A hundred of a thousand, or up to a thousand of them. */
    public static Subsets usual(long seed) {
      return new Subsets(100, 1000, 1000, seed);
    }

    /** A hundred of a thousand, as published implementations have it. */
    public static Subsets published(long seed) {
      return new Subsets(100, 1000, seed);
    }

    /**
     * Those of one set among several. With the same subsets of the reference for all, what these
     * happen to be would be an error that the sets share, and their spread would not show it.
     *
     * @param first the number of the set's first image; 0: these
     */
    Subsets ofSet(long first) {
      return new Subsets(least, most, size, seed + first);
    }
  }

  /**
   * Of the mean over the subsets: the root of sum (value - mean)^2 / (n (n - 1)); NaN of one. What
   * another draw of the images would change is more, and {@code evaluate --repeats} tells it.
   */
  public double standardError() {
    return standardDeviation / Math.sqrt(subsets - 1);
  }

  private boolean isSettled(int images, int size) {
    double ofDraw = standardDeviation * size / images;
    return standardError() <= ENOUGH * Math.abs(mean)
        || subsets >= enough(images, size) && Math.abs(mean) <= NEAR_ZERO * ofDraw;
  }

  /**
   * How many subsets of m tell of n images all that these can tell: 1 + (n / (m q))^2, with q = 1/2
   * the share of the error of the draw that theirs may be.
   *
   * <p>Where the sets are alike, MMD^2 of m images a side deviates as 1/m (it is a degenerate
   * U-statistic: Gretton et al. 2012, theorem 12), so that the standard deviation s over subsets
   * makes s m / n that of MMD^2 of all n, from draw to draw. The standard error s / sqrt(k - 1) of
   * k subsets is q of that for this k. Where they differ, the draw changes more than that; they are
   * taken to be alike where the mean is no more than twice s m / n.
   */
  static double enough(int images, int size) {
    return 1 + Math.pow(images / (size * ENOUGH_BESIDE_DRAW), 2);
  }

  /**
   * The distance between two sets, in the units of the kernel (published tables often show it times
   * 1000). Subsets are added until the standard error is 5 % of the mean, or the mean is near 0 and
   * there are {@link #enough}.
   *
   * @throws InputException for fewer than two images on a side
   */
  public static KernelDistance of(Features reference, Features samples, Subsets subsets) {
    String why = "the mean is over pairs of two different images";
    reference.requireCount(2, "KID", why);
    samples.requireCount(2, "KID", why);
    reference.requireSameDimension(samples);
    int images = Math.min(reference.count(), samples.count());
    int size = Math.min(subsets.size(), images);
    Shuffle ofReference = new Shuffle(reference.count(), subsets.seed());
    Shuffle ofSamples = new Shuffle(samples.count(), ~subsets.seed());
    boolean whole = size == reference.count() && size == samples.count();
    int least = whole ? 1 : subsets.least(); // Else it would be the same value again and again.
    int most = whole ? 1 : subsets.most();
    double[] squares = new double[most];
    int made = 0;
    try (Discrepancy discrepancy = new Discrepancy(reference.dimension())) {
      while (made < least
          || made < most && !summary(Arrays.copyOf(squares, made)).isSettled(images, size)) {
        squares[made] =
            discrepancy.squared(
                subset(reference, ofReference, made, size),
                subset(samples, ofSamples, made, size),
                size);
        made++;
      }
    }
    return summary(Arrays.copyOf(squares, made));
  }

  private static KernelDistance summary(double[] values) {
    double mean = 0;
    for (double value : values) {
      mean += value / values.length;
    }
    double variance = 0;
    for (double value : values) {
      variance += (value - mean) * (value - mean) / values.length;
    }
    return new KernelDistance(mean, Math.sqrt(variance), values.length);
  }

  /** The first of an epoch of the shuffle, another epoch for each subset. */
  private static float[] subset(Features from, Shuffle shuffle, int number, int size) {
    int d = from.dimension();
    float[] rows = new float[size * d];
    for (int i = 0; i < size; i++) {
      int index = (int) shuffle.at((long) number * from.count() + i);
      System.arraycopy(from.values(), index * d, rows, i * d, d);
    }
    return rows;
  }

  /** MMD^2 as a graph, built once for all subsets. */
  private static final class Discrepancy implements AutoCloseable {
    private final int dimension;
    private final Graph graph = Sessions.graph();
    private final Ops tf = NodeNames.ops(graph);
    private final Placeholder<TFloat32> x;
    private final Placeholder<TFloat32> y;
    private final Operand<TFloat64> withinX;
    private final Operand<TFloat64> withinY;
    private final Operand<TFloat64> between;
    private final Session session;

    Discrepancy(int dimension) {
      this.dimension = dimension;
      x = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, dimension)));
      y = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, dimension)));
      Operand<TFloat64> a = tf.dtypes.cast(x, TFloat64.class);
      Operand<TFloat64> b = tf.dtypes.cast(y, TFloat64.class);
      withinX = sumOfOthers(a);
      withinY = sumOfOthers(b);
      between = sum(kernel(product(a, b)));
      session = Sessions.open(graph);
    }

    private Operand<TFloat64> product(Operand<TFloat64> a, Operand<TFloat64> b) {
      return tf.linalg.matMul(a, b, MatMul.transposeB(true));
    }

    /** (p / d + 1)^3. */
    private Operand<TFloat64> kernel(Operand<TFloat64> p) {
      Operand<TFloat64> base =
          tf.math.add(tf.math.div(p, tf.constant((double) dimension)), tf.constant(1.0));
      return tf.math.mul(tf.math.mul(base, base), base);
    }

    /** The sum of k(x_i, x_j) over i != j. */
    private Operand<TFloat64> sumOfOthers(Operand<TFloat64> a) {
      Operand<TFloat64> products = product(a, a);
      Operand<TFloat64> itself =
          tf.linalg.matrixDiagPart(products, tf.constant(0), tf.constant(0.0));
      return tf.math.sub(sum(kernel(products)), tf.reduceSum(kernel(itself), tf.constant(0)));
    }

    private Operand<TFloat64> sum(Operand<TFloat64> matrix) {
      return tf.reduceSum(matrix, tf.constant(new int[] {0, 1}));
    }

    double squared(float[] first, float[] second, int m) {
      Shape shape = Shape.of(m, dimension);
      try (Tensor a = TensorBundle.tensor(shape, first);
          Tensor b = TensorBundle.tensor(shape, second);
          Result result =
              session
                  .runner()
                  .feed(x, a)
                  .feed(y, b)
                  .fetch(withinX)
                  .fetch(withinY)
                  .fetch(between)
                  .run()) {
        double pairs = (double) m * (m - 1);
        return scalar(result, 0) / pairs
            + scalar(result, 1) / pairs
            - 2 * scalar(result, 2) / ((double) m * m);
      }
    }

    private static double scalar(Result result, int index) {
      return ((TFloat64) result.get(index)).getDouble();
    }

    @Override
    public void close() {
      session.close();
      graph.close();
    }
  }
}

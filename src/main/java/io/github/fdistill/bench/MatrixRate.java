package io.github.fdistill.bench;

import io.github.fdistill.config.Precision;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.SessionRuns;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.flops.FloatOperations;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TNumber;

/**
 * A large product of matrices: as fast as convolutions can hope to be. A [n,n] is multiplied with B
 * [n,n] a few times over, in every lane; all are drawn from N(0, 1/n), so that the products keep
 * their size. They are fed: of constants TensorFlow would compute the product once and for all.
 */
final class MatrixRate implements AutoCloseable {
  private final Graph graph = Sessions.graph();
  private final Session session;
  private final List<Operand<?>> factors = new ArrayList<>();
  private final List<Operand<?>> results = new ArrayList<>();
  private final Result drawn;

  private <T extends TNumber> MatrixRate(Class<T> type, int side, int products) {
    Ops tf = NodeNames.ops(graph);
    Operand<T> left = tf.dtypes.cast(matrix(tf, side, 1), type);
    factors.add(left);
    for (int lane = 0; lane < Sessions.lanes(); lane++) {
      Operand<T> result = tf.dtypes.cast(matrix(tf, side, 2 + lane), type);
      factors.add(result);
      for (int i = 0; i < products; i++) {
        result = tf.linalg.matMul(left, result);
      }
      results.add(result);
    }
    session = Sessions.open(graph);
    Session.Runner draw = session.runner();
    factors.forEach(draw::fetch);
    drawn = draw.run();
  }

  private static Operand<TFloat32> matrix(Ops tf, int side, long seed) {
    return tf.math.mul(
        tf.random.statelessRandomNormal(
            tf.constant(new int[] {side, side}), tf.constant(new long[] {seed, 0}), TFloat32.class),
        tf.constant((float) (1 / Math.sqrt(side))));
  }

  /** Large enough to be work for the device that is used, and no larger. */
  static Subject open(Precision precision) {
    boolean onGpu = Sessions.onGpu();
    int side = onGpu ? 4096 : 2048;
    int products = onGpu ? 32 : 2;
    MatrixRate rate =
        precision == Precision.BFLOAT16
            ? new MatrixRate(TBfloat16.class, side, products)
            : new MatrixRate(TFloat32.class, side, products);
    FloatOperations operations =
        FloatOperations.of(rate.results.stream().map(Operand::op).toList()).complete();
    Workload workload = new Workload(Work.MATRICES, 0, precision, operations, rate::multiply);
    return new Subject(rate, List.of(workload));
  }

  private void multiply(SessionRuns how) {
    Session.Runner runner = session.runner();
    for (int i = 0; i < factors.size(); i++) {
      runner.feed(factors.get(i), drawn.get(i));
    }
    results.forEach(runner::addTarget);
    how.run(runner).close();
  }

  @Override
  public void close() {
    drawn.close();
    session.close();
    graph.close();
  }
}

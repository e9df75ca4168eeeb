package io.github.fdistill.workers;

import io.github.fdistill.expr.Expr;
import org.tensorflow.OperationBuilder;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;

/**
 * Sums over workers, in graphs that all of them build alike: TensorFlow's collectives of the first
 * kind, each of which has a number that no other has had in these processes.
 */
final class Sums {
  private static final long GROUP = 1;

  private final int workers;
  private final float timeoutSeconds;
  private long next = 1;

  /**
   * @param timeoutSeconds after which a sum that others do not join fails
   */
  Sums(int workers, double timeoutSeconds) {
    this.workers = workers;
    this.timeoutSeconds = (float) timeoutSeconds;
  }

  /** The sum of what each worker has; the same bits for all. */
  Expr of(Ops tf, Expr mine) {
    OperationBuilder op = op(tf, "CollectiveReduce").addInput(mine.asOutput());
    op.setAttr("merge_op", "Add");
    op.setAttr("final_op", "Id");
    op.setAttr("subdiv_offsets", new long[] {0});
    return built(tf, op);
  }

  /** Sends to the other workers. */
  Expr send(Ops tf, Expr mine) {
    OperationBuilder op = op(tf, "CollectiveBcastSend").addInput(mine.asOutput());
    op.setAttr("shape", mine.shape());
    return built(tf, op);
  }

  /** What the one that sends has. */
  Expr receive(Ops tf, Shape shape) {
    OperationBuilder op = op(tf, "CollectiveBcastRecv");
    op.setAttr("shape", shape);
    return built(tf, op);
  }

  private OperationBuilder op(Ops tf, String type) {
    OperationBuilder op = tf.scope().env().opBuilder(type, tf.scope().makeOpName(type), tf.scope());
    op.setAttr("T", DataType.DT_FLOAT);
    op.setAttr("group_size", workers);
    op.setAttr("group_key", GROUP);
    op.setAttr("instance_key", next++);
    op.setAttr("timeout_seconds", timeoutSeconds);
    return op;
  }

  private static Expr built(Ops tf, OperationBuilder op) {
    return Expr.of(tf, op.build().<TFloat32>output(0));
  }
}

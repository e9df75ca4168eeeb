package io.github.fdistill.workers;

import io.github.fdistill.device.Host;
import io.github.fdistill.expr.Expr;
import org.tensorflow.Operand;
import org.tensorflow.Operation;
import org.tensorflow.OperationBuilder;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;

/**
 * Sums over workers, in graphs that all of them build alike: TensorFlow's collectives of the first
 * kind, each of which has a number that no other has had in these processes.
 */
public final class Sums {
  /** The op of a sum. */
  public static final String SUM = "CollectiveReduce";

  /** The op that gathers what all have. */
  public static final String GATHERING = "CollectiveGather";

  private static final long GROUP = 1;

  /** Of what is held on the host: a group has devices of one kind. */
  private static final long GROUP_OF_HOSTS = 2;

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
  public Expr of(Ops tf, Expr mine) {
    return Expr.of(tf, sum(tf, mine, DataType.DT_FLOAT).<TFloat32>output(0));
  }

  /**
   * The same with half the bytes: what each has is rounded to bfloat16, and so is the sum after
   * each worker. Of N workers it is off by no more than N 2^-8 times the sum of the magnitudes.
   */
  public Expr rounded(Ops tf, Expr mine) {
    Operand<TBfloat16> half = tf.dtypes.cast(mine, TBfloat16.class);
    return Expr.cast(tf, sum(tf, half, DataType.DT_BFLOAT16).<TBfloat16>output(0));
  }

  private Operation sum(Ops tf, Operand<?> mine, DataType type) {
    OperationBuilder op = op(tf, SUM, type).addInput(mine.asOutput());
    op.setAttr("merge_op", "Add");
    op.setAttr("final_op", "Id");
    op.setAttr("subdiv_offsets", new long[] {0});
    return op.build();
  }

  /** Sends to the other workers. */
  public Expr send(Ops tf, Expr mine) {
    OperationBuilder op =
        op(tf, "CollectiveBcastSend", DataType.DT_FLOAT).addInput(mine.asOutput());
    op.setAttr("shape", mine.shape());
    return built(tf, op);
  }

  /** What the one that sends has. */
  public Expr receive(Ops tf, Shape shape) {
    OperationBuilder op = op(tf, "CollectiveBcastRecv", DataType.DT_FLOAT);
    op.setAttr("shape", shape);
    return built(tf, op);
  }

  /** What all have, one after another in the order of their numbers; each has as much. */
  public Expr gathered(Ops tf, Expr mine) {
    OperationBuilder op = op(tf, GATHERING, DataType.DT_FLOAT).addInput(mine.asOutput());
    op.setAttr("shape", Shape.of(workers * mine.shape().size()));
    return built(tf, op);
  }

  private OperationBuilder op(Ops tf, String type, DataType of) {
    OperationBuilder op = tf.scope().env().opBuilder(type, tf.scope().makeOpName(type), tf.scope());
    op.setAttr("T", of);
    op.setAttr("group_size", workers);
    op.setAttr("group_key", Host.holds(tf) ? GROUP_OF_HOSTS : GROUP);
    op.setAttr("instance_key", next++);
    op.setAttr("timeout_seconds", timeoutSeconds);
    return op;
  }

  private static Expr built(Ops tf, OperationBuilder op) {
    return Expr.of(tf, op.build().<TFloat32>output(0));
  }
}

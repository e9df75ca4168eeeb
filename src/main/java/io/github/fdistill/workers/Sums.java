package io.github.fdistill.workers;

import io.github.fdistill.device.Host;
import io.github.fdistill.device.Sizes;
import io.github.fdistill.expr.Expr;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
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

  /** Numbers that are sent at once: a message takes 2^31 bytes at most. */
  private static final long BLOCK = 1 << 28;

  private final int workers;
  private final float timeoutSeconds;
  private final long block;
  private long next = 1;

  /**
   * @param timeoutSeconds after which a sum that others do not join fails
   */
  Sums(int workers, double timeoutSeconds) {
    this(workers, timeoutSeconds, BLOCK);
  }

  /**
   * The same.
   *
   * @param block numbers that are sent at once
   */
  Sums(int workers, double timeoutSeconds, long block) {
    this.workers = workers;
    this.timeoutSeconds = (float) timeoutSeconds;
    this.block = block;
  }

  /** The sum of what each worker has; the same bits for all. */
  public Expr of(Ops tf, Expr mine) {
    return inBlocks(
        tf,
        mine,
        (here, part) -> Expr.of(here, sum(here, part, DataType.DT_FLOAT).<TFloat32>output(0)));
  }

  /**
   * The same with half the bytes: what each has is rounded to bfloat16, and so is the sum after
   * each worker. Of N workers it is off by no more than N 2^-8 times the sum of the magnitudes.
   */
  public Expr rounded(Ops tf, Expr mine) {
    return inBlocks(
        tf,
        mine,
        (here, part) -> {
          Operand<TBfloat16> half = here.dtypes.cast(part, TBfloat16.class);
          return Expr.cast(here, sum(here, half, DataType.DT_BFLOAT16).<TBfloat16>output(0));
        });
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
    return inBlocks(
        tf,
        mine,
        (here, part) -> {
          OperationBuilder op =
              op(here, "CollectiveBcastSend", DataType.DT_FLOAT).addInput(part.asOutput());
          op.setAttr("shape", part.shape());
          return built(here, op);
        });
  }

  /** What the one that sends has. */
  public Expr receive(Ops tf, Shape shape) {
    if (shape.size() <= block) {
      return received(tf, shape);
    }
    List<Expr> parts =
        parts(tf, shape.size(), (here, from, size) -> received(here, Shape.of(size)));
    return Expr.concat(0, parts).in(tf);
  }

  private Expr received(Ops tf, Shape shape) {
    OperationBuilder op = op(tf, "CollectiveBcastRecv", DataType.DT_FLOAT);
    op.setAttr("shape", shape);
    return built(tf, op);
  }

  /** What all have, one after another in the order of their numbers; each has as much. */
  public Expr gathered(Ops tf, Expr mine) {
    long size = mine.shape().size();
    if (size <= block) {
      return gatheredAtOnce(tf, mine);
    }
    List<Expr> all = parts(tf, mine, this::gatheredAtOnce);
    List<Expr> ordered = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      for (Expr of : all) {
        long each = of.shape().size() / workers;
        ordered.add(Expr.of(tf, Sizes.slice(tf, of, worker * each, each)));
      }
    }
    return Expr.concat(0, ordered).in(tf);
  }

  private Expr gatheredAtOnce(Ops tf, Expr mine) {
    OperationBuilder op = op(tf, GATHERING, DataType.DT_FLOAT).addInput(mine.asOutput());
    op.setAttr("shape", Shape.of(workers * mine.shape().size()));
    return built(tf, op);
  }

  /** A vector, of which each block goes between the workers by itself. */
  private Expr inBlocks(Ops tf, Expr mine, BiFunction<Ops, Expr, Expr> each) {
    return mine.shape().size() <= block
        ? each.apply(tf, mine)
        : Expr.concat(0, parts(tf, mine, each)).in(tf);
  }

  private List<Expr> parts(Ops tf, Expr mine, BiFunction<Ops, Expr, Expr> each) {
    return parts(
        tf,
        mine.shape().size(),
        (here, from, size) -> each.apply(here, Expr.of(here, Sizes.slice(here, mine, from, size))));
  }

  /** What goes between the workers of a block of a vector. */
  @FunctionalInterface
  private interface Block {
    Expr in(Ops tf, long from, long size);
  }

  /** One after another, so that all workers have them in one order. */
  private List<Expr> parts(Ops tf, long numbers, Block each) {
    List<Expr> parts = new ArrayList<>();
    Ops here = tf;
    for (long from = 0; from < numbers; from += block) {
      parts.add(each.in(here, from, Math.min(block, numbers - from)));
      here = tf.withControlDependencies(parts.get(parts.size() - 1));
    }
    return parts;
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

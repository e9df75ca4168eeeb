package io.github.fdistill.expr;

import io.github.fdistill.device.Host;
import io.github.fdistill.device.Sizes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.random.StatelessRandomGetKeyCounter;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/**
 * Random draws that are a function of (seed, step, stream) and of nothing else: Philox, keyed by
 * [hash(seed, stream), step]. Each quantity that a step draws has a stream of its own, so that
 * adding a draw changes no other. No gradient flows through a draw or its shape.
 *
 * @param seed of the run
 * @param step scalar; fed anew each step
 */
public record Noise(long seed, Operand<TInt64> step) {

  /** Philox 4x32-10 in tensorflow.random.Algorithm. */
  private static final int PHILOX = 1;

  /** Numbers that each of its counters gives. */
  private static final int WORDS = 4;

  /** Independent draws from N(0, 1). */
  public Expr normal(Ops tf, String stream, Operand<TInt32> shape) {
    StatelessRandomGetKeyCounter start = start(tf, stream);
    return Expr.of(
            tf,
            tf.random.statelessRandomNormalV2(
                shape, start.key(), start.counter(), tf.constant(PHILOX)))
        .stopGradient();
  }

  public Expr normal(Ops tf, String stream, int... shape) {
    return normal(tf, stream, tf.constant(shape));
  }

  /** Independent draws from [0, 1). */
  public Expr uniform(Ops tf, String stream, Operand<TInt32> shape) {
    StatelessRandomGetKeyCounter start = start(tf, stream);
    return uniform(tf, shape, start, start.counter());
  }

  private static Expr uniform(
      Ops tf,
      Operand<TInt32> shape,
      StatelessRandomGetKeyCounter start,
      Operand<? extends TType> counter) {
    return Expr.of(
            tf,
            tf.random.statelessRandomUniformV2(shape, start.key(), counter, tf.constant(PHILOX)))
        .stopGradient();
  }

  public Expr uniform(Ops tf, String stream, int... shape) {
    return uniform(tf, stream, tf.constant(shape));
  }

  /**
   * Independent draws from [0, 1) for some rows of a batch. Row i is a function of i beside what
   * the others are of, so that a part of the batch has its rows of the whole one's draws, at the
   * cost of its own: it begins as many of Philox's counters further on as the rows before it take.
   *
   * @param shape [B, ...]
   * @param each how many numbers a row has
   * @param first scalar, the number of the first of these rows in the batch
   */
  public Expr uniformRows(
      Ops tf, String stream, Operand<TInt32> shape, long each, Operand<TInt64> first) {
    if (each < 1) {
      throw new IllegalArgumentException("rows of " + each + " numbers");
    }
    int counters = Math.toIntExact((each + WORDS - 1) / WORDS);
    StatelessRandomGetKeyCounter start = start(tf, stream);
    Operand<? extends TType> counter = later(Host.on(tf), start.counter(), first, counters);
    if (each % WORDS == 0) {
      return uniform(tf, shape, start, counter);
    }
    Operand<TInt32> rows = tf.slice(shape, tf.constant(new int[] {0}), tf.constant(new int[] {1}));
    Operand<TInt32> padded =
        tf.concat(List.of(rows, tf.constant(new int[] {counters * WORDS})), tf.constant(0));
    Expr draws = uniform(tf, padded, start, counter);
    Operand<TFloat32> kept =
        tf.slice(
            draws,
            tf.constant(new int[] {0, 0}),
            tf.constant(new int[] {-1, Math.toIntExact(each)}));
    return Expr.of(tf, tf.reshape(kept, shape)).stopGradient();
  }

  /** Independent draws of 32 bits. */
  public Operand<TInt32> bits(Ops tf, String stream, long count) {
    StatelessRandomGetKeyCounter start = start(tf, stream);
    return tf.random.statelessRandomUniformFullIntV2(
        Sizes.of(tf, count), start.key(), start.counter(), tf.constant(PHILOX), TInt32.class);
  }

  /** Key and counter live in host memory on every device, so they are computed there. */
  private StatelessRandomGetKeyCounter start(Ops tf, String stream) {
    Ops host = Host.on(tf);
    Operand<TInt64> key = host.constant(key(stream));
    return host.random.statelessRandomGetKeyCounter(host.stack(List.of(key, step)));
  }

  /**
   * The counter that rows begin at: of its two words of 64 bits the first counts.
   *
   * @param counters that a row takes
   */
  private static Operand<? extends TType> later(
      Ops host, Operand<? extends TType> counter, Operand<TInt64> first, int counters) {
    Operand<TInt64> before = host.math.mul(first, host.constant((long) counters));
    Operand<TInt64> words = host.stack(List.of(before, host.constant(0L)));
    Operand<TInt64> sum = host.math.add(host.bitcast(counter, TInt64.class), words);
    return host.scope()
        .opBuilder("Bitcast", "counter")
        .addInput(sum.asOutput())
        .setAttr("type", DataType.DT_UINT64) // TensorFlow Java has no class of it.
        .build()
        .output(0);
  }

  private long key(String stream) {
    long hash = mix(mix(seed));
    for (byte b : stream.getBytes(StandardCharsets.UTF_8)) {
      hash = mix(hash + b);
    }
    return hash;
  }

  /** A bijection of 64 bits in which each bit depends on all: one step of SplitMix64. */
  private static long mix(long x) {
    long z = x + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}

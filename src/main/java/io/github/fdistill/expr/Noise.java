package io.github.fdistill.expr;

import io.github.fdistill.device.Host;
import io.github.fdistill.device.Sizes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.random.StatelessRandomGetKeyCounter;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/**
 * Random draws that are a function of (seed, worker, step, stream) and of nothing else: Philox,
 * keyed by [hash(seed, worker, stream), step]. Each quantity that a step draws has a stream of its
 * own, so that adding a draw changes no other. No gradient flows through a draw or its shape.
 *
 * @param seed of the run
 * @param worker rank among the workers, from 0
 * @param step scalar; fed anew each step
 */
public record Noise(long seed, int worker, Operand<TInt64> step) {

  /** Philox 4x32-10 in tensorflow.random.Algorithm. */
  private static final int PHILOX = 1;

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
    return Expr.of(
            tf,
            tf.random.statelessRandomUniformV2(
                shape, start.key(), start.counter(), tf.constant(PHILOX)))
        .stopGradient();
  }

  public Expr uniform(Ops tf, String stream, int... shape) {
    return uniform(tf, stream, tf.constant(shape));
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

  private long key(String stream) {
    long hash = mix(mix(seed) + worker);
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

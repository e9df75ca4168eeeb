package io.github.fdistill.network;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.AttentionSlices;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TFloat32;

/**
 * Attention in heads: softmax(q k' / sqrt(d)) v. Where there are many tokens, some of them ask at a
 * time: the matrix of all pairs is never there as a whole.
 */
final class Attention {
  private static final Class<TFloat32> TYPE = TFloat32.class;

  private Attention() {}

  /**
   * Self-attention over the pixels of an image.
   *
   * @param qkv [N,H,W,3C]: all of q, of k, of v; each its heads one after another
   * @return [N,H,W,C]
   */
  static Expr ofImage(Expr qkv, int heads) {
    long height = qkv.shape().get(1);
    long width = qkv.shape().get(2);
    long channels = qkv.shape().get(3) / 3;
    List<Expr> parts = heads(qkv.reshape(-1, height * width, 3 * channels), heads);
    return joined(of(parts.get(0), parts.get(1), parts.get(2)))
        .reshape(-1, height, width, channels);
  }

  /** q, k, v of tokens [N,T,3C], each [N,heads,T,d]. */
  static List<Expr> heads(Expr qkv, int heads) {
    return heads(qkv, 3, heads);
  }

  /** Several things of tokens side by side, [N,T,count C], each [N,heads,T,d]. */
  static List<Expr> heads(Expr all, int count, int heads) {
    Ops tf = all.tf();
    long tokens = all.shape().get(1);
    long d = all.shape().get(2) / count / heads;
    Expr split = transposed(all.reshape(-1, tokens, count, heads, d), 2, 0, 3, 1, 4);
    List<Expr> parts = new ArrayList<>();
    tf.unstack(split, (long) count).output().forEach(part -> parts.add(Expr.of(tf, part)));
    return parts;
  }

  /** Heads side by side: [N,heads,T,d] to [N,T,C]. */
  static Expr joined(Expr mixed) {
    long channels = mixed.shape().get(1) * mixed.shape().get(3);
    return transposed(mixed, 0, 2, 1, 3).reshape(-1, mixed.shape().get(2), channels);
  }

  /**
   * Each of q, k, v is [N,heads,T,d]. Slices are cut of what asks, and nothing stands between: as
   * such they are found again where they are to be one after another.
   */
  static Expr of(Expr q, Expr k, Expr v) {
    Ops tf = q.tf();
    long slices = AttentionSlices.of(q.shape().get(2));
    Expr asking = scaled(q);
    if (slices == 1) {
      return slice(asking, k, v);
    }
    List<Expr> mixed = new ArrayList<>();
    for (Operand<TFloat32> part : tf.split(tf.constant(2), asking, slices).output()) {
      mixed.add(slice(Expr.of(tf, part), k, v));
    }
    return Expr.concat(2, mixed);
  }

  /**
   * The same, to few tokens of which some say nothing.
   *
   * @param padding [N,1,1,T], added to the logits
   */
  static Expr ofWords(Expr q, Expr k, Expr v, Expr padding) {
    return taken(logits(scaled(q), k).plus(padding), v);
  }

  private static Expr slice(Expr asking, Expr k, Expr v) {
    return taken(logits(asking, k), v);
  }

  /** q / sqrt(d). */
  private static Expr scaled(Expr q) {
    return q.times(1 / Math.sqrt(q.shape().get(3)));
  }

  private static Expr logits(Expr asking, Expr k) {
    Ops tf = asking.tf();
    return Expr.of(tf, tf.train.batchMatMul(asking, k, TYPE, BatchMatMul.adjY(true)));
  }

  private static Expr taken(Expr logits, Expr v) {
    Ops tf = logits.tf();
    return Expr.of(tf, tf.train.batchMatMul(tf.nn.softmax(logits), v, TYPE));
  }

  private static Expr transposed(Expr x, int... order) {
    return Expr.of(x.tf(), x.tf().linalg.transpose(x, x.tf().constant(order)));
  }
}

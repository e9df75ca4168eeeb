package io.github.fdistill.network;

import io.github.fdistill.expr.Expr;
import java.util.List;
import org.tensorflow.op.Ops;

/**
 * The residual block that EDM's networks are made of (Karras et al. 2022, Appendix F), in the two
 * styles that they have.
 *
 * @param style what differs between them
 */
record EdmBlock(Style style, Layers layers, UNet.Dropout dropout) {
  private static final int MOST_GROUPS = 32;
  private static final int LEAST_GROUP = 4;

  /**
   * @param adaptive the embedding scales and shifts what the second normalisation gives, where else
   *     it is added before
   * @param headChannels of attention; 0: one head
   * @param scale of each sum of a branch and its input
   * @param projects what is resampled beside the branch goes through a convolution always
   * @param epsilon is added to variances
   */
  record Style(
      boolean adaptive,
      int headChannels,
      double scale,
      boolean projects,
      double epsilon,
      Resampler resampler) {

    /** How many heads attend over so many channels; 0: there is no attention. */
    int heads(int channels) {
      return headChannels == 0 ? 1 : channels / headChannels;
    }
  }

  /** Channels of a group: at least 4, and no more than 32 groups. */
  static int groupChannels(long channels) {
    long groups = Math.max(1, Math.min(MOST_GROUPS, channels / LEAST_GROUP));
    return Math.toIntExact((channels + groups - 1) / groups);
  }

  /**
   * @param tf builds in the scope of its name
   * @param x [N,H,W,C]
   * @param embedding [N,E]
   * @param attends whether attention follows, where there are channels enough for it
   */
  Expr apply(Ops tf, Expr x, Expr embedding, int channels, Resampler.Way way, boolean attends) {
    Expr input = x.in(tf);
    Expr h = style.resampler.apply(norm(input, "norm0").silu(), way);
    h = layers.conv3(h, "conv0", channels);
    h = dropout.apply(embedded(h, embedding.in(tf), channels));
    h = layers.conv(h, "conv1", channels, 3, 1, 0);
    Expr beside = style.resampler.apply(input, way);
    boolean resampled = way != Resampler.Way.KEEP;
    if (x.shape().get(3) != channels || style.projects && resampled) {
      beside = layers.conv(beside, "skip", channels, 1, 1, 1);
    }
    h = h.plus(beside).times(style.scale);
    return attends && style.heads(channels) > 0 ? attention(h) : h;
  }

  private Expr norm(Expr x, String name) {
    return layers.groupNorm(x, name, groupChannels(x.shape().get(3)), style.epsilon);
  }

  private Expr embedded(Expr h, Expr embedding, int channels) {
    if (!style.adaptive) {
      Expr shift = layers.dense(embedding, "affine", channels, 1).reshape(-1, 1, 1, channels);
      return norm(h.plus(shift), "norm1").silu();
    }
    Ops tf = h.tf();
    Expr both = layers.dense(embedding, "affine", 2 * channels, 0).reshape(-1, 1, 1, 2 * channels);
    List<Expr> parts =
        tf.split(tf.constant(3), both, 2L).output().stream().map(p -> Expr.of(tf, p)).toList();
    return norm(h, "norm1").times(parts.get(0).plus(1)).plus(parts.get(1)).silu();
  }

  private Expr attention(Expr h) {
    int channels = (int) h.shape().get(3);
    Expr qkv = layers.conv(norm(h, "norm2"), "qkv", 3 * channels, 1, 1, 1);
    Expr mixed = Attention.ofImage(qkv, style.heads(channels));
    return h.plus(layers.conv(mixed, "proj", channels, 1, 1, 0)).times(style.scale);
  }
}

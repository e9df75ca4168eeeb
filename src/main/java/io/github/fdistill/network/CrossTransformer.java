package io.github.fdistill.network;

import io.github.fdistill.expr.Expr;
import java.util.List;
import org.tensorflow.op.Ops;

/**
 * The transformer of Stable Diffusion's U-Net (Rombach et al. 2022; Transformer2DModel of the
 * library diffusers, whose names the parameters have): pixels attend to one another, then to words,
 * then go through a gated layer, each added to what it was made of.
 *
 * @param groups of the normalisation before it
 * @param heads of its attention
 */
record CrossTransformer(Layers layers, Scopes scopes, int groups, int heads) {
  private static final double IMAGE_EPSILON = 1e-6;
  private static final double TOKEN_EPSILON = 1e-5;

  /** Of the width, in the gated layer. */
  private static final int HIDDEN = 4;

  /**
   * x + proj_out(blocks(proj_in(norm(x)))).
   *
   * @param x [N,H,W,C]
   * @param words [N,T,W]
   */
  Expr apply(Expr x, Expr words, String name, int blocks) {
    Ops tf = scopes.at(name);
    Expr input = x.in(tf);
    int channels = (int) x.shape().get(3);
    long height = x.shape().get(1);
    long width = x.shape().get(2);
    Expr normal = layers.groupNorm(input, "norm", channels / groups, IMAGE_EPSILON);
    Expr h =
        layers.tokenDense(normal.reshape(-1, height * width, channels), "proj_in", channels, 1);
    for (int i = 0; i < blocks; i++) {
      h = block(h, words, name + "/transformer_blocks/" + i);
    }
    Expr y = layers.tokenDense(h.in(tf), "proj_out", channels, 0);
    return input.plus(y.reshape(-1, height, width, channels));
  }

  private Expr block(Expr x, Expr words, String name) {
    Ops tf = scopes.at(name);
    Expr h = x.in(tf);
    Expr own = layers.tokenNorm(h, "norm1", TOKEN_EPSILON);
    h = h.plus(attention(own, own, name + "/attn1").in(tf));
    Expr asking = layers.tokenNorm(h, "norm2", TOKEN_EPSILON);
    h = h.plus(attention(asking, words, name + "/attn2").in(tf));
    Expr normal = layers.tokenNorm(h, "norm3", TOKEN_EPSILON);
    return h.plus(gated(normal, name + "/ff/net").in(tf));
  }

  /** Of tokens [N,S,C] to what they attend to, [N,T,W]. */
  private Expr attention(Expr asking, Expr asked, String name) {
    Ops tf = scopes.at(name);
    int channels = (int) asking.shape().get(2);
    Expr q = layers.tokenLinear(asking.in(tf), "to_q", channels);
    Expr k = layers.tokenLinear(asked.in(tf), "to_k", channels);
    Expr v = layers.tokenLinear(asked.in(tf), "to_v", channels);
    Expr mixed = Attention.of(parts(q), parts(k), parts(v));
    return layers.tokenDense(Attention.joined(mixed), "to_out", channels, 1);
  }

  private Expr parts(Expr tokens) {
    return Attention.heads(tokens, 1, heads).get(0);
  }

  /** out(value gelu(gate)), value and gate the halves of one product. */
  private Expr gated(Expr x, String name) {
    int channels = (int) x.shape().get(2);
    Ops tf = scopes.at(name + "/0");
    Expr both = layers.tokenDense(x.in(tf), "proj", 2 * HIDDEN * channels, 1);
    List<Expr> halves =
        tf.split(tf.constant(2), both, 2L).output().stream().map(p -> Expr.of(tf, p)).toList();
    Expr hidden = halves.get(0).times(Layers.exactGelu(halves.get(1)));
    return layers.tokenDense(hidden.in(scopes.at(name)), "2", channels, 1);
  }
}

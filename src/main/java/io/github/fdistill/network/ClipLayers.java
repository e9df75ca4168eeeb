package io.github.fdistill.network;

import io.github.fdistill.expr.Expr;
import java.util.Optional;
import org.tensorflow.op.Ops;

/**
 * The layers of CLIP's transformers, of texts and of images alike (CLIPEncoderLayer of the library
 * transformers, whose names the parameters have): x + attention(norm(x)), then x + mlp(norm(x)).
 *
 * @param mask [1,1,T,T], added to the logits of attention; without one every token attends to all
 */
record ClipLayers(ClipSizes sizes, ParameterStore store, Scopes scopes, Optional<Expr> mask) {

  /** The normalisation of tokens, [N,T,C]. */
  Expr norm(Expr x, String name) {
    return new Layers(store).tokenNorm(x, name, sizes.epsilon());
  }

  /**
   * A layer: [N,T,C] to the same.
   *
   * @param name its path, such as {@code encoder/layers/0}
   */
  Expr layer(Expr x, String name) {
    Ops tf = scopes.at(name);
    Expr h = x.in(tf);
    h = h.plus(attention(norm(h, "layer_norm1").in(scopes.at(name + "/self_attn"))).in(tf));
    Expr second = norm(h, "layer_norm2").in(scopes.at(name + "/mlp"));
    Expr inner = dense(second, "fc1", sizes.hidden());
    Expr active =
        sizes.quickGelu() ? inner.times(inner.times(1.702).sigmoid()) : Layers.exactGelu(inner);
    return h.plus(dense(active, "fc2", sizes.width()).in(tf));
  }

  private Expr attention(Expr x) {
    Expr q = part(x, "q_proj");
    Expr k = part(x, "k_proj");
    Expr v = part(x, "v_proj");
    Expr mixed =
        mask.map(added -> Attention.ofWords(q, k, v, added.in(x.tf())))
            .orElseGet(() -> Attention.of(q, k, v));
    return dense(Attention.joined(mixed), "out_proj", sizes.width());
  }

  private Expr part(Expr x, String name) {
    return Attention.heads(dense(x, name, sizes.width()), 1, sizes.heads()).get(0);
  }

  private Expr dense(Expr x, String name, int width) {
    return new Layers(store).tokenDense(x, name, width, 1);
  }
}

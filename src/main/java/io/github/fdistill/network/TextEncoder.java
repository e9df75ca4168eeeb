package io.github.fdistill.network;

import io.github.fdistill.config.TextConfig;
import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.expr.Expr;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;

/**
 * A transformer over token ids (Vaswani et al. 2017), whose normalisations stand before attention
 * and products: x + attention(norm(x)), then x + dense(gelu(dense(norm(x)))). Every token attends
 * to every other of its text, before it and after it.
 */
final class TextEncoder {
  /** Its input, [N,T] int32. */
  static final String TOKENS = CaptionTokens.TOKENS;

  private static final double EPSILON = 1e-5;

  /** Of tables: small beside what is added to them. */
  private static final double TABLE_STD = 0.02;

  /** Of a logit whose exponential is to be 0. */
  private static final double NEVER = -1e9;

  private static final int HIDDEN = 4;

  private final TextConfig config;
  private final ParameterStore store;
  private final Layers layers;

  TextEncoder(TextConfig config, ParameterStore store) {
    this.config = config;
    this.store = store;
    this.layers = new Layers(store);
  }

  /** The shape of its input. */
  Shape shape() {
    return Shape.of(-1, config.getLength());
  }

  /** A row of the input that says nothing: the one that is given, or start, end, padding. */
  static List<Double> empty(TextConfig config) {
    List<Double> row = new ArrayList<>();
    if (config.getEmptyCount() > 0) {
      config.getEmptyList().forEach(id -> row.add((double) id));
      return row;
    }
    row.add((double) config.getStart());
    row.add((double) config.getEnd());
    while (row.size() < config.getLength()) {
      row.add((double) config.getPadding());
    }
    return row;
  }

  /**
   * What texts say. The first token always counts, so that of no text nothing at all is left.
   *
   * @param tokens [N,T]
   */
  Words build(Ops root, Operand<TInt32> tokens) {
    Ops tf = root.withSubScope("text");
    int length = config.getLength();
    int width = config.getWidth();
    Expr table = store.normal(tf, "tokens", TABLE_STD, config.getVocabulary(), width);
    Expr places = store.normal(tf, "places", TABLE_STD, 1, length, width);
    Expr h = Expr.of(tf, tf.gather(table, tokens, tf.constant(0))).plus(places);

    Expr says = says(tf, tokens);
    Expr padding = says.plus(-1).times(-NEVER);
    for (int i = 0; i < config.getLayers(); i++) {
      h = block(h, padding.reshape(-1, 1, 1, length), "block_" + i);
    }
    Expr each = layers.tokenNorm(h, "norm", EPSILON);
    Expr counted = says.reshape(-1, length, 1);
    Expr all = each.times(counted).sum(1).over(counted.sum(1)).in(root);
    return new Words(each.in(root), all, padding.reshape(-1, 1, 1, length).in(root));
  }

  /** 1 where a token is no padding or is the first, 0 elsewhere: [N,T]. */
  private Expr says(Ops tf, Operand<TInt32> tokens) {
    Operand<TInt32> padding = tf.constant(config.getPadding());
    float[][] first = new float[1][config.getLength()];
    first[0][0] = 1;
    Expr says = Expr.cast(tf, tf.math.notEqual(tokens, padding));
    return Expr.of(tf, tf.math.maximum(says, tf.constant(first)));
  }

  private Expr block(Expr x, Expr padding, String name) {
    Ops outer = x.tf();
    Expr input = x.in(outer.withSubScope(name));
    int width = config.getWidth();
    Expr qkv = layers.tokenDense(layers.tokenNorm(input, "norm_1", EPSILON), "qkv", 3 * width, 1);
    List<Expr> parts = Attention.heads(qkv, config.getHeads());
    Expr mixed =
        Attention.joined(Attention.ofWords(parts.get(0), parts.get(1), parts.get(2), padding));
    Expr y = input.plus(layers.tokenDense(mixed, "projection", width, 0));

    Expr h = layers.tokenDense(layers.tokenNorm(y, "norm_2", EPSILON), "in", HIDDEN * width, 1);
    return y.plus(layers.tokenDense(Layers.gelu(h), "out", width, 0)).in(outer);
  }
}

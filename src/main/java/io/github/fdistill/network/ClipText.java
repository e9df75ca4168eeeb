package io.github.fdistill.network;

import io.github.fdistill.data.CaptionTokens;
import io.github.fdistill.expr.Expr;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TInt32;

/**
 * CLIP's text encoder (Radford et al. 2021; CLIPTextModel of the library transformers, whose names
 * the parameters have): a transformer in which a token attends to itself and to those before it.
 * {@code tokens} [N,T] int32 to {@code context} [N,T,C], and where it is asked for {@code pooled}
 * [N,P].
 */
public final class ClipText {
  /** Its signature. */
  public static final String SIGNATURE = "encode_text";

  /** Of a logit whose exponential is to be 0. */
  private static final double NEVER = -1e9;

  private final Config config;
  private final ParameterStore store;
  private final Layers layers;
  private Scopes scopes;

  /**
   * What it is.
   *
   * @param vocabulary how many tokens there are
   * @param length T, of a text
   * @param sizes of the layers; C is their width
   * @param end the token at whose first place a text is pooled; -1: the greatest of a text
   * @param projection P; 0: what is pooled is as wide as a token
   */
  public record Config(int vocabulary, int length, ClipSizes sizes, int end, int projection) {}

  private ClipText(Config config, ParameterStore store) {
    this.config = config;
    this.store = store;
    this.layers = new Layers(store);
  }

  /**
   * The encoder.
   *
   * @param penultimate the context is what the layer before the last gives, as it is; else what the
   *     last gives, normalised
   * @param pooled whether a text as a whole is given too
   */
  public static PartModel build(Config config, boolean penultimate, boolean pooled) {
    return PartModel.build(
        SIGNATURE,
        (tf, inputs, store) -> {
          Operand<TInt32> tokens =
              tf.withName(CaptionTokens.TOKENS)
                  .placeholder(TInt32.class, Placeholder.shape(Shape.of(-1, config.length())));
          inputs.put(CaptionTokens.TOKENS, tokens);
          return new ClipText(config, store).outputs(tf, tokens, penultimate, pooled);
        });
  }

  private Map<String, Expr> outputs(
      Ops tf, Operand<TInt32> tokens, boolean penultimate, boolean pooled) {
    scopes = new Scopes(tf);
    ClipLayers clip = new ClipLayers(config.sizes(), store, scopes, Optional.of(causal(tf)));
    Map<String, Expr> outputs = new LinkedHashMap<>();
    Expr h = embedded(tokens);
    int before = config.sizes().layers() - 1;
    for (int i = 0; i < before; i++) {
      h = clip.layer(h, "encoder/layers/" + i);
    }
    if (penultimate) {
      outputs.put(Context.CONTEXT, h);
    }
    if (!penultimate || pooled) {
      Expr last = clip.norm(clip.layer(h, "encoder/layers/" + before).in(tf), "final_layer_norm");
      outputs.putIfAbsent(Context.CONTEXT, last);
      if (pooled) {
        outputs.put(Context.POOLED, pooled(last, tokens));
      }
    }
    return outputs;
  }

  private Expr embedded(Operand<TInt32> tokens) {
    int width = config.sizes().width();
    Ops tf = scopes.at("embeddings/token_embedding");
    Expr table = store.normal(tf, "table", 0.02, config.vocabulary(), width);
    Expr each = Expr.of(tf, tf.gather(table, tokens, tf.constant(0)));
    Ops placed = scopes.at("embeddings/position_embedding");
    Expr places = store.normal(placed, "table", 0.01, config.length(), width);
    return each.in(placed).plus(places.reshape(1, config.length(), width));
  }

  /** 0 where a token attends, very low where it must not: [1,1,T,T]. */
  private Expr causal(Ops tf) {
    float[][][][] mask = new float[1][1][config.length()][config.length()];
    for (int from = 0; from < config.length(); from++) {
      for (int to = from + 1; to < config.length(); to++) {
        mask[0][0][from][to] = (float) NEVER;
      }
    }
    return Expr.of(tf, tf.constant(mask));
  }

  /** The token at the end of each text, projected: [N,P]. */
  private Expr pooled(Expr last, Operand<TInt32> tokens) {
    Ops tf = last.tf();
    Operand<TInt32> ends =
        config.end() < 0
            ? tokens
            : tf.dtypes.cast(tf.math.equal(tokens, tf.constant(config.end())), TInt32.class);
    Operand<TInt32> place = tf.math.argMax(ends, tf.constant(1), TInt32.class);
    Expr chosen = Networks.oneHot(tf, place, config.length());
    Expr pooled = last.times(chosen.reshape(-1, config.length(), 1)).sum(1);
    return config.projection() > 0
        ? layers.linear(pooled, "text_projection", config.projection())
        : pooled;
  }

  /**
   * Reads one from a SavedModel.
   *
   * @param pooled whether it is to give whole texts too
   * @throws io.github.fdistill.InputException when it is none
   */
  public static PartModel read(Path folder, boolean pooled) {
    List<String> outputs =
        pooled ? List.of(Context.CONTEXT, Context.POOLED) : List.of(Context.CONTEXT);
    return PartModel.read(folder, SIGNATURE, CaptionTokens.TOKENS, DataType.DT_INT32, outputs);
  }

  /** The shapes of the rows that one gives. */
  public static Map<String, Shape> rows(PartModel encoder) {
    return Map.of(
        Context.CONTEXT,
        Shape.of(encoder.row().get(0), Shape.UNKNOWN_SIZE),
        Context.POOLED,
        Shape.of(Shape.UNKNOWN_SIZE));
  }
}

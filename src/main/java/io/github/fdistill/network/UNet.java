package io.github.fdistill.network;

import io.github.fdistill.config.UNetConfig;
import io.github.fdistill.expr.Expr;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.op.Ops;

/**
 * A U-Net (Ronneberger et al. 2015; as in Ho et al. 2020) of residual blocks: down through the
 * levels, a middle, up again with the skips beside. Built once, for one input.
 */
final class UNet implements Networks.Body {
  private final UNetConfig config;
  private final Layers layers;
  private final Dropout dropout;
  private final Optional<Words> words;
  private final int wordHeads;
  private final Map<String, Expr> features = new LinkedHashMap<>();
  private final Deque<Expr> skips = new ArrayDeque<>();

  /** Sets some features to zero and scales the rest, or returns them as they are. */
  @FunctionalInterface
  interface Dropout {
    Expr apply(Expr x);
  }

  /**
   * @param words what it attends to where its pixels attend to one another, if anything
   * @param wordHeads in which they do so
   */
  UNet(
      UNetConfig config,
      ParameterStore store,
      Dropout dropout,
      Optional<Words> words,
      int wordHeads) {
    this.config = config;
    this.layers = new Layers(store);
    this.dropout = dropout;
    this.words = words;
    this.wordHeads = wordHeads;
  }

  /** The feature maps on the way down, the last of each level: {@code features_HxW}. */
  @Override
  public Map<String, Expr> features() {
    return features;
  }

  @Override
  public Expr build(Expr x, Expr cNoise, Expr oneHotLabel) {
    int patch = config.getPatch();
    long channels = x.shape().get(3);
    Expr embedding = embedding(cNoise, oneHotLabel);
    Expr h = patch > 1 ? Layers.spaceToDepth(x, patch) : x;
    h = layers.conv3(h, "in", config.getChannels());
    h = down(h, embedding);
    h = block(h, embedding, "middle", width(config.getMultiplierCount() - 1));
    h = up(h, embedding);
    h = layers.groupNorm(h, "out_norm", config.getGroupChannels()).silu();
    h = layers.conv(h, "out", (int) channels * patch * patch, 3, 1, 0);
    return patch > 1 ? Layers.depthToSpace(h, patch) : h;
  }

  private Expr down(Expr h, Expr embedding) {
    for (int level = 0; level < config.getMultiplierCount(); level++) {
      if (level > 0) {
        h = layers.down(h, "down_" + level, width(level));
      }
      for (int i = 0; i < config.getBlocks(); i++) {
        h = block(h, embedding, "down_" + level + "_block_" + i, width(level));
        skips.push(h);
      }
      features.put("features_" + h.shape().get(1) + "x" + h.shape().get(2), h);
    }
    return h;
  }

  private Expr up(Expr h, Expr embedding) {
    for (int level = config.getMultiplierCount() - 1; level >= 0; level--) {
      for (int i = 0; i < config.getBlocks(); i++) {
        h = Expr.concat(3, List.of(h, skips.pop()));
        h = block(h, embedding, "up_" + level + "_block_" + i, width(level));
      }
      if (level > 0) {
        h = layers.up(h, "up_" + level, width(level - 1));
      }
    }
    return h;
  }

  private int width(int level) {
    return config.getChannels() * config.getMultiplier(level);
  }

  /**
   * A residual block: x + conv(silu(norm(conv(silu(norm(x))) scaled and shifted by the embedding)))
   * with the second convolution starting at zero, and attention after it where the config asks.
   */
  private Expr block(Expr x, Expr embedding, String name, int channels) {
    Ops outer = x.tf();
    Ops tf = outer.withSubScope(name);
    Expr input = x.in(tf);
    int group = config.getGroupChannels();

    Expr h = layers.conv3(layers.groupNorm(input, "norm_1", group).silu(), "conv_1", channels);
    h = h.plus(layers.dense(embedding.in(tf), "shift", channels, 1).reshape(-1, 1, 1, channels));
    h = dropout.apply(layers.groupNorm(h, "norm_2", group).silu());
    h = layers.conv(h, "conv_2", channels, 3, 1, 0);
    Expr skip =
        x.shape().get(3) == channels ? input : layers.conv(input, "skip", channels, 1, 1, 1);
    Expr y = h.plus(skip);
    boolean attends = config.getAttentionResolutionList().contains((int) y.shape().get(1));
    if (attends) {
      Expr own = layers.attention(y, "attention", group);
      y = words.map(w -> layers.attentionTo(w, own, "words", group, wordHeads)).orElse(own);
    }
    return y.in(outer);
  }

  /** What the blocks know of noise, label and text: [N,E]. */
  private Expr embedding(Expr cNoise, Expr oneHotLabel) {
    int width = config.getEmbedding() > 0 ? config.getEmbedding() : 4 * config.getChannels();
    Ops outer = cNoise.tf();
    Expr noise = Layers.noiseWaves(cNoise.in(outer.withSubScope("noise")), config.getChannels());
    Expr h = layers.dense(noise, "dense_1", width, 1).silu();
    h = layers.dense(h, "dense_2", width, 1).in(outer);
    if (oneHotLabel != null) {
      h = h.plus(layers.embedding(oneHotLabel, "label", width));
    }
    if (words.isPresent()) {
      h = h.plus(layers.dense(words.get().all(), "text", width, 1));
    }
    return h.silu();
  }
}

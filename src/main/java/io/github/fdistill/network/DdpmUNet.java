package io.github.fdistill.network;

import io.github.fdistill.config.DdpmUNetConfig;
import io.github.fdistill.expr.Expr;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.op.Ops;

/**
 * The U-Net of DDPM (Ho et al. 2020), as the library diffusers has it, and Stable Diffusion's,
 * which attends to words. Names of the parameters are its. Built once, for one input.
 */
final class DdpmUNet implements Networks.Body {
  private final DdpmUNetConfig config;
  private final int outChannels;
  private final Layers layers;
  private final UNet.Dropout dropout;
  private final Optional<Context> context;
  private final Map<String, Expr> features = new LinkedHashMap<>();
  private final Deque<Expr> skips = new ArrayDeque<>();
  private Scopes scopes;
  private Expr embedding;

  /**
   * @param context what a text became, where it takes texts
   */
  DdpmUNet(
      DdpmUNetConfig config,
      int outChannels,
      ParameterStore store,
      UNet.Dropout dropout,
      Optional<Context> context) {
    this.config = config;
    this.context = context;
    this.outChannels = outChannels;
    this.layers = new Layers(store);
    this.dropout = dropout;
  }

  @Override
  public Map<String, Expr> features() {
    return features;
  }

  @Override
  public Expr build(Expr x, Expr time, Expr oneHotLabel) {
    scopes = new Scopes(x.tf());
    embedding = embedding(time, oneHotLabel).silu();
    Expr h = layers.conv3(x, "conv_in", config.getChannels(0));
    skips.push(h);
    h = middle(down(h));
    h = norm(up(h).in(x.tf()), "conv_norm_out").silu();
    return layers.conv(h, "conv_out", outChannels, 3, 1, 0);
  }

  /** What the blocks know of time and label, before their SiLU: [N,E]. */
  private Expr embedding(Expr time, Expr oneHotLabel) {
    int first = config.getChannels(0);
    int width = config.getEmbedding() > 0 ? config.getEmbedding() : 4 * first;
    Expr waves = NoiseWaves.of(time, first, config.getTime()).in(scopes.at("time_embedding"));
    Expr h = layers.dense(waves, "linear_1", width, 1).silu();
    h = layers.dense(h, "linear_2", width, 1).in(time.tf());
    Expr timed = context.isPresent() && context.get().pooled() != null ? h.plus(added(width)) : h;
    return oneHotLabel == null
        ? timed
        : timed.plus(layers.embedding(oneHotLabel, "class_embedding", width));
  }

  /** What the blocks know of a text as a whole and of sizes: [N,E]. */
  private Expr added(int width) {
    Context given = context.orElseThrow();
    Ops tf = scopes.at("add_embedding");
    int count = (int) given.sizes().shape().get(1);
    Expr each = NoiseWaves.of(given.sizes().reshape(-1), given.sizeWaves(), config.getTime());
    Expr sizes = each.reshape(-1, (long) count * given.sizeWaves());
    Expr all = Expr.concat(1, given.pooled(), sizes).in(tf);
    return layers.dense(layers.dense(all, "linear_1", width, 1).silu(), "linear_2", width, 1);
  }

  private Expr down(Expr h) {
    int last = config.getChannelsCount() - 1;
    for (int level = 0; level <= last; level++) {
      String name = "down_blocks/" + level;
      boolean attends = config.getAttentionLevelList().contains(level);
      for (int i = 0; i < config.getBlocks(); i++) {
        h = block(h, name + "/resnets/" + i, config.getChannels(level), 1);
        h = attends ? attention(h, name + "/attentions/" + i, level) : h;
        skips.push(h);
      }
      features.put("features_" + h.shape().get(1) + "x" + h.shape().get(2), h);
      if (level < last) {
        int before = config.getPadAllSides() ? 1 : 0;
        Expr padded = Layers.zeroPadded(h.in(scopes.at(name + "/downsamplers/0")), before, 1);
        h = layers.validConv3(padded, "conv", (int) h.shape().get(3), 2);
        skips.push(h);
      }
    }
    return h;
  }

  private Expr middle(Expr h) {
    int channels = (int) h.shape().get(3);
    double scale = config.getMiddleScale();
    h = block(h, "mid_block/resnets/0", channels, scale);
    if (context.isPresent()) {
      h = attention(h, "mid_block/attentions/0", config.getChannelsCount() - 1);
    } else if (config.getAttentionMiddle()) {
      h = attention(h, "mid_block/attentions/0", config.getMiddleNorm(), scale);
    }
    Expr y = block(h, "mid_block/resnets/1", channels, scale);
    if (context.isPresent()) {
      features.put("features_middle", y);
    }
    return y;
  }

  private Expr up(Expr h) {
    int last = config.getChannelsCount() - 1;
    for (int level = last; level >= 0; level--) {
      String name = "up_blocks/" + (last - level);
      boolean attends = config.getAttentionLevelUpList().contains(level);
      for (int i = 0; i <= config.getBlocks(); i++) {
        h = Expr.concat(3, List.of(h, skips.pop()));
        h = block(h, name + "/resnets/" + i, config.getChannels(level), 1);
        h = attends ? attention(h, name + "/attentions/" + i, level) : h;
      }
      if (level > 0) {
        Expr wide = Layers.doubled(h);
        int channels = (int) h.shape().get(3);
        h = layers.conv3(wide.in(scopes.at(name + "/upsamplers/0")), "conv", channels);
      }
    }
    return h;
  }

  private Expr norm(Expr x, String name) {
    int group = Math.toIntExact(x.shape().get(3) / config.getGroups());
    return layers.groupNorm(x, name, group, config.getNormEpsilon());
  }

  /** (x + conv(silu(norm(conv(silu(norm(x))) and the embedding)))) / scale. */
  private Expr block(Expr x, String name, int channels, double scale) {
    Ops tf = scopes.at(name);
    Expr input = x.in(tf);
    Expr h = layers.conv3(norm(input, "norm1").silu(), "conv1", channels);
    h = dropout.apply(embedded(h, channels).silu());
    h = layers.conv(h, "conv2", channels, 3, 1, 0);
    boolean same = x.shape().get(3) == channels;
    Expr beside = same ? input : layers.conv(input, "conv_shortcut", channels, 1, 1, 1);
    Expr y = beside.plus(h);
    return scale == 1 ? y : y.over(scale);
  }

  private Expr embedded(Expr h, int channels) {
    Ops tf = h.tf();
    int width = config.getScaleShift() ? 2 * channels : channels;
    Expr e = layers.dense(embedding.in(tf), "time_emb_proj", width, 1).reshape(-1, 1, 1, width);
    if (!config.getScaleShift()) {
      return norm(h.plus(e), "norm2");
    }
    List<Expr> parts =
        tf.split(tf.constant(3), e, 2L).output().stream().map(p -> Expr.of(tf, p)).toList();
    return norm(h, "norm2").times(parts.get(0).plus(1)).plus(parts.get(1));
  }

  /** Attention of a level: over pixels, or over pixels and words. */
  private Expr attention(Expr x, String name, int level) {
    if (context.isEmpty()) {
      return attention(x, name, true, 1);
    }
    CrossTransformer transformer =
        new CrossTransformer(layers, scopes, config.getGroups(), config.getHeads(level));
    return transformer.apply(x, context.get().each(), name, config.getTransformerBlocks(level));
  }

  private Expr attention(Expr x, String name, boolean normalises, double scale) {
    Expr input = x.in(scopes.at(name));
    int channels = (int) x.shape().get(3);
    int heads = config.getHeadChannels() == 0 ? 1 : channels / config.getHeadChannels();
    Expr normal = normalises ? norm(input, "group_norm") : input;
    Expr mixed = Attention.ofImage(layers.conv(normal, "qkv", 3 * channels, 1, 1, 1), heads);
    Expr y = layers.conv(mixed, "to_out", channels, 1, 1, 0).plus(input);
    return scale == 1 ? y : y.over(scale);
  }
}

package io.github.fdistill.network;

import io.github.fdistill.config.DhariwalUNetConfig;
import io.github.fdistill.config.Resampling;
import io.github.fdistill.expr.Expr;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.op.Ops;

/**
 * ADM (Dhariwal and Nichol 2021) as EDM has it. Names of the parameters are EDM's. Built once, for
 * one input.
 */
final class DhariwalUNet implements Networks.Body {
  private static final double EPSILON = 1e-5;

  /** Of a head of attention; more where they do not divide the channels, and no head of fewer. */
  static final int HEAD_CHANNELS = 64;

  private final DhariwalUNetConfig config;
  private final int outChannels;
  private final Layers layers;
  private final EdmBlock block;
  private final Expr augmentation;
  private final Map<String, Expr> features = new LinkedHashMap<>();
  private final Deque<Expr> skips = new ArrayDeque<>();

  DhariwalUNet(
      DhariwalUNetConfig config,
      int outChannels,
      ParameterStore store,
      UNet.Dropout dropout,
      Expr augmentation) {
    this.config = config;
    this.augmentation = augmentation;
    this.outChannels = outChannels;
    this.layers = new Layers(store);
    Resampler box = new Resampler(Resampling.BOX);
    EdmBlock.Style style = new EdmBlock.Style(true, HEAD_CHANNELS, 1, false, EPSILON, box);
    this.block = new EdmBlock(style, layers, dropout);
  }

  @Override
  public Map<String, Expr> features() {
    return features;
  }

  @Override
  public Expr build(Expr x, Expr cNoise, Expr oneHotLabel) {
    Ops root = x.tf();
    Expr embedding = embedding(cNoise, oneHotLabel);
    Expr h = down(x.in(root.withSubScope("enc")), embedding);
    h = up(h.in(root.withSubScope("dec")), embedding).in(root);
    int group = EdmBlock.groupChannels(h.shape().get(3));
    h = layers.groupNorm(h, "out_norm", group, EPSILON).silu();
    return layers.conv(h, "out_conv", outChannels, 3, 1, 0);
  }

  /** What the blocks know of noise and label: [N,E]. */
  private Expr embedding(Expr cNoise, Expr oneHotLabel) {
    int width = config.getChannels() * config.getEmbeddingMultiplier();
    Expr h = NoiseWaves.positional(cNoise, config.getChannels(), false).cosinesFirst();
    if (augmentation != null) {
      h = h.plus(layers.linear(augmentation, "map_augment", config.getChannels()));
    }
    h = layers.dense(h, "map_layer0", width, 1).silu();
    h = layers.dense(h, "map_layer1", width, 1);
    if (oneHotLabel != null) {
      h = h.plus(layers.embedding(oneHotLabel, "map_label", width));
    }
    return h.silu();
  }

  private Expr down(Expr x, Expr embedding) {
    Ops enc = x.tf();
    Expr h = x;
    for (int level = 0; level < config.getMultiplierCount(); level++) {
      String size = (x.shape().get(1) >> level) + "x" + (x.shape().get(2) >> level);
      if (level == 0) {
        h = layers.conv3(h, size + "_conv", width(0));
      } else {
        int channels = (int) h.shape().get(3);
        h = apply(enc, size + "_down", h, embedding, channels, Resampler.Way.HALVE);
      }
      skips.push(h);
      for (int i = 0; i < config.getBlocks(); i++) {
        h = apply(enc, size + "_block" + i, h, embedding, width(level), Resampler.Way.KEEP);
        skips.push(h);
      }
      features.put("features_" + size, h);
    }
    return h;
  }

  private Expr up(Expr h, Expr embedding) {
    Ops dec = h.tf();
    int last = config.getMultiplierCount() - 1;
    for (int level = last; level >= 0; level--) {
      int factor = level == last ? 1 : 2;
      String size = factor * h.shape().get(1) + "x" + factor * h.shape().get(2);
      int channels = (int) h.shape().get(3);
      if (level == last) {
        Ops in0 = dec.withSubScope(size + "_in0");
        h = block.apply(in0, h, embedding, channels, Resampler.Way.KEEP, true).in(dec);
        Ops in1 = dec.withSubScope(size + "_in1");
        h = block.apply(in1, h, embedding, channels, Resampler.Way.KEEP, false).in(dec);
      } else {
        h = apply(dec, size + "_up", h, embedding, channels, Resampler.Way.DOUBLE);
      }
      for (int i = 0; i <= config.getBlocks(); i++) {
        h = Expr.concat(3, List.of(h, skips.pop()));
        h = apply(dec, size + "_block" + i, h, embedding, width(level), Resampler.Way.KEEP);
      }
    }
    return h;
  }

  /** A block, with attention after it where it keeps a resolution that is to have it. */
  private Expr apply(
      Ops outer, String name, Expr x, Expr embedding, int channels, Resampler.Way way) {
    boolean attends =
        way == Resampler.Way.KEEP
            && config.getAttentionResolutionList().contains((int) x.shape().get(1));
    Ops tf = outer.withSubScope(name);
    return block.apply(tf, x, embedding, channels, way, attends).in(outer);
  }

  private int width(int level) {
    return config.getChannels() * config.getMultiplier(level);
  }
}

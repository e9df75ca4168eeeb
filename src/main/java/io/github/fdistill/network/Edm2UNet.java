package io.github.fdistill.network;

import io.github.fdistill.config.Edm2UNetConfig;
import io.github.fdistill.expr.Expr;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.tensorflow.op.Ops;

/**
 * EDM2's network (Karras et al. 2024, Appendix B, configuration G). Names of the parameters are
 * EDM2's. Built once, for one input.
 */
final class Edm2UNet implements Networks.Body {
  private final Edm2UNetConfig config;
  private final int outChannels;
  private final MagnitudeLayers layers;
  private final UNet.Dropout dropout;
  private final Resampler resampler;
  private final Map<String, Expr> features = new LinkedHashMap<>();
  private final Deque<Expr> skips = new ArrayDeque<>();

  Edm2UNet(Edm2UNetConfig config, int outChannels, ParameterStore store, UNet.Dropout dropout) {
    this.config = config;
    this.outChannels = outChannels;
    this.layers = new MagnitudeLayers(store);
    this.dropout = dropout;
    this.resampler = new Resampler(config.getResampling());
  }

  @Override
  public Map<String, Expr> features() {
    return features;
  }

  @Override
  public Expr build(Expr x, Expr cNoise, Expr oneHotLabel) {
    Ops tf = x.tf();
    Expr gain = layers.gain(tf, "out_gain");
    Expr embedding = embedding(cNoise, oneHotLabel);
    Expr ones = x.channels(1).times(0).plus(1);
    Expr h = down(Expr.concat(3, x, ones).in(tf.withSubScope("enc")), embedding);
    h = up(h.in(tf.withSubScope("dec")), embedding).in(tf);
    return layers.conv(h, "out_conv", outChannels, 3, gain);
  }

  /** What the blocks know of noise and label: [N,E]. */
  private Expr embedding(Expr cNoise, Expr oneHotLabel) {
    int width = width(config.getEmbeddingMultiplier(), Collections.max(config.getMultiplierList()));
    Expr h = layers.dense(waves(cNoise), "emb_noise", width, null);
    if (oneHotLabel != null) {
      Expr label = oneHotLabel.times(Math.sqrt(oneHotLabel.shape().get(1)));
      Expr row = layers.dense(label, "emb_label", width, null);
      h = MagnitudeLayers.sum(h, row, config.getLabelBalance());
    }
    return MagnitudeLayers.silu(h);
  }

  private int width(int given, int otherwise) {
    return config.getChannels() * (given > 0 ? given : otherwise);
  }

  /** sqrt(2) cos(f c + p): [N] to [N,waves]. Equation 75. */
  private Expr waves(Expr cNoise) {
    int count = width(config.getNoiseMultiplier(), config.getMultiplier(0));
    float[] frequencies = new float[count];
    float[] phases = new float[count];
    SplittableRandom random = new SplittableRandom(count);
    for (int i = 0; i < count; i++) {
      frequencies[i] = (float) (2 * Math.PI * NoiseWaves.normal(random));
      phases[i] = (float) (2 * Math.PI * random.nextDouble());
      frequencies[i] = config.getFrequencyCount() > 0 ? config.getFrequency(i) : frequencies[i];
      phases[i] = config.getPhaseCount() > 0 ? config.getPhase(i) : phases[i];
    }
    Ops tf = cNoise.tf();
    Expr angle = cNoise.reshape(-1, 1).times(tf.constant(new float[][] {frequencies}));
    return angle.plus(tf.constant(new float[][] {phases})).cos().times(Math.sqrt(2));
  }

  private Expr down(Expr x, Expr embedding) {
    Ops enc = x.tf();
    Expr h = x;
    for (int level = 0; level < config.getMultiplierCount(); level++) {
      String size = (x.shape().get(1) >> level) + "x" + (x.shape().get(2) >> level);
      if (level == 0) {
        h = layers.conv(h, size + "_conv", width(config.getMultiplier(0), 0), 3);
      } else {
        Expr half = resampler.apply(h, Resampler.Way.HALVE);
        h = encoder(enc, size + "_down", half, embedding, (int) h.shape().get(3), false);
      }
      skips.push(h);
      for (int i = 0; i < config.getBlocks(); i++) {
        int channels = width(config.getMultiplier(level), 0);
        h = encoder(enc, size + "_block" + i, h, embedding, channels, attends(h));
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
      int same = (int) h.shape().get(3);
      if (level < last) {
        h = resampler.apply(h, Resampler.Way.DOUBLE);
      }
      String size = h.shape().get(1) + "x" + h.shape().get(2);
      if (level == last) {
        h = decoder(dec, size + "_in0", h, embedding, same, true);
        h = decoder(dec, size + "_in1", h, embedding, same, false);
      } else {
        h = decoder(dec, size + "_up", h, embedding, same, false);
      }
      for (int i = 0; i <= config.getBlocks(); i++) {
        h = MagnitudeLayers.concat(h, skips.pop(), config.getConcatBalance());
        int channels = width(config.getMultiplier(level), 0);
        h = decoder(dec, size + "_block" + i, h, embedding, channels, attends(h));
      }
    }
    return h;
  }

  private boolean attends(Expr h) {
    return config.getAttentionResolutionList().contains((int) h.shape().get(1));
  }

  private Expr encoder(
      Ops outer, String name, Expr x, Expr embedding, int channels, boolean attends) {
    Expr in = MagnitudeLayers.normalised(fitting(x.in(outer.withSubScope(name)), channels));
    return end(in, branch(in, embedding, channels), attends).in(outer);
  }

  private Expr decoder(
      Ops outer, String name, Expr x, Expr embedding, int channels, boolean attends) {
    Expr in = x.in(outer.withSubScope(name));
    Expr branch = branch(in, embedding, channels);
    return end(fitting(in, channels), branch, attends).in(outer);
  }

  private Expr fitting(Expr x, int channels) {
    return x.shape().get(3) == channels ? x : layers.conv(x, "conv_skip", channels, 1);
  }

  private Expr branch(Expr x, Expr embedding, int channels) {
    Ops tf = x.tf();
    Expr h = layers.conv(MagnitudeLayers.silu(x), "conv_res0", channels, 3);
    Expr gain = layers.gain(tf, "emb_gain");
    Expr scale = layers.dense(embedding.in(tf), "emb_linear", channels, gain).plus(1);
    h = dropout.apply(MagnitudeLayers.silu(h.times(scale.reshape(-1, 1, 1, channels))));
    return layers.conv(h, "conv_res1", channels, 3);
  }

  private Expr end(Expr x, Expr branch, boolean attends) {
    Expr h = MagnitudeLayers.sum(x, branch, config.getResidualBalance());
    if (attends) {
      h = MagnitudeLayers.sum(h, attention(h), config.getAttentionBalance());
    }
    return h.clip(-config.getClip(), config.getClip());
  }

  private Expr attention(Expr h) {
    long height = h.shape().get(1);
    long width = h.shape().get(2);
    int channels = (int) h.shape().get(3);
    Expr qkv =
        layers.conv(h, "attn_qkv", 3 * channels, 1).reshape(-1, height * width, 3 * channels);
    List<Expr> parts =
        Attention.heads(qkv, channels / config.getHeadChannels()).stream()
            .map(MagnitudeLayers::normalised)
            .toList();
    Expr mixed = Attention.joined(Attention.of(parts.get(0), parts.get(1), parts.get(2)));
    return layers.conv(mixed.reshape(-1, height, width, channels), "attn_proj", channels, 1);
  }
}

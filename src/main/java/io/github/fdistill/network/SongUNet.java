package io.github.fdistill.network;

import io.github.fdistill.config.SongUNetConfig;
import io.github.fdistill.config.SongUNetConfig.Path;
import io.github.fdistill.expr.Expr;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.op.Ops;

/**
 * DDPM++ and NCSN++ (Song et al. 2021) as EDM has them (Karras et al. 2022, Appendix F). Names of
 * the parameters are EDM's. Built once, for one input.
 */
final class SongUNet implements Networks.Body {
  private static final double EPSILON = 1e-6;

  private final SongUNetConfig config;
  private final int outChannels;
  private final Layers layers;
  private final Resampler resampler;
  private final EdmBlock block;
  private final Expr augmentation;
  private final Map<String, Expr> features = new LinkedHashMap<>();
  private final Deque<Expr> skips = new ArrayDeque<>();

  SongUNet(
      SongUNetConfig config,
      int outChannels,
      ParameterStore store,
      UNet.Dropout dropout,
      Expr augmentation) {
    this.config = config;
    this.augmentation = augmentation;
    this.outChannels = outChannels;
    this.layers = new Layers(store);
    this.resampler = new Resampler(config.getResampling());
    EdmBlock.Style style = new EdmBlock.Style(false, 0, Math.sqrt(0.5), true, EPSILON, resampler);
    this.block = new EdmBlock(style, layers, dropout);
  }

  @Override
  public Map<String, Expr> features() {
    return features;
  }

  @Override
  public Expr build(Expr x, Expr cNoise, Expr oneHotLabel) {
    Expr embedding = embedding(cNoise, oneHotLabel);
    Expr h = down(x.in(x.tf().withSubScope("enc")), embedding);
    return up(h.in(x.tf().withSubScope("dec")), embedding).in(x.tf());
  }

  /** What the blocks know of noise and label: [N,E]. */
  private Expr embedding(Expr cNoise, Expr oneHotLabel) {
    int waves = config.getChannels() * config.getNoiseMultiplier();
    Expr h =
        config.getNoise() == SongUNetConfig.Noise.POSITIONAL
            ? NoiseWaves.positional(cNoise, waves, true).sinesFirst()
            : NoiseWaves.fourier(cNoise, waves, config.getFrequencyList()).sinesFirst();
    if (oneHotLabel != null) {
      Expr label = oneHotLabel.times(Math.sqrt(oneHotLabel.shape().get(1)));
      h = h.plus(layers.dense(label, "map_label", waves, 1));
    }
    if (augmentation != null) {
      h = h.plus(layers.linear(augmentation, "map_augment", waves));
    }
    int width = config.getChannels() * config.getEmbeddingMultiplier();
    h = layers.dense(h, "map_layer0", width, 1).silu();
    return layers.dense(h, "map_layer1", width, 1).silu();
  }

  private Expr down(Expr x, Expr embedding) {
    Ops enc = x.tf();
    Expr beside = x;
    Expr h = x;
    for (int level = 0; level < config.getMultiplierCount(); level++) {
      String size = size(x, level);
      if (level == 0) {
        h = layers.conv3(h, size + "_conv", config.getChannels());
        skips.push(h);
      } else {
        int channels = (int) h.shape().get(3);
        h = block(enc, size + "_down", h, embedding, channels, Resampler.Way.HALVE, false);
        skips.push(h);
        if (config.getEncoder() != Path.STANDARD) {
          boolean residual = config.getEncoder() == Path.RESIDUAL;
          beside = residual ? halved(beside, size, channels) : resampler.half(ready(beside));
          h =
              h.plus(
                  residual ? beside : layers.conv(beside, size + "_aux_skip", channels, 1, 1, 1));
          h = residual ? h.times(Math.sqrt(0.5)) : h;
          beside = residual ? h : beside;
          skips.pop();
          skips.push(h);
        }
      }
      for (int i = 0; i < config.getBlocks(); i++) {
        String name = size + "_block" + i;
        h = block(enc, name, h, embedding, width(level), Resampler.Way.KEEP, attends(x, level));
        skips.push(h);
      }
      features.put("features_" + size, h);
    }
    return h;
  }

  /** A convolution and the filter of its own zeros, at half the resolution, and its bias. */
  private Expr halved(Expr x, String size, int channels) {
    int zeros = 1 + resampler.padding();
    // The filter sums to 1: the bias may stand before it.
    Expr h =
        layers.validConv3(Layers.zeroPadded(x, zeros, zeros), size + "_aux_residual", channels, 1);
    return resampler.half(h);
  }

  private Expr ready(Expr x) {
    return resampler.padding() == 0 ? x : Layers.zeroPadded(x, 1, 1);
  }

  private Expr up(Expr h, Expr embedding) {
    Ops dec = h.tf();
    int last = config.getMultiplierCount() - 1;
    Expr image = null;
    for (int level = last; level >= 0; level--) {
      String size = h.shape().get(1) + "x" + h.shape().get(2);
      if (level == last) {
        int channels = (int) h.shape().get(3);
        h = block(dec, size + "_in0", h, embedding, channels, Resampler.Way.KEEP, true);
        h = block(dec, size + "_in1", h, embedding, channels, Resampler.Way.KEEP, false);
      } else {
        size = 2 * h.shape().get(1) + "x" + 2 * h.shape().get(2);
        int channels = (int) h.shape().get(3);
        h = block(dec, size + "_up", h, embedding, channels, Resampler.Way.DOUBLE, false);
      }
      for (int i = 0; i <= config.getBlocks(); i++) {
        h = Expr.concat(3, List.of(h, skips.pop()));
        boolean attends = i == config.getBlocks() && attendsAt(h.shape().get(1));
        String name = size + "_block" + i;
        h = block(dec, name, h, embedding, width(level), Resampler.Way.KEEP, attends);
      }
      if (level == 0 || config.getDecoder() == Path.SKIP) {
        image = image(h, size, image);
      }
    }
    return image;
  }

  /** The image of a level, and on it those of the levels below. */
  private Expr image(Expr h, String size, Expr below) {
    int group = EdmBlock.groupChannels(h.shape().get(3));
    Expr normal = layers.groupNorm(h, size + "_aux_norm", group, EPSILON).silu();
    Expr image = layers.conv(normal, size + "_aux_conv", outChannels, 3, 1, 0);
    return below == null ? image : image.plus(resampler.apply(below, Resampler.Way.DOUBLE));
  }

  private Expr block(
      Ops outer,
      String name,
      Expr x,
      Expr embedding,
      int channels,
      Resampler.Way way,
      boolean attends) {
    Ops tf = outer.withSubScope(name);
    return block.apply(tf, x, embedding, channels, way, attends).in(outer);
  }

  private int width(int level) {
    return config.getChannels() * config.getMultiplier(level);
  }

  private boolean attends(Expr image, int level) {
    return attendsAt(image.shape().get(1) >> level);
  }

  private boolean attendsAt(long height) {
    return config.getAttentionResolutionList().contains((int) height);
  }

  private static String size(Expr image, int level) {
    return (image.shape().get(1) >> level) + "x" + (image.shape().get(2) >> level);
  }
}

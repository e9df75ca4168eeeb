package io.github.fdistill.network;

import io.github.fdistill.expr.Expr;
import io.github.fdistill.savedmodel.SavedModel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TFloat32;

/**
 * The autoencoder of Stable Diffusion (Rombach et al. 2022; AutoencoderKL of the library diffusers,
 * whose names the parameters have), as two networks: {@code images} [N,H,W,3] in [-1,1] to {@code
 * mean} and {@code deviation} [N,h,w,L] of their latents, and {@code latents} to {@code images}.
 * Latents are in the units of the network that is trained on them: (encoded - shift) scale.
 */
public final class Autoencoder {
  /** Signatures of the two. */
  public static final String ENCODE = "encode";

  public static final String DECODE = "decode";

  /** Their inputs and outputs. */
  public static final String IMAGES = "images";

  public static final String LATENTS = "latents";
  public static final String MEAN = "mean";
  public static final String DEVIATION = "deviation";

  /** Pixels that are encoded or decoded together, but for one image, which may have more. */
  private static final long PIXELS = 4 * 512 * 512;

  private static final double EPSILON = 1e-6;
  private static final double LEAST_LOG_VARIANCE = -30;
  private static final double MOST_LOG_VARIANCE = 20;

  private final Config config;
  private final Layers layers;
  private Scopes scopes;

  /**
   * How many images go through an encoder or a decoder at a time: four, and fewer of large ones.
   */
  public static int atOnce(Shape image) {
    return (int) Math.max(1, Math.min(4, PIXELS / (image.get(0) * image.get(1))));
  }

  /**
   * What it is.
   *
   * @param latents [h,w,L]
   * @param channels of each level, each after the first of half the resolution
   * @param blocks of a level of the encoder; the decoder has one more
   * @param quantised whether convolutions stand behind the encoder and before the decoder
   * @param units of the latents
   */
  public record Config(
      Shape latents,
      int colours,
      List<Integer> channels,
      int blocks,
      int groups,
      boolean middleAttention,
      boolean quantised,
      LatentUnits units) {

    Shape image() {
      return Autoencoder.image(latents, channels.size(), colours);
    }
  }

  /** The shape of what becomes latents [h,w,L] over so many levels, each of half the resolution. */
  static Shape image(Shape latents, int levels, int colours) {
    long factor = 1L << (levels - 1);
    return Shape.of(latents.get(0) * factor, latents.get(1) * factor, colours);
  }

  private Autoencoder(Config config, ParameterStore store) {
    this.config = config;
    this.layers = new Layers(store);
  }

  /** Images to what is known of their latents. */
  public static PartModel encoder(Config config) {
    return PartModel.build(
        ENCODE,
        (tf, inputs, store) -> {
          Expr x = input(tf, inputs, IMAGES, config.image());
          return new Autoencoder(config, store).encoded(config.units().shown(x));
        });
  }

  /** Latents to images. */
  public static PartModel decoder(Config config) {
    return PartModel.build(
        DECODE,
        (tf, inputs, store) -> {
          Expr z = input(tf, inputs, LATENTS, config.latents());
          Expr given = new Autoencoder(config, store).decoded(z);
          return Map.of(IMAGES, config.units().image(given));
        });
  }

  /**
   * Reads one that turns latents into images.
   *
   * @throws io.github.fdistill.InputException when it is none
   */
  public static PartModel readDecoder(Path folder) {
    return PartModel.read(folder, DECODE, LATENTS, DataType.DT_FLOAT, List.of(IMAGES));
  }

  /**
   * Reads one that turns images into the means of their latents, and into the deviations where it
   * gives them.
   *
   * @throws io.github.fdistill.InputException when it is none
   */
  public static PartModel readEncoder(Path folder) {
    boolean deviates =
        SavedModel.read(folder).signature(ENCODE).getOutputsMap().containsKey(DEVIATION);
    return readEncoder(folder, deviates ? List.of(MEAN, DEVIATION) : List.of(MEAN));
  }

  /**
   * The same with the outputs that are asked for.
   *
   * @param outputs which
   */
  static PartModel readEncoder(Path folder, List<String> outputs) {
    return PartModel.read(folder, ENCODE, IMAGES, DataType.DT_FLOAT, outputs);
  }

  static Expr input(Ops tf, Map<String, Operand<?>> inputs, String name, Shape row) {
    Operand<TFloat32> made =
        tf.withName(name).placeholder(TFloat32.class, Placeholder.shape(row.prepend(-1)));
    inputs.put(name, made);
    return Expr.of(tf, made);
  }

  private Map<String, Expr> encoded(Expr x) {
    Ops tf = x.tf();
    scopes = new Scopes(tf);
    int last = config.channels().size() - 1;
    int moments = (int) (2 * config.latents().get(2));
    Expr h = layers.conv3(x.in(scopes.at("encoder")), "conv_in", config.channels().get(0));
    for (int level = 0; level <= last; level++) {
      String name = "encoder/down_blocks/" + level;
      for (int i = 0; i < config.blocks(); i++) {
        h = block(h, name + "/resnets/" + i, config.channels().get(level));
      }
      if (level < last) {
        Expr padded = Layers.zeroPadded(h.in(scopes.at(name + "/downsamplers/0")), 0, 1);
        h = layers.validConv3(padded, "conv", config.channels().get(level), 2);
      }
    }
    h = out(middle(h, "encoder"), "encoder", moments);
    if (config.quantised()) {
      h = layers.conv(h.in(tf), "quant_conv", moments, 1, 1, 1);
    }
    List<Expr> halves =
        tf.split(tf.constant(3), h, 2L).output().stream().map(p -> Expr.of(tf, p)).toList();
    Map<String, Expr> outputs = new LinkedHashMap<>();
    outputs.put(MEAN, config.units().latents(halves.get(0)));
    Expr logVariance = halves.get(1).clip(LEAST_LOG_VARIANCE, MOST_LOG_VARIANCE);
    outputs.put(DEVIATION, config.units().scaled(logVariance.times(0.5).exp()));
    return outputs;
  }

  private Expr decoded(Expr z) {
    scopes = new Scopes(z.tf());
    int last = config.channels().size() - 1;
    Expr h = config.units().encoded(z);
    if (config.quantised()) {
      h = layers.conv(h, "post_quant_conv", (int) config.latents().get(2), 1, 1, 1);
    }
    h = layers.conv3(h.in(scopes.at("decoder")), "conv_in", config.channels().get(last));
    h = middle(h, "decoder");
    for (int level = last; level >= 0; level--) {
      String name = "decoder/up_blocks/" + (last - level);
      int channels = config.channels().get(level);
      for (int i = 0; i <= config.blocks(); i++) {
        h = block(h, name + "/resnets/" + i, channels);
      }
      if (level > 0) {
        Expr wide = Layers.doubled(h);
        h = layers.conv3(wide.in(scopes.at(name + "/upsamplers/0")), "conv", channels);
      }
    }
    return out(h, "decoder", config.colours()).in(z.tf());
  }

  private Expr out(Expr h, String name, int channels) {
    Expr normal = norm(h.in(scopes.at(name)), "conv_norm_out");
    return layers.conv3(normal.silu(), "conv_out", channels);
  }

  private Expr middle(Expr h, String name) {
    int channels = (int) h.shape().get(3);
    Expr first = block(h, name + "/mid_block/resnets/0", channels);
    Expr mixed =
        config.middleAttention() ? attention(first, name + "/mid_block/attentions/0") : first;
    return block(mixed, name + "/mid_block/resnets/1", channels);
  }

  private Expr norm(Expr x, String name) {
    int group = Math.toIntExact(x.shape().get(3) / config.groups());
    return layers.groupNorm(x, name, group, EPSILON);
  }

  /** x + conv(silu(norm(conv(silu(norm(x)))))). */
  private Expr block(Expr x, String name, int channels) {
    Expr input = x.in(scopes.at(name));
    Expr h = layers.conv3(norm(input, "norm1").silu(), "conv1", channels);
    h = layers.conv3(norm(h, "norm2").silu(), "conv2", channels);
    boolean same = x.shape().get(3) == channels;
    return h.plus(same ? input : layers.conv(input, "conv_shortcut", channels, 1, 1, 1));
  }

  /** In one head over all channels, added to what it is of. */
  private Expr attention(Expr x, String name) {
    Expr input = x.in(scopes.at(name));
    int channels = (int) x.shape().get(3);
    Expr qkv = layers.conv(norm(input, "group_norm"), "qkv", 3 * channels, 1, 1, 1);
    return input.plus(layers.conv(Attention.ofImage(qkv, 1), "to_out", channels, 1, 1, 1));
  }
}

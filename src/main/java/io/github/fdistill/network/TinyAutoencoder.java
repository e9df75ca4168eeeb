package io.github.fdistill.network;

import io.github.fdistill.expr.Expr;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;

/**
 * A small autoencoder that gives nearly what Stable Diffusion's gives (TAESD; AutoencoderTiny of
 * the library diffusers, whose names the parameters have): convolutions and ReLU alone. It has the
 * inputs and outputs of {@link Autoencoder}; its deviation is 0.
 */
public final class TinyAutoencoder {
  /** Latents that are decoded are no larger, softly. */
  private static final double MAGNITUDE = 3;

  private final Config config;
  private final Layers layers;
  private Scopes scopes;

  /**
   * What it is.
   *
   * @param latents [h,w,L]
   * @param channels of all levels
   * @param encoderBlocks of each level on the way down
   * @param decoderBlocks of each level on the way up
   * @param units of the latents
   */
  public record Config(
      Shape latents,
      int colours,
      int channels,
      List<Integer> encoderBlocks,
      List<Integer> decoderBlocks,
      LatentUnits units) {

    Shape image() {
      return Autoencoder.image(latents, decoderBlocks.size(), colours);
    }
  }

  private TinyAutoencoder(Config config, ParameterStore store) {
    this.config = config;
    this.layers = new Layers(store);
  }

  /** Images to their latents. */
  public static PartModel encoder(Config config) {
    return PartModel.build(
        Autoencoder.ENCODE,
        (tf, inputs, store) -> {
          Expr x = Autoencoder.input(tf, inputs, Autoencoder.IMAGES, config.image());
          Expr z = new TinyAutoencoder(config, store).encoded(x);
          Expr mean = config.units().latents(z);
          Map<String, Expr> outputs = new LinkedHashMap<>();
          outputs.put(Autoencoder.MEAN, mean);
          outputs.put(Autoencoder.DEVIATION, Expr.of(tf, tf.zerosLike(mean)));
          return outputs;
        });
  }

  /** Latents to images. */
  public static PartModel decoder(Config config) {
    return PartModel.build(
        Autoencoder.DECODE,
        (tf, inputs, store) -> {
          Expr z = Autoencoder.input(tf, inputs, Autoencoder.LATENTS, config.latents());
          Expr scaled = config.units().encoded(z);
          return Map.of(Autoencoder.IMAGES, new TinyAutoencoder(config, store).decoded(scaled));
        });
  }

  private Expr encoded(Expr x) {
    scopes = new Scopes(x.tf());
    Ops tf = scopes.at("encoder/layers");
    int next = 0;
    Expr h = layers.conv3(x.plus(1).times(0.5).in(tf), "" + next++, config.channels());
    for (int level = 0; level < config.encoderBlocks().size(); level++) {
      if (level > 0) {
        h = layers.bareConv3(h, "" + next++, config.channels(), 2);
      }
      for (int i = 0; i < config.encoderBlocks().get(level); i++) {
        h = block(h, "encoder/layers/" + next++).in(tf);
      }
    }
    return layers.conv3(h, "" + next, (int) config.latents().get(2)).in(x.tf());
  }

  private Expr decoded(Expr z) {
    scopes = new Scopes(z.tf());
    Ops tf = scopes.at("decoder/layers");
    Expr soft = Expr.of(tf, tf.math.tanh(z.over(MAGNITUDE))).times(MAGNITUDE);
    Expr h = relu(layers.conv3(soft, "0", config.channels()));
    int next = 2; // The activation has a number of its own, and so has what doubles a map.
    int last = config.decoderBlocks().size() - 1;
    for (int level = 0; level <= last; level++) {
      for (int i = 0; i < config.decoderBlocks().get(level); i++) {
        h = block(h, "decoder/layers/" + next++).in(tf);
      }
      if (level < last) {
        next++;
        h = layers.bareConv3(Layers.doubled(h), "" + next++, config.channels(), 1);
      }
    }
    Expr y = layers.conv3(h, "" + next, config.colours());
    return y.times(2).minus(1).in(z.tf());
  }

  /** relu(conv(relu(conv(relu(conv(x))))) + x). */
  private Expr block(Expr x, String name) {
    Ops tf = scopes.at(name + "/conv");
    Expr h = relu(layers.conv3(x.in(tf), "0", config.channels()));
    h = relu(layers.conv3(h, "2", config.channels()));
    return relu(layers.conv3(h, "4", config.channels()).plus(x));
  }

  private static Expr relu(Expr x) {
    return Expr.of(x.tf(), x.tf().nn.relu(x));
  }
}

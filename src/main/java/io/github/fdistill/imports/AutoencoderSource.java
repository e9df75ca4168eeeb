package io.github.fdistill.imports;

import io.github.fdistill.network.Autoencoder;
import io.github.fdistill.network.LatentUnits;
import io.github.fdistill.network.NetworkChecks;
import io.github.fdistill.network.PartModel;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.network.TinyAutoencoder;
import io.github.fdistill.tensors.JsonFile;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.ndarray.Shape;

/**
 * An autoencoder of the library diffusers, by its config: AutoencoderKL or AutoencoderTiny.
 *
 * @param encoder images to latents
 * @param decoder latents to images
 */
record AutoencoderSource(PartModel encoder, PartModel decoder) {
  private static final String CLASS = "_class_name";
  private static final String KL = "AutoencoderKL";
  private static final int MOST_LEVELS = 8;
  private static final String TINY = "AutoencoderTiny";
  private static final Set<String> OF_KL =
      Settings.names(
          """
          in_channels out_channels down_block_types up_block_types block_out_channels
          layers_per_block act_fn latent_channels norm_num_groups sample_size scaling_factor
          shift_factor latents_mean latents_std force_upcast use_quant_conv use_post_quant_conv
          mid_block_add_attention
          """);
  private static final Set<String> OF_TINY =
      Settings.names(
          """
          in_channels out_channels encoder_block_out_channels decoder_block_out_channels
          block_out_channels act_fn upsample_fn latent_channels upsampling_scaling_factor
          num_encoder_blocks num_decoder_blocks latent_magnitude latent_shift force_upcast
          scaling_factor shift_factor
          """);
  private static final List<String> OF_ENCODER = List.of("encoder.", "quant_conv.");
  private static final List<String> OF_DECODER = List.of("decoder.", "post_quant_conv.");

  /**
   * @param latents [h,w,L] of the network that is trained on them
   * @param units of the network's latents, where they are others than the config says
   * @throws io.github.fdistill.InputException for what is not built, by name, or damaged weights
   */
  static AutoencoderSource read(
      Path folder, PartReading reading, Shape latents, Optional<LatentUnits> units) {
    Path file = folder.resolve(PartReading.CONFIG);
    Settings s = new Settings(file.toString(), JsonFile.read(file), Settings.PART);
    Tensors tensors = reading.weights(folder);
    String kind = s.text(CLASS, "none");
    if (!Set.of(KL, TINY).contains(kind)) {
      throw s.wrong(CLASS, kind, KL + " or " + TINY);
    } else if (s.whole("latent_channels", 4) != latents.get(2)) {
      throw s.wrong("latent_channels", s.values().get("latent_channels"), "" + latents.get(2));
    }
    reading.noteUnknown(folder, s, kind.equals(KL) ? OF_KL : OF_TINY);
    s.requireOnly("in_channels", 3L);
    s.requireOnly("out_channels", 3L);
    if (kind.equals(KL)) {
      LatentUnits own = units(s, latents.get(2));
      Autoencoder.Config config = whole(s, latents, units.orElse(own), tensors);
      return of(Autoencoder.encoder(config), Autoencoder.decoder(config), tensors);
    }
    if (units.isPresent()) {
      throw s.wrong(CLASS, kind, KL + ": the network's latents have units of its own");
    }
    TinyAutoencoder.Config config = tiny(s, latents, tensors);
    return of(TinyAutoencoder.encoder(config), TinyAutoencoder.decoder(config), tensors);
  }

  private static AutoencoderSource of(PartModel encoder, PartModel decoder, Tensors tensors) {
    return new AutoencoderSource(
        filled(encoder, tensors, OF_DECODER), filled(decoder, tensors, OF_ENCODER));
  }

  private static PartModel filled(PartModel part, Tensors tensors, List<String> others) {
    Tensors mine = tensors.untouched();
    for (String name : mine.names()) {
      if (others.stream().anyMatch(name::startsWith)) {
        mine.leaveOut(name, "of the other half");
      }
    }
    return part.with(Coverage.of(part.function().parameters(), mine, new DdpmNames("")));
  }

  /** (encoded - shift) scale, or (encoded - mean) scale / deviation by channel. */
  private static LatentUnits units(Settings s, long channels) {
    double scale = scale(s, 0.18215);
    double shift = s.isGiven("shift_factor") ? s.number("shift_factor", 0) : 0;
    if (!s.isGiven("latents_mean") && !s.isGiven("latents_std")) {
      return LatentUnits.of(shift, scale);
    }
    List<Double> means = s.numbers("latents_mean");
    List<Double> deviations = s.numbers("latents_std");
    List<Double> scales = deviations.stream().map(std -> scale / std).toList();
    LatentUnits units = new LatentUnits(means, scales, false);
    if (!units.fit(channels) || deviations.stream().anyMatch(std -> !(std > 0)) || shift != 0) {
      throw s.wrong(
          "latents_mean, latents_std",
          means + ", " + deviations,
          "a mean and a deviation above 0 for each of " + channels + " channels, and no shift");
    }
    return units;
  }

  private static Autoencoder.Config whole(
      Settings s, Shape latents, LatentUnits units, Tensors tensors) {
    List<Integer> channels = s.wholes("block_out_channels", List.of(64));
    int groups = s.whole("norm_num_groups", 32);
    if (channels.isEmpty()
        || groups < 1
        || channels.stream().anyMatch(c -> c < 1 || c % groups != 0)) {
      throw s.wrong("block_out_channels", channels, "multiples of norm_num_groups, " + groups);
    }
    requireFewPixels(s, "block_out_channels", latents, channels.size());
    boolean attends = s.flag("mid_block_add_attention", true);
    long pixels = latents.get(0) * latents.get(1);
    if (attends && pixels > NetworkChecks.MOST_ATTENDING) {
      throw s.wrong(
          "mid_block_add_attention",
          "true, of latents of " + latents.get(0) + "x" + latents.get(1),
          "at most " + NetworkChecks.MOST_ATTENDING + " that attend to one another");
    }
    types(s, "down_block_types", channels.size(), "DownEncoderBlock2D");
    types(s, "up_block_types", channels.size(), "UpDecoderBlock2D");
    requireSilu(s, "act_fn", "silu");
    int blocks = s.layers("layers_per_block", s.whole("layers_per_block", 1));
    requireFewer(s, (long) blocks * channels.size(), tensors);
    boolean quantised = s.flag("use_quant_conv", true);
    if (s.flag("use_post_quant_conv", true) != quantised) {
      throw s.wrong("use_post_quant_conv", !quantised, "as use_quant_conv, " + quantised);
    }
    return new Autoencoder.Config(latents, 3, channels, blocks, groups, attends, quantised, units);
  }

  private static TinyAutoencoder.Config tiny(Settings s, Shape latents, Tensors tensors) {
    List<Integer> widths = Collections.nCopies(4, 64);
    List<Integer> in = s.wholes("encoder_block_out_channels", widths);
    List<Integer> out = s.wholes("decoder_block_out_channels", widths);
    List<Integer> encoder = s.wholes("num_encoder_blocks", List.of(1, 3, 3, 3));
    List<Integer> decoder = s.wholes("num_decoder_blocks", List.of(3, 3, 3, 1));
    int width = in.isEmpty() ? 0 : in.get(0);
    if (width < 1 || !in.equals(Collections.nCopies(decoder.size(), width)) || !in.equals(out)) {
      throw s.wrong("encoder_block_out_channels", in + ", " + out, "one width at all levels");
    } else if (encoder.size() != decoder.size()) {
      throw s.wrong("num_encoder_blocks", encoder, decoder.size() + " numbers");
    }
    requireFewPixels(s, "decoder_block_out_channels", latents, decoder.size());
    requireFewer(s, encoder.stream().mapToLong(n -> n).sum(), tensors);
    requireFewer(s, decoder.stream().mapToLong(n -> n).sum(), tensors);
    requireSilu(s, "act_fn", "relu");
    s.requireOnly("upsample_fn", "nearest");
    if (s.whole("upsampling_scaling_factor", 2) != 2) {
      throw s.wrong("upsampling_scaling_factor", s.whole("upsampling_scaling_factor", 2), "2");
    } else if (s.number("latent_magnitude", 3) != 3 || s.number("latent_shift", 0.5) != 0.5) {
      throw s.wrong("latent_magnitude, latent_shift", "others", "3 and 0.5");
    }
    double shift = s.isGiven("shift_factor") ? s.number("shift_factor", 0) : 0;
    LatentUnits units = LatentUnits.of(shift, scale(s, 1));
    return new TinyAutoencoder.Config(latents, 3, width, encoder, decoder, units);
  }

  private static double scale(Settings s, double otherwise) {
    double scale = s.number("scaling_factor", otherwise);
    if (!(scale > 0)) {
      throw s.wrong("scaling_factor", scale, "above 0");
    }
    return scale;
  }

  private static void requireSilu(Settings s, String name, String only) {
    String act = s.text(name, only);
    if (!act.equals(only)) {
      throw s.wrong(name, act, only);
    }
  }

  /** Each level but one is of images twice as high and wide. */
  private static void requireFewPixels(Settings s, String name, Shape latents, int levels) {
    long side = Math.max(latents.get(0), latents.get(1));
    if (levels > MOST_LEVELS || side << (levels - 1) > Pipeline.MOST_SIDE) {
      throw s.wrong(
          name,
          levels + " levels for latents of " + latents.get(0) + "x" + latents.get(1),
          "at most " + MOST_LEVELS + ", and images of " + Pipeline.MOST_SIDE + " pixels a side");
    }
  }

  private static void requireFewer(Settings s, long blocks, Tensors tensors) {
    if (blocks > tensors.count()) {
      throw s.wrong("blocks", blocks, "no more than tensors, " + tensors.count());
    }
  }

  private static void types(Settings s, String name, int levels, String only) {
    List<String> types = s.texts(name, List.of(only));
    if (!types.equals(Collections.nCopies(levels, only))) {
      throw s.wrong(name, types, levels + " of " + only);
    }
  }
}
